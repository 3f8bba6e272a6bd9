// A web server that really listens, over a database of its own, with services behind it that write
// down what they are asked, and callers of every role: tests speak to it as any program could.
import { once } from 'node:events'
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pool } from '../../src/postgres/pool.ts'
import { randomToken, uuid } from '../../src/std/ids.ts'
import { createLogger } from '../../src/std/log.ts'
import { aborted } from '../../src/std/service.ts'
import { hashToken, Secret } from '../../src/std/secrets.ts'
import type { System, Upstream } from '../../src/web-server/context.ts'
import { createWebServer, type WebServerOptions } from '../../src/web-server/server.ts'
import { insertSession } from '../../src/web-server/store/session.ts'
import { testDatabase } from './database.ts'
import { freePort } from './postgres.ts'
import type { Role } from '../../src/web-server/shapes.ts'

export interface Heard {
  status: number
  headers: IncomingHttpHeaders
  text: string
  body: Record<string, unknown> & { error?: { code: string; message: string; field?: string } }
}

export interface Ask {
  method?: string
  headers?: Record<string, string>
  body?: unknown
  /** Of an answer that goes on, only how it begins; what is given hears the rest. */
  onText?: (text: string) => void
  onEnd?: () => void
}

export interface Asked {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: string
}

export interface TestWeb extends AsyncDisposable {
  port: number
  origin: string
  pool: Pool
  /** What the engine and plaid-api were asked. */
  asked: Asked[]
  /** All that was ever answered. */
  heard: string[]
  /** As it is, with nothing added. */
  bare(path: string, ask?: Ask): Promise<Heard>
  /** As the app's page asks: from its own origin, in JSON, with a session of that role. */
  as(role: Role): Promise<(path: string, ask?: Ask) => Promise<Heard>>
  /** A session's token. */
  session(role: Role): Promise<string>
  cookie(token: string): string
}

const heartbeatMs = 1_000

export const canary = 'canary-7f3a'

export const pageText = '<!doctype html><html><head><base href="/" /></head><body>app</body></html>'

export async function testWeb(more: Partial<WebServerOptions> = {}): Promise<TestWeb> {
  const cleanup = new AsyncDisposableStack()
  const db = cleanup.use(await testDatabase())
  const pool = db.pool()
  const asked: Asked[] = []
  const service = await listening(asked, cleanup)
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'web app '))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), pageText)
  await writeFile(join(folder, 'assets', 'main-abc.js'), 'export {}')
  await writeFile(join(folder, 'assets', 'main-abc.js.gz'), 'gz')
  await writeFile(join(folder, 'secret.pem'), canary)
  const options: WebServerOptions = {
    databaseUrl: db.url,
    host: '127.0.0.1',
    port,
    publicUrl: undefined,
    proxies: '',
    proxyLogin: undefined,
    open: true,
    sql: true,
    world: 'emulator',
    version: '1.2.3',
    engine: upstream('the engine', service),
    plaid: upstream('plaid-api', service),
    emulator: upstream('the emulator', service),
    warehouseUrl: () => Promise.resolve(db.url),
    readerRole: undefined,
    system,
    alerts: noAlerts,
    app: { folder },
    logger: createLogger('web', 'silent'),
    ...more,
  }
  const { app, service: web } = await createWebServer(options)
  const stop = new AbortController()
  const ended = web.run(stop.signal)
  cleanup.defer(async () => {
    stop.abort()
    await ended
  })
  if (!app.server.listening) await once(app.server, 'listening')
  return tools(port, pool, asked, cleanup)
}

