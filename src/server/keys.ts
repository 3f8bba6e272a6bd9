// The secrets that a set-up makes: one file each, 0600 in a folder that is 0700, whole or absent
// (L5). A process reads the files that it needs; none travels by argument or environment.
import { link, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, errorCode } from '../std/errors.ts'
import { randomToken, uuid } from '../std/ids.ts'
import { newSealingKeyText, Secret } from '../std/secrets.ts'
import type { superuser } from '../postgres/embedded.ts'
import { readerRole } from '../postgres/provision.ts'
import { writeWhole } from './files.ts'
import { isOurs, type KeySource } from './master-key.ts'
import type { Settings } from './settings.ts'

const MADE = {
  'master.key': newSealingKeyText,
  'postgres.password': randomToken,
  'tartan.password': randomToken,
  'warehouse.password': randomToken,
  'tartan_reader.password': randomToken,
  'emulator.secret': randomToken,
  'emulator-admin.token': randomToken,
  'plaid-api.key': () => randomToken('tartan_'),
  'metrics.token': randomToken,
} satisfies Record<string, () => string>

export type KeyName = keyof typeof MADE

const ENGINE_CLIENT = 'engine-client.key'

export const emulatorClientId = 'tartan-emulator'

export function keysFolder(dataFolder: string): string {
  return join(dataFolder, 'secrets')
}

/**
 * Makes what is missing; what is there stays. True when it made something. The master key is made
 * where no option says that something else has it.
 */
export async function makeKeys(dataFolder: string, source?: KeySource): Promise<boolean> {
  const folder = keysFolder(dataFolder)
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  let made = false
  for (const [name, make] of Object.entries(MADE)) {
    if (name === 'master.key' && source && !isOurs(source)) continue
    made = (await writeOnce(join(folder, name), make())) || made
  }
  return made
}

/** Its keys open from now on; where there was none, its first one seals. */
export async function keepMasterKey(dataFolder: string, text: string): Promise<void> {
  await mkdir(keysFolder(dataFolder), { recursive: true, mode: 0o700 })
  const path = join(keysFolder(dataFolder), 'master.key')
  if (await writeOnce(path, text)) return
  const held = (await readFile(path, 'utf8')).trim().split(/\s+/)
  const more = text.split(/\s+/).filter((key) => !held.includes(key))
  if (more.length > 0) await writeWhole(path, [...held, ...more].join('\n'))
}

/** Two makers at once: the first one's file stands. */
async function writeOnce(path: string, text: string): Promise<boolean> {
  if (await readFile(path).catch(() => undefined)) return false
  const offered = `${path}.offer`
  await writeWhole(offered, text)
  try {
    await link(offered, path)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(offered, { force: true })
  }
}

export async function readKey(
  dataFolder: string,
  name: KeyName | typeof ENGINE_CLIENT,
): Promise<Secret> {
  const path = join(keysFolder(dataFolder), name)
  try {
    return new Secret((await readFile(path, 'utf8')).trim())
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw cause
    throw new ConfigError('KEY_MISSING', `${path} is missing: run make airbyte-init`, { cause })
  }
}

/** What a rotation puts in the place of a key that was made. */
export function newApiKey(): Secret {
  return new Secret(MADE['plaid-api.key']())
}

/** The engine's, for the command line. */
export interface EngineClient {
  clientId: string
  clientSecret: Secret
}

/**
 * For services that share a folder which none of them can write to: one is made before the engine
 * knows it. What is there stays.
 */
export function makeEngineClient(dataFolder: string): Promise<boolean> {
  return writeOnce(join(keysFolder(dataFolder), ENGINE_CLIENT), `${uuid()}:${randomToken()}`)
}

/** One file, so that nobody ever meets one's id with another's secret. */
export async function readEngineClient(dataFolder: string): Promise<EngineClient> {
  const text = (await readKey(dataFolder, ENGINE_CLIENT)).reveal()
  const [clientId = '', secret = ''] = text.split(':')
  return { clientId, clientSecret: new Secret(secret) }
}

export async function keepEngineClient(dataFolder: string, client: EngineClient): Promise<void> {
  const text = `${client.clientId}:${client.clientSecret.reveal()}`
  await writeWhole(join(keysFolder(dataFolder), ENGINE_CLIENT), text)
}

/** Whether services ever ran on this folder: the engine gives its own key once they do. */
export async function hasBegun(dataFolder: string): Promise<boolean> {
  return readKey(dataFolder, ENGINE_CLIENT).then(
    () => true,
    () => false,
  )
}

export async function keepApiKey(dataFolder: string, key: Secret): Promise<void> {
  await writeWhole(join(keysFolder(dataFolder), 'plaid-api.key'), key.reveal())
}

/** Tartan's own database. */
export async function databaseUrl(settings: Settings): Promise<Secret> {
  return settings.options.databaseUrl ?? embeddedUrl(settings, 'tartan', 'tartan')
}

/** The database that queries read. */
export async function warehouseUrl(settings: Settings): Promise<Secret> {
  return settings.options.warehouseUrl ?? embeddedUrl(settings, 'warehouse', 'warehouse')
}

export async function embeddedUrl(
  settings: Settings,
  user: typeof superuser | typeof readerRole | 'tartan' | 'warehouse',
  database: string,
): Promise<Secret> {
  const password = await readKey(settings.dataFolder, `${user}.password`)
  const { databaseHost, databasePort } = settings.options
  const host = databaseHost.includes(':') ? `[${databaseHost}]` : databaseHost
  return new Secret(`postgres://${user}:${password.reveal()}@${host}:${databasePort}/${database}`)
}

/** The same for those who only look: of the embedded one by a role that can do nothing else. */
export async function readerUrl(settings: Settings): Promise<Secret> {
  return settings.options.warehouseUrl ?? embeddedUrl(settings, readerRole, 'warehouse')
}

/** Who we are at Plaid. */
export async function plaidCredentials(
  settings: Settings,
): Promise<{ clientId: string; secret: Secret }> {
  if (settings.emulated) {
    const secret = await readKey(settings.dataFolder, 'emulator.secret')
    return { clientId: emulatorClientId, secret }
  }
  const { plaidClientId: clientId, plaidSecret: secret, plaidEnv } = settings.options
  if (clientId !== undefined && secret !== undefined) return { clientId, secret }
  const missing = clientId === undefined ? 'PLAID_CLIENT_ID' : 'PLAID_SECRET'
  throw new ConfigError(
    'PLAID_CREDENTIALS_MISSING',
    `PLAID_ENV is ${plaidEnv}, but ${missing} is not set: put it into .env`,
    { field: missing },
  )
}
