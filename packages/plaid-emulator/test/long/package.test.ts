// The emulator as a package of its own: packed, its tarball installed in an empty folder, started
// there and called, imported there and compiled against, under this Node and under the machine's.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../../../test/support/postgres.ts'
import { packInto } from '../support/tarball.ts'

const run = promisify(execFile)
const project = resolve(import.meta.dirname, '../../../..')
const MINUTES = 60_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'an empty folder '))
  const tarball = await packInto(folder)
  await writeFile(join(folder, 'package.json'), '{"type":"module","private":true}')
  await run('npm', ['install', '--no-audit', '--no-fund', `./${tarball}`], { cwd: folder })
}, 5 * MINUTES)
afterAll(() => rm(folder, { recursive: true, force: true }))

/** This suite's own Node, and the machine's where it is another one that the package can use. */
function nodes(): [version: string, path: string][] {
  const found = [process.execPath, ...onPath().filter((path) => !path.includes('.tartan'))]
  const versions = found.map((path): [string, string] => [versionOf(path), path])
  const able = versions.filter(([version]) => Number(version.slice(1).split('.')[0]) >= 20)
  return [...new Map(able)]
}

function onPath(): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.map((folder) => join(folder, 'node'))
}

function versionOf(node: string): string {
  try {
    return execFileSync(node, ['--version']).toString().trim()
  } catch {
    return 'v0' // there is none
  }
}

const CALL = `
const headers = { 'content-type': 'application/json', 'plaid-client-id': 'a', 'plaid-secret': 'b' }
export async function post(url, path, body) {
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  return response.json()
}
export async function firstSync(url) {
  const { public_token } = await post(url, '/sandbox/public_token/create', {
    institution_id: 'ins_109508', initial_products: ['transactions'],
  })
  const { access_token } = await post(url, '/item/public_token/exchange', { public_token })
  return post(url, '/transactions/sync', { access_token })
}
`

const PROGRAM = `
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createEmulator } from '@tartan/plaid-emulator'
import { firstSync, post } from './call.js'
const emulator = await createEmulator({ startDate: '2026-03-15', adminToken: 'admin' })
const { added } = await firstSync(emulator.url)
const hook = createServer((request, response) => {
  response.end()
  heard(request.headers['plaid-verification'] !== undefined)
})
let heard
const webhook = new Promise((resolve) => (heard = resolve))
hook.listen(0, '127.0.0.1')
await once(hook, 'listening')
const { public_token } = await post(emulator.url, '/sandbox/public_token/create', {
  institution_id: 'ins_109508', initial_products: ['transactions'],
  options: { webhook: 'http://127.0.0.1:' + hook.address().port },
})
const { access_token } = await post(emulator.url, '/item/public_token/exchange', { public_token })
await post(emulator.url, '/sandbox/item/reset_login', { access_token })
const signed = await webhook
hook.closeAllConnections()
hook.close()
const link = await post(emulator.url, '/link/token/create', {
  client_name: 'Package', language: 'en', country_codes: ['US'], products: ['transactions'],
  user: { client_user_id: 'me' }, hosted_link: {},
})
const hosted = await fetch(link.hosted_link_url)
const page = await fetch(emulator.url + '/emulator/status', {
  headers: { authorization: 'Bearer admin' },
})
await emulator.stop()
process.stdout.write(JSON.stringify({
  count: added.length, admin: page.status, link: hosted.status, signed,
}))
`

const TYPED = `
import { createEmulator, type Emulator, type Options } from '@tartan/plaid-emulator'
const options: Options = { seed: 'mine', startDate: '2026-03-15', rateLimits: 'sandbox' }
const emulator: Emulator = await createEmulator(options)
const balance: number | null | undefined =
  emulator.truth('item').accounts[0]?.balances.current
process.stdout.write(String(balance))
// @ts-expect-error: there is no such option
await createEmulator({ sede: 'mine' })
`

describe.for(nodes())('under Node %s', ([, node]) => {
  test('its program starts, is called and stops', async () => {
    await writeFile(join(folder, 'call.js'), CALL)
    const port = String(await freePort())
    const bin = join(folder, 'node_modules/.bin/plaid-emulator')
    const child = spawn(node, [bin, '--port', port], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    try {
      expect(await firstLine(child.stdout)).toContain(`:${port}`)
      const script = `import('./call.js').then(async ({ firstSync }) => {
        const answer = await firstSync('http://127.0.0.1:${port}')
        process.stdout.write(String(answer.added.length))
      })`
      const { stdout } = await run(node, ['--eval', script], { cwd: folder })
      expect(Number(stdout)).toBe(100)
    } finally {
      child.kill('SIGTERM')
    }
    expect(await ended).toEqual([0, null])
  })

  test('it is imported and used in process', async () => {
    await writeFile(join(folder, 'call.js'), CALL)
    await writeFile(join(folder, 'program.js'), PROGRAM)
    const { stdout } = await run(node, ['program.js'], { cwd: folder })
    expect(JSON.parse(stdout)).toEqual({ count: 100, admin: 200, link: 200, signed: true })
  })
})

test('its types compile where Plaid’s SDK is installed', { timeout: 3 * MINUTES }, async () => {
  const root = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  const wanted = [
    `plaid@${root.devDependencies['plaid']}`,
    `@types/node@${root.devDependencies['@types/node']}`,
  ]
  await run('npm', ['install', '--no-audit', '--no-fund', ...wanted], { cwd: folder })
  await writeFile(join(folder, 'typed.ts'), TYPED)
  const tsc = join(project, 'node_modules/.bin/tsc')
  const flags = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node']
  await run(tsc, ['--noEmit', ...flags, 'typed.ts'], {
    cwd: folder,
    env: { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}` },
  })
})

/** Empty when the program ended without one. */
async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(stream)) return line
  return ''
}
