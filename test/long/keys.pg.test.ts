// Keys of plaid-api come, go and are replaced while everything runs.
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nameOf } from '../../src/cli/program.ts'
import { engineUrl, plaidApiUrl } from '../../src/server/addresses.ts'
import { readEngineClient, readKey } from '../../src/server/keys.ts'
import { systemClock } from '../../src/std/clock.ts'
import { Secret } from '../../src/std/secrets.ts'
import { tokenOf } from '../support/engine.ts'
import { lists } from '../support/commands.ts'
import { secretsOf } from '../support/secrets.ts'
import { startSystem, type System } from '../support/system.ts'

const MINUTES = 60_000
const patient = { timeout: 4 * MINUTES }
const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
let system: System

beforeAll(async () => {
  // A hundred pages and more in a minute that does not end, as the banks' clock stands.
  system = await startSystem({
    PLAID_API_OPEN_READS: 'none',
    TARTAN_EMULATOR_RATE_LIMITS: 'off',
  })
}, 2 * MINUTES)

afterAll(() => system[Symbol.asyncDispose]())

async function statusWith(key: string): Promise<number> {
  const headers = { authorization: `Bearer ${key}` }
  return (await fetch(`${plaidApiUrl(system.settings)}/stats`, { headers })).status
}

async function ownKey(): Promise<string> {
  return (await readKey(system.settings.dataFolder, 'plaid-api.key')).reveal()
}

interface Listed {
  id: string
  name: string
  own: boolean
  revoked_at: string | null
}

async function listed(): Promise<Listed[]> {
  return JSON.parse(await system.tartan('keys', 'list', '--json')) as Listed[]
}

test('a key is shown once, opens, is listed without itself, and opens nothing when revoked', async () => {
  const key = (await system.tartan('keys', 'add', 'dashboard')).trim()
  expect(await statusWith(key)).toBe(200)
  expect(await system.tartan('keys', 'list')).not.toContain(key)
  const { id } = (await listed()).find(({ name }) => name === 'dashboard')!
  await system.tartan('keys', 'revoke', id)
  expect(await statusWith(key)).toBe(401)
  await system.tartan('keys', 'revoke', id) // again changes nothing
  await expect(system.tartan('keys', 'revoke', 'nonsense')).rejects.toMatchObject({ code: 3 })
})

test('a key is revoked by its name, where one alone that opens has it', async () => {
  const first = await system.tartan('keys', 'add', 'reports')
  await system.tartan('keys', 'add', 'reports')
  const ids = (await listed()).filter(({ name }) => name === 'reports').map(({ id }) => id)
  await expect(system.tartan('keys', 'revoke', 'reports')).rejects.toMatchObject({
    code: 3,
    stderr: expect.stringMatching(
      new RegExp(`2 keys .*\n(  (${ids.join('|')})  .*\n){2}`),
    ) as string,
  })
  await system.tartan('keys', 'revoke', ids[1]!)
  expect(await system.tartan('keys', 'revoke', 'reports')).toContain(ids[0])
  expect(await statusWith(first.trim())).toBe(401)
})

test('a key has a scope and an end, and so has the one after it', patient, async () => {
  const args = ['--scope', 'sync', '--days', '7', '--per-minute', '90', '--json']
  interface Made {
    id: string
    key: string
    scope: string
    expires_at: string
  }
  const made = JSON.parse(await system.tartan('keys', 'add', 'robot', ...args)) as Made
  const grace = ['--grace-hours', '0', '--json']
  const next = JSON.parse(await system.tartan('keys', 'rotate', 'robot', ...grace)) as Made
  expect(next).toMatchObject({ scope: 'sync', expires_at: made.expires_at })
  expect([await statusWith(made.key), await statusWith(next.key)]).toEqual([401, 200])
  const found = (await listed()).find(({ id }) => id === next.id)
  expect(found).toMatchObject({ scope: 'sync', per_minute_max: 90, expired: false })
  const usage = system.tartan('keys', 'add', 'x', '--days', 'soon')
  await expect(usage).rejects.toMatchObject({ code: 2 })
})

test('a client of the engine is made with a scope, listed, and revoked', patient, async () => {
  const made = JSON.parse(
    await system.tartan('clients', 'add', 'orchestrator', '--scope', 'sync', '--json'),
  ) as { client_id: string; client_secret: string }
  const client = { clientId: made.client_id, clientSecret: new Secret(made.client_secret) }
  const token = await tokenOf(engineUrl(system.settings), client)
  const asked = async (method: string, path: string) => {
    const url = `${engineUrl(system.settings)}/api/public/v1${path}`
    return (await fetch(url, { method, headers: { authorization: `Bearer ${token}` } })).status
  }
  const nobody = '/sources/99999999-9999-4999-8999-999999999999'
  expect([await asked('GET', '/workspaces'), await asked('DELETE', nobody)]).toEqual([200, 403])
  const text = await system.tartan('clients', '--json')
  expect(text).toContain(made.client_id)
  expect(text).not.toContain(made.client_secret)
  await system.tartan('clients', 'revoke', made.client_id)
  expect(await asked('GET', '/workspaces')).toBe(401)
  const { clientId } = await ownClient()
  await expect(system.tartan('clients', 'revoke', clientId)).rejects.toMatchObject({ code: 3 })
})

