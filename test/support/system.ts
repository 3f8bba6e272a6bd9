// The whole system as a user has it: started by the command line, in a folder and on ports of its
// own.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type Airbyte, airbyte, apiUrls } from '../../src/server/airbyte/client.ts'
import { type PlaidApi, plaidApi } from '../../src/server/client/plaid-api.ts'
import { createPool, type Pool } from '../../src/postgres/pool.ts'
import { engineUrl, plaidApiUrl } from '../../src/server/addresses.ts'
import { databaseUrl, readEngineClient, readKey, warehouseUrl } from '../../src/server/keys.ts'
import { readSettings, type Settings } from '../../src/server/settings.ts'
import { freePort } from './postgres.ts'

const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
const outputBytesMax = 64 * 1024 * 1024

export interface System extends AsyncDisposable {
  settings: Settings
  /** What its commands are run with: a test may change it. */
  env: Record<string, string>
  /** Runs a command; rejects when it fails. */
  tartan(...args: string[]): Promise<string>
  plaidApi: PlaidApi
  airbyte: Airbyte
  store: Pool
  warehouse: Pool
  /** One of the emulator's own commands. */
  emulator(command: object): Promise<unknown>
  /** plaid-api's HTTP API, beyond what the command line's client knows. */
  post<T>(path: string, body: object): Promise<T>
  get<T>(path: string): Promise<T>
}

/**
 * `init`: as `make airbyte-init` leaves it, but nothing happens by itself in the midst of a test:
 * the banks' clock stands, no webhook is sent, and no poll or sync is due.
 */
export async function startSystem(more: Record<string, string> = {}): Promise<System> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'tartan system '))
  const given: Record<string, string> = {
    TARTAN_DATA_DIR: dataFolder,
    TARTAN_DATABASE_PORT: String(await freePort()),
    PLAID_API_PORT: String(await freePort()),
    TARTAN_API_PORT: String(await freePort()),
    TARTAN_WEB_PORT: String(await freePort()),
    TARTAN_EMULATOR_PORT: String(await freePort()),
    TARTAN_EMULATOR_DATE: '2026-03-15',
    TARTAN_EMULATOR_RATE_LIMITS: 'production',
    PLAID_POLL_MINUTES: '10080',
    TARTAN_SYNC_CRON: '0 0 0 1 1 ?',
    TARTAN_PUBLIC_URL: 'none',
    ...more,
  }
  const tartan = async (...args: string[]) => {
    const command = ['--disable-warning=ExperimentalWarning', main, ...args]
    const options = { env: { ...process.env, ...given }, maxBuffer: outputBytesMax }
    const { stdout } = await promisify(execFile)(process.execPath, command, options)
    return stdout
  }
  try {
    await tartan('init')
  } catch (error) {
    await tartan('stop') // what a failed set-up started must not outlive the test
    throw error
  }
  const settings = await readSettings({}, given)
  const key = (name: Parameters<typeof readKey>[1]) => readKey(settings.dataFolder, name)
  const client = await readEngineClient(settings.dataFolder)
  const store = createPool(await databaseUrl(settings), { name: 'test' })
  const warehouse = createPool(await warehouseUrl(settings), { name: 'test' })
  const adminToken = await key('emulator-admin.token')
  const apiKey = await key('plaid-api.key')
  const plaidUrl = plaidApiUrl(settings)
  const commands = `http://127.0.0.1:${given['TARTAN_EMULATOR_PORT']}/emulator/commands`
  return {
    settings,
    env: given,
    tartan,
    plaidApi: await plaidApi(settings),
    airbyte: airbyte({ ...apiUrls(engineUrl(settings)), ...client }),
    store,
    warehouse,
    emulator: (command) => ask(commands, adminToken.reveal(), command),
    post: (path, body) => ask(`${plaidUrl}${path}`, apiKey.reveal(), body),
    get: (path) => ask(`${plaidUrl}${path}`, apiKey.reveal()),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([store.end(), warehouse.end()])
      await tartan('stop')
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}

/** How many transactions of the warehouse have a name that begins so. */
export async function transactionsNamed({ warehouse }: System, begin: string): Promise<number> {
  const text = 'select count(*)::int as n from airbyte_plaid.transactions where name like $1'
  return (await warehouse.query<{ n: number }>(text, [`${begin}%`])).rows[0]?.n ?? -1
}

async function ask<T>(url: string, bearer: string, body?: object): Promise<T> {
  const response = await fetch(url, {
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`)
  return JSON.parse(text) as T
}