function tools(port: number, pool: Pool, asked: Asked[], cleanup: AsyncDisposableStack): TestWeb {
  const heard: string[] = []
  const bare = async (path: string, ask: Ask = {}) => {
    const answer = await exchange(port, path, ask)
    heard.push(JSON.stringify(answer.headers) + answer.text)
    return answer
  }
  const origin = `http://localhost:${port}`
  const cookie = (token: string) => `tartan_${port}=${token}`
  const session = async (role: Role) => {
    const token = randomToken()
    const { rows } = await pool.query<{ id: string }>(
      `insert into web.person (kind, name, role) values ('member', $1, $1) returning id`,
      [role],
    )
    const [hash, personId] = [hashToken(token), rows[0]!.id]
    await insertSession(pool, { hash, personId, address: '', userAgent: '' })
    return token
  }
  return {
    port,
    origin,
    pool,
    asked,
    heard,
    bare,
    session,
    cookie,
    as: async (role) => {
      const token = await session(role)
      return (path, { headers, ...ask } = {}) =>
        bare(path, { ...ask, headers: { ...page(origin), cookie: cookie(token), ...headers } })
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

/** What a browser says of a request that the app's own page makes. */
export function page(origin: string): Record<string, string> {
  const { host } = new URL(origin)
  return { host, origin, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' }
}

/** Answers everything, and sets what must not be handed on; of events it has none. */
async function listening(asked: Asked[], cleanup: AsyncDisposableStack): Promise<string> {
  const server = createServer((incoming, answer) => {
    if (incoming.url?.endsWith('/events')) {
      answer.writeHead(200, { 'content-type': 'text/event-stream' })
      const beat = setInterval(() => answer.write(':\n\n'), heartbeatMs)
      answer.once('close', () => clearInterval(beat))
      return
    }
    let body = ''
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()))
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming
      asked.push({ method, url, headers, body })
      const status = url.endsWith('/refused') ? 401 : 200
      answer.writeHead(status, {
        'content-type': 'application/json',
        'set-cookie': `inner=${canary}`,
        'www-authenticate': 'Basic',
        'access-control-allow-origin': '*',
        'x-next-cursor': 'next',
      })
      answer.end('{"data":[],"jobs":[],"items":[],"now":"2026-01-01T00:00:00Z"}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return `http://127.0.0.1:${port}`
}

function upstream(name: string, url: string): Upstream {
  return { name, url, authorization: () => Promise.resolve(`Bearer ${canary}`) }
}

const noAlerts: WebServerOptions['alerts'] = {
  read: () => Promise.resolve({ firing: [] }),
  silence: () => Promise.resolve(uuid()),
  unsilence: () => Promise.resolve(),
  test: () => Promise.resolve([]),
  follow: (_, signal) => aborted(signal),
}

/** A whole of which nothing is to tell. */
const system: System = {
  installation: () => Promise.resolve({ phase: 'running' }),
  processes: () => Promise.resolve({ phase: 'running', processes: [] }),
  options: () => Promise.resolve([{ env: 'PLAID_SECRET', value: String(new Secret(canary)) }]),
  services: ['web'],
  logPath: (service) => (service === 'web' ? '/dev/null' : undefined),
  verify: () => Promise.resolve({ status: 'equal', result: {} }),
  compareRow: () => [],
}

export function exchange(port: number, path: string, ask: Ask): Promise<Heard> {
  const { method = 'GET', body, onText, onEnd } = ask
  const content = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
  const length = content === undefined ? {} : { 'content-length': Buffer.byteLength(content) }
  const headers = { host: `localhost:${port}`, ...length, ...ask.headers }
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      const { statusCode: status = 0, headers: got } = response
      let text = ''
      const answer = () => {
        const isJson = got['content-type']?.startsWith('application/json') === true && text !== ''
        resolve({ status, headers: got, text, body: isJson ? JSON.parse(text) : {} })
      }
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        onText?.(chunk)
        if (onText === undefined && got['content-type']?.startsWith('text/event-stream')) {
          sent.destroy()
          answer()
        }
      })
      if (onText) answer()
      response.on('error', () => {})
      response.on('close', () => onEnd?.())
      response.on('end', answer)
    })
    sent.on('error', reject)
    sent.end(content)
  })
}
