// The whole system over TLS of its own: set up, synced and compared by https with a private CA,
// plain HTTP refused, and a certificate renewed under running event streams and a sync.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { engineUrl, plaidApiUrl, webUrl } from '../../src/server/addresses.ts'
import { readKey } from '../../src/server/keys.ts'
import { trustCa } from '../../src/server/tls.ts'
import type { Report } from '../../src/server/status/report.ts'
import { authority, certificateOf, pastEnd } from '../support/certificate.ts'
import { startSystem, type System } from '../support/system.ts'

const MINUTES = 60_000
const [ca, next] = [authority('a company'), authority('its next CA')]
let folder: string
let system: System

const file = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tartan tls '))
  await renew()
  await writeFile(file('ca.crt'), ca.certificate)
  system = await startSystem({
    TARTAN_TLS_CERTIFICATE_FILE: file('tls.crt'),
    TARTAN_TLS_KEY_FILE: file('tls.key'),
    TARTAN_TLS_CA_FILE: file('ca.crt'),
    TARTAN_EMULATOR_RATE_LIMITS: 'off',
  })
  await trustCa(system.settings)
}, 5 * MINUTES)

afterAll(async () => {
  await system?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
}, MINUTES)

async function renew(until?: string, by = ca): Promise<string> {
  const { certificate, key } = certificateOf('localhost', by, until)
  await writeFile(file('tls.crt'), certificate)
  await writeFile(file('tls.key'), key)
  return certificate
}

const status = async () => JSON.parse(await system.tartan('status', '--json')) as Report

const services = () => [plaidApiUrl, engineUrl, webUrl].map((url) => new URL(url(system.settings)))

/** What a new connection to that port is shown. */
async function shown(port: string): Promise<string> {
  const at = { host: '127.0.0.1', servername: 'localhost', port: Number(port) }
  const socket = connect({ ...at, ca: [ca.certificate, next.certificate] })
  await once(socket, 'secureConnect')
  const { raw } = socket.getPeerCertificate()
  socket.destroy()
  return raw.toString('base64')
}

test('every service speaks TLS and nothing else', async () => {
  for (const { protocol, port } of services()) {
    expect(protocol).toBe('https:')
    expect((await fetch(`https://localhost:${port}/live`)).status).toBe(200)
    await expect(fetch(`http://localhost:${port}/live`)).rejects.toThrow()
  }
  expect((await status()).tls).toMatchObject({ names: ['DNS:localhost'] })
  expect(await system.tartan('check')).toMatch(/TLS, DNS:localhost, until 2049/)
})

test('a browser here enters, with a cookie that is bound to TLS, and is told what changes', async () => {
  const { origin } = new URL(webUrl(system.settings))
  const headers = { origin, 'content-type': 'application/json' }
  const entered = await fetch(`${origin}/web/enter`, { method: 'POST', headers, body: '{}' })
  expect(entered.status).toBe(200)
  const [cookie = ''] = entered.headers.getSetCookie()
  expect(cookie).toMatch(/^__Host-tartan_\d+=.*; Secure/)
  expect(entered.headers.get('strict-transport-security')).toBeNull()
  const [session = ''] = cookie.split(';')
  const events = await fetch(`${origin}/web/events`, { headers: { cookie: session } })
  expect(events.headers.get('content-type')).toContain('text/event-stream')
  await events.body?.cancel()
})

test(
  'a renewed one is taken while a sync reads and events go on',
  { timeout: 4 * MINUTES },
  async () => {
    const { item_id: item } = await system.post<{ item_id: string }>('/items/sandbox', {
      institution_id: 'ins_109508',
      username: 'user_scale_20000',
    })
    await system.plaidApi.pull('incremental', item)
    const key = await readKey(system.settings.dataFolder, 'plaid-api.key')
    const headers = { authorization: `Bearer ${key.reveal()}` }
    const events = await fetch(`${plaidApiUrl(system.settings)}/events`, { headers })
    const reader = events.body!.getReader()
    const syncing = system.tartan('sync')
    const before = await shown(services()[0]!.port)
    const renewed = await renew()
    for (const { port } of services()) {
      await expect.poll(() => shown(port), { timeout: MINUTES }).not.toBe(before)
      expect(renewed.replaceAll('\n', '')).toContain(await shown(port))
    }
    await system.post('/sync', { item_id: item }) // is told on the stream that was open before
    let heard = ''
    while (!heard.includes('event: pull')) {
      const { value, done } = await reader.read()
      expect(done).toBe(false)
      heard += Buffer.from(value).toString()
    }
    await reader.cancel()
    expect(await syncing).toMatch(/succeeded/)
    expect((await status()).processes.every(({ restarts }) => restarts === 0)).toBe(true)
    await system.tartan('verify') // fails where anything differs
  },
)

test('a CA that takes the place of another needs no restart either', async () => {
  const pids = async () => (await status()).processes.map(({ pid }) => pid)
  const before = await pids()
  await writeFile(file('ca.crt'), ca.certificate + next.certificate)
  const renewed = await renew(undefined, next)
  for (const { port } of services()) {
    const isShown = async () => renewed.replaceAll('\n', '').includes(await shown(port))
    await expect.poll(isShown, { timeout: MINUTES }).toBe(true)
  }
  expect(await system.tartan('sync')).toMatch(/succeeded/)
  expect(await pids()).toEqual(before)
})

test('one that has expired is told, and refused at the next start', async () => {
  await renew(pastEnd)
  expect((await status()).tls?.trouble).toMatch(/certificate has expired/)
  await expect(system.tartan('start', '--log-level', 'warn')).rejects.toMatchObject({ code: 3 })
  await renew()
  expect((await status()).tls?.trouble).toBeUndefined()
})
