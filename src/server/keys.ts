// The secrets that a set-up makes: one file each, 0600 in a folder that is 0700, whole or absent
// (L5). A process reads the files that it needs; none travels by argument or environment.
import { link, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, errorCode } from '../std/errors.ts'
import { randomToken } from '../std/ids.ts'
import { newSealingKeyText, type SealingKey, sealingKey, Secret } from '../std/secrets.ts'
import type { superuser } from '../postgres/embedded.ts'
import { writeWhole } from './files.ts'
import type { Settings } from './settings.ts'

const MADE = {
  'master.key': newSealingKeyText,
  'postgres.password': randomToken,
  'tartan.password': randomToken,
  'warehouse.password': randomToken,
  'emulator.secret': randomToken,
  'emulator-admin.token': randomToken,
  'plaid-api.key': () => randomToken('tartan_'),
} satisfies Record<string, () => string>

export type KeyName = keyof typeof MADE

export const emulatorClientId = 'tartan-emulator'

export function keysFolder(dataFolder: string): string {
  return join(dataFolder, 'secrets')
}

/** Makes what is missing; what is there stays. True when it made something. */
export async function makeKeys(dataFolder: string): Promise<boolean> {
  const folder = keysFolder(dataFolder)
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  let made = false
  for (const [name, make] of Object.entries(MADE)) {
    made = (await writeOnce(join(folder, name), make())) || made
  }
  return made
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

export async function readKey(dataFolder: string, name: KeyName | EngineKeyName): Promise<Secret> {
  const path = join(keysFolder(dataFolder), name)
  try {
    return new Secret((await readFile(path, 'utf8')).trim())
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw cause
    const what =
      name === 'master.key'
        ? 'restore it from your backup; without it no stored access token opens'
        : 'run make airbyte-init'
    throw new ConfigError('KEY_MISSING', `${path} is missing: ${what}`, { cause })
  }
}

/** What a rotation puts in the place of a key that was made. */
export function newApiKey(): Secret {
  return new Secret(MADE['plaid-api.key']())
}

/** The engine gives these; they are kept for the command line. */
export type EngineKeyName = 'engine-client.id' | 'engine-client.secret'

/** Whether services ever ran on this folder: the engine gives its own key once they do. */
export async function hasBegun(dataFolder: string): Promise<boolean> {
  return readKey(dataFolder, 'engine-client.id').then(
    () => true,
    () => false,
  )
}

export async function keepKey(
  dataFolder: string,
  name: EngineKeyName | 'plaid-api.key',
  value: Secret,
) {
  await writeWhole(join(keysFolder(dataFolder), name), value.reveal())
}

export async function readMasterKey(dataFolder: string): Promise<SealingKey> {
  return sealingKey((await readKey(dataFolder, 'master.key')).reveal())
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
  user: typeof superuser | 'tartan' | 'warehouse',
  database: string,
): Promise<Secret> {
  const password = await readKey(settings.dataFolder, `${user}.password`)
  const at = `127.0.0.1:${settings.options.databasePort}`
  return new Secret(`postgres://${user}:${password.reveal()}@${at}/${database}`)
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
