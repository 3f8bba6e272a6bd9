// Keys of plaid-api come, go and are replaced while everything runs.
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { engineUrl, plaidApiUrl } from '../../src/server/addresses.ts'
import { readKey } from '../../src/server/keys.ts'
import { systemClock } from '../../src/std/clock.ts'
import { tokenOf } from '../support/engine.ts'
import { startSystem, type System } from '../support/system.ts'

const MINUTES = 60_000
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

async function ownClient() {
  const { dataFolder } = system.settings
  const clientId = (await readKey(dataFolder, 'engine-client.id')).reveal()
  return { clientId, clientSecret: await readKey(dataFolder, 'engine-client.secret') }
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
