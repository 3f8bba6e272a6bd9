// The built app, read into memory at the start: a request names a file of this map or none, and no
// path that comes from outside touches the disk. What has its content's hash in its name is kept by
// browsers for good; the page itself is asked for each time.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'

export interface ServedFile {
  type: string
  body: Buffer
  gzip?: Buffer
  brotli?: Buffer
  etag: string
  immutable: boolean
}

const TYPES: Record<string, string | undefined> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

/** By path: `/assets/main-abc.js`, `/index.html`. */
export async function readApp(folder: string, base: string): Promise<Map<string, ServedFile>> {
  const files = new Map<string, ServedFile>()
  const names = await readdir(folder, { recursive: true })
  for (const name of names.toSorted()) {
    const type = TYPES[extname(name)]
    if (type === undefined || name.startsWith('.')) continue
    const path = `/${name.replaceAll('\\', '/')}`
    const read = (ending: string) => readFile(join(folder, name + ending)).catch(() => undefined)
    if (path === '/index.html') {
      files.set(path, servedFile(type, withBase(await readFile(join(folder, name)), base)))
      continue
    }
    const body = await read('')
    if (body === undefined) continue
    const [gzip, brotli] = [await read('.gz'), await read('.br')]
    const packed = { ...(gzip ? { gzip } : {}), ...(brotli ? { brotli } : {}) }
    files.set(path, { ...servedFile(type, body, path.startsWith('/assets/')), ...packed })
  }
  return files
}

function servedFile(type: string, body: Buffer, immutable = false): ServedFile {
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 27)
  return { type, body, immutable, etag: `"${digest}"` }
}

/** Assets are named relative to the page's base, so that one build serves under every path. */
function withBase(page: Buffer, base: string): Buffer {
  const tag = `<base href="${escaped(base)}" />`
  const text = page.toString('utf8').replace(/<base [^>]*>/, '')
  return Buffer.from(text.replace(/<head>/, `<head>\n    ${tag}`))
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** What is shown where there is no build: plain, and it names the cause. */
export function plainPage(cause: string): ServedFile {
  const page = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>Tartan</title></head>
  <body>
    <h1>Tartan</h1>
    <p>The web app is not built here, so this page is all that there is to see. Everything else
      runs: the services, the syncs, and the command line.</p>
    <p>${escaped(cause)}</p>
    <p><code>make airbyte-start</code> builds it again; <code>make airbyte-status</code> says how
      things are.</p>
  </body>
</html>
`
  return servedFile('text/html; charset=utf-8', Buffer.from(page))
}