test('the master key is replaced while all runs, an older one dropped', patient, async () => {
  type Listed = { id: string; role: string; sealed: number }[]
  const keys = async () => JSON.parse(await system.tartan('master-key', '--json')) as Listed
  const [before] = await keys()
  expect(before).toMatchObject({ role: 'seals' })
  await system.tartan('master-key', 'rotate')
  const [now, then] = await keys()
  expect(now).toMatchObject({ role: 'seals', sealed: before!.sealed })
  expect(then).toEqual({ id: before!.id, role: 'opens', sealed: 0 })
  // by services that began with the one before
  await system.post('/items/sandbox', { institution_id: 'ins_109511' })
  expect((await system.plaidApi.pull('incremental')).totals.failed).toBe(0)
  expect(await system.tartan('sync')).toMatch(/succeeded/)
  expect((await keys())[0]!.sealed).toBeGreaterThan(now!.sealed)
  await expect(system.tartan('master-key', 'drop', now!.id)).rejects.toMatchObject({ code: 3 })
  await system.tartan('master-key', 'drop', then!.id)
  expect(await keys()).toHaveLength(1)
  await system.tartan('stop')
  await system.tartan('start')
  expect(await system.tartan('sync')).toMatch(/succeeded/)
})

test('keys alone lists them', async () => {
  expect(await system.tartan('keys')).toBe(await system.tartan('keys', 'list'))
})

test('Tartan’s own key is not revoked by hand', async () => {
  const { id } = (await listed()).find(({ own }) => own)!
  await expect(system.tartan('keys', 'revoke', id)).rejects.toMatchObject({
    code: 3,
    stderr: expect.stringContaining('keys rotate') as string,
  })
})

test('Tartan’s own is replaced while a sync reads with it', { timeout: 3 * MINUTES }, async () => {
  const { item_id: item } = await system.post<{ item_id: string }>('/items/sandbox', {
    institution_id: 'ins_109508',
    username: 'user_scale_60000',
  })
  await system.plaidApi.pull('incremental', item)
  const old = await ownKey()
  const client = await ownClient()
  const token = await tokenOf(engineUrl(system.settings), client)
  const syncing = system.tartan('sync')
  await running()
  await system.tartan('keys', 'rotate')
  expect(await statusWith(old)).toBe(401)
  expect(await statusWith(await ownKey())).toBe(200)
  // of the engine neither the client’s secret nor its token opens anything
  const url = `${engineUrl(system.settings)}/api/public/v1/workspaces`
  const { clientId, clientSecret } = client
  const basic = Buffer.from(`${clientId}:${clientSecret.reveal()}`).toString('base64')
  for (const authorization of [`Bearer ${token}`, `Basic ${basic}`]) {
    expect((await fetch(url, { headers: { authorization } })).status).toBe(401)
  }
  expect(await syncing).toMatch(/succeeded/)
  expect(await system.tartan('sync')).toMatch(/succeeded/)
  const open = (await listed()).filter((key) => key.own && key.revoked_at === null)
  expect(open).toHaveLength(1)
})

function ownClient() {
  return readEngineClient(system.settings.dataFolder)
}

async function running(): Promise<void> {
  for (;;) {
    const { data } = await system.airbyte.publicApi<{ data: { status: string }[] }>(
      'GET',
      '/jobs?status=running',
    )
    if (data.length > 0) return
    await systemClock.sleep(20)
  }
}

test(
  'a rotation that is killed at any moment is ended by the next one',
  { timeout: 3 * MINUTES },
  async () => {
    const env = { ...process.env, ...system.settings.given }
    for (const ms of [500, 650, 800, 1_000]) {
      const args = ['--disable-warning=ExperimentalWarning', main, 'keys', 'rotate']
      const child = execFile(process.execPath, args, { env })
      await systemClock.sleep(ms)
      child.kill('SIGKILL')
      expect(await statusWith(await ownKey())).toBe(200)
    }
    expect(await system.tartan('sync')).toMatch(/succeeded/) // the source’s opens, whichever it is
    await system.tartan('keys', 'rotate')
    const open = (await listed()).filter((key) => key.own && key.revoked_at === null)
    expect(open).toHaveLength(1)
    expect(await system.tartan('sync')).toMatch(/succeeded/)
  },
)

test('every list is JSON alone on stdout, empty ones too, and has no secret in it', async () => {
  const secrets = await secretsOf(system)
  for (const name of lists().map(nameOf)) {
    const text = await system.tartan(...name.split(' '), '--json')
    expect([name, typeof JSON.parse(text)]).toEqual([name, 'object'])
    const told = [...secrets].filter(([, secret]) => text.includes(secret)).map(([what]) => what)
    expect([name, told]).toEqual([name, []])
  }
})
