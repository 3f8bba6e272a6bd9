// The real nginx and the real Caddy before the real system, by the files of deploy/proxy with this
// machine's names and ports in them: a person logs in, events come as they happen, programs reach
// Airbyte's API, Plaid's webhooks their path, and nothing else of plaid-api is offered.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readEngineClient } from '../../src/server/keys.ts'
import { systemClock } from '../../src/std/clock.ts'
import { tokenOf } from '../support/engine.ts'
import { authority, certificateOf } from '../support/certificate.ts'
import { freePort } from '../support/postgres.ts'
import { startSystem, type System } from '../support/system.ts'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

const MINUTES = 60_000
const ca = authority('proxies')
let folder: string
let port: number
let plainPort: number
let at: string
let system: System

const file = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tartan proxy '))
  const { certificate, key } = certificateOf('localhost', ca)
  await writeFile(file('tls.crt'), certificate)
  await writeFile(file('tls.key'), key)
  setDefaultCACertificates([...getCACertificates('default'), ca.certificate])
  port = await freePort()
  plainPort = await freePort()
  at = `https://localhost:${port}`
  system = await startSystem({ TARTAN_WEB_URL: at, TARTAN_WEB_PROXIES: '127.0.0.1' })
}, 5 * MINUTES)

afterAll(async () => {
  await system?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
}, MINUTES)

interface Proxy {
  program: string
  /** Writes its files; gives its arguments. */
  prepare(): Promise<string[]>
}

/** As a user would change it: the name, the ports, the certificate. */
async function snippet(name: string): Promise<string> {
  const { webPort, plaidApiPort } = system.settings.options
  const text = await readFile(resolve(import.meta.dirname, '../../deploy/proxy', name), 'utf8')
  return text
    .replaceAll('127.0.0.1:8000', `127.0.0.1:${webPort}`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${plaidApiPort}`)
    .replaceAll('/etc/ssl/tartan/tls.', '"')
    .replaceAll(/"(crt|key)/g, `"${folder}/tls.$1"`)
}

const nginx: Proxy = {
  program: 'nginx',
  prepare: async () => {
    const server = (await snippet('nginx.conf'))
      .replaceAll('tartan.example.com', 'localhost')
      .replace('listen 443', `listen 127.0.0.1:${port}`)
      .replace('listen 80', `listen 127.0.0.1:${plainPort}`)
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path "${folder}/${name}";`)
      .join('\n')
    const user = process.getuid?.() === 0 ? 'user root;' : ''
    await writeFile(
      file('nginx.conf'),
      `${user} daemon off; pid "${folder}/nginx.pid"; error_log stderr; events {}
       http { access_log off; ${paths}\n${server} }`,
    )
    return ['-c', file('nginx.conf'), '-p', folder]
  },
}

const caddy: Proxy = {
  program: 'caddy',
  prepare: async () => {
    const site = (await snippet('Caddyfile'))
      .replace(/^tartan.example.com/m, `localhost:${port}`)
      .replace('# tls ', 'tls ')
    const options = '{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n'
    await writeFile(file('Caddyfile'), options + site)
    return ['run', '--config', file('Caddyfile'), '--adapter', 'caddyfile']
  },
}

async function run({ program, prepare }: Proxy): Promise<AsyncDisposable> {
  const home = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  const env = { ...process.env, ...home }
  const child = spawn(program, await prepare(), { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = once(child, 'close')
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${said}`)
    if (
      await fetch(`${at}/live`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break
    await systemClock.sleep(50)
  }
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function isThere(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A change, as the page sends it. */
function post(path: string, body: object): Promise<Response> {
  const headers = { origin: at, 'content-type': 'application/json' }
  return fetch(at + path, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** A session's cookie, by the link that the command line makes. */
async function enter(): Promise<string> {
  const link = (await system.tartan('open', '--print')).trim()
  expect(link.startsWith(`${at}/login#`)).toBe(true)
  const answer = await post('/web/login', { code: link.split('#')[1] })
  expect(answer.status).toBe(200)
  const [cookie = ''] = answer.headers.getSetCookie()
  expect(cookie).toMatch(/^__Host-tartan_\d+=.*; Secure/)
  return cookie.split(';')[0] ?? ''
}

const [here, missing] = [
  [nginx, caddy].filter(({ program }) => isThere(program)),
  [nginx, caddy].filter(({ program }) => !isThere(program)),
]

test('what is not on this machine is told; CI has both', () => {
  for (const { program } of missing) process.stderr.write(`not run: ${program} is not here\n`)
  if (process.env['CI'] === 'true') expect(missing).toEqual([])
})

describe.each(here)('behind $program', (proxy) => {
  let running: AsyncDisposable

  beforeAll(async () => {
    running = await run(proxy)
  }, MINUTES)
  afterAll(() => running?.[Symbol.asyncDispose]())

  test('nobody is let in without a login, though the proxy is on this machine', async () => {
    const answer = await post('/web/enter', {})
    expect(answer.status).toBe(403)
    const forged = await fetch(`${at}/web/session`, { headers: { 'x-forwarded-for': '127.0.0.1' } })
    expect(await forged.json()).toMatchObject({ user: null, open: false })
  })

  test('a person logs in, and is known by address and session', async () => {
    const cookie = await enter()
    const session = await fetch(`${at}/web/session`, { headers: { cookie } })
    expect(await session.json()).toMatchObject({ user: { role: 'admin' }, secure: true })
    const page = await fetch(`${at}/banks`, { headers: { cookie } })
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test('events come as they happen', async () => {
    const cookie = await enter()
    const heard: string[] = []
    const asked = get(`${at}/web/events`, { headers: { cookie }, ca: ca.certificate })
    const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream]
    answer.on('data', (chunk: Buffer) => heard.push(chunk.toString()))
    await expect.poll(() => heard.join('')).toContain('event: open')
    await system.post('/sync', {})
    await expect.poll(() => heard.join(''), { timeout: MINUTES }).toContain('event: pulls')
    asked.destroy()
  })

  test('a program reaches Airbyte’s API with its own credential', async () => {
    const token = await tokenOf(at, await readEngineClient(system.settings.dataFolder))
    const url = `${at}/api/public/v1/connections`
    const headers = { authorization: `Bearer ${token}` }
    const { data } = (await (await fetch(url, { headers })).json()) as { data: { name: string }[] }
    expect(data.map(({ name }) => name)).toEqual(['Plaid to warehouse'])
    expect((await fetch(url)).status).toBe(401)
  })

  test('webhooks reach plaid-api, and nothing else does', async () => {
    // whatever plaid-api says of one that nobody signed, the web app has no part in it
    const hook = await post('/webhooks/plaid', { webhook_code: 'SYNC_UPDATES_AVAILABLE' })
    expect(hook.headers.get('x-tartan-time')).toBeNull()
    expect(hook.status).toBeLessThan(500)
    const large = await post('/webhooks/plaid', { text: 'x'.repeat(100_000) })
    expect(large.status).toBeGreaterThanOrEqual(400)
    expect(large.status).toBeLessThan(500)
    const stats = await fetch(`${at}/stats`)
    expect(stats.headers.get('x-tartan-time')).not.toBeNull()
    expect(stats.headers.get('content-type')).not.toContain('json')
  })

  if (proxy === nginx) {
    test('plain HTTP leads to TLS', async () => {
      const answer = await fetch(`http://127.0.0.1:${plainPort}/banks`, { redirect: 'manual' })
      expect(answer.status).toBe(301)
      expect(answer.headers.get('location')).toMatch(/^https:/)
    })
  }
})
