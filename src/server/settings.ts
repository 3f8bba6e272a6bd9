// From what was given (flags over environment over the `.env` file) to what the processes run with.
// A start writes it down once, secrets sealed (L5), so that every process of one run has the same
// settings and no secret stands in an environment or an argument.
import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { ConfigError, errorCode, messageOf } from '../std/errors.ts'
import { cronSchedule } from '../engine/connection/schedule.ts'
import { systemClock } from '../std/clock.ts'
import { type OptionSpec, readOptions } from '../std/options.ts'
import { seal, type SealingKey, Secret, unseal } from '../std/secrets.ts'
import { writeWhole } from './files.ts'
import { table, type TartanOptions } from './options.ts'
import { neededPorts, requirePortsApart } from './supervisor/port.ts'

export const projectFolder = resolve(import.meta.dirname, '../..')

type Given = Record<string, string | undefined>

export interface Settings {
  options: TartanOptions
  /** The values that were given, by environment variable. */
  given: Given
  dataFolder: string
  /** Plaid is the emulator. */
  emulated: boolean
  /** At least one database lives in the PostgreSQL that comes along. */
  embedded: boolean
}

const specs: OptionSpec[] = Object.values(table)

export async function readSettings(flags: Given = {}, env: Given = process.env): Promise<Settings> {
  const merged = await readGiven(flags, env)
  const given = Object.fromEntries(
    specs.map((spec) => [spec.env, merged[spec.env]] as const).filter(([, value]) => value?.trim()),
  )
  const settings = settingsOf(given)
  requireCron(settings.options.syncCron)
  requirePortsApart(neededPorts(settings.embedded, settings.emulated, settings.options))
  return settings
}

/** Everything that was given, whether it is an option of ours or not. */
export async function readGiven(flags: Given, env: Given = process.env): Promise<Given> {
  const file = flags['TARTAN_ENV_FILE'] ?? (env['TARTAN_ENV_FILE'] || table.envFile.default)
  const fromFile = await readEnvFile(resolve(projectFolder, file))
  return { ...fromFile, ...filled(env), ...flags }
}

function settingsOf(given: Given): Settings {
  const options = readOptions(table, given)
  if (options.plaidEnv === 'emulator' && given['PLAID_CLIENT_ID'] && !given['PLAID_ENV']) {
    throw new ConfigError(
      'PLAID_ENV_MISSING',
      'PLAID_CLIENT_ID is set, but not for which Plaid: set PLAID_ENV to sandbox or production',
      { field: 'PLAID_ENV' },
    )
  }
  requireUrl('TARTAN_DATABASE_URL', options.databaseUrl)
  requireUrl('TARTAN_WAREHOUSE_URL', options.warehouseUrl)
  return {
    options,
    given,
    dataFolder: resolve(projectFolder, options.dataDir ?? dataFolderOf(options.plaidEnv)),
    emulated: options.plaidEnv === 'emulator',
    embedded: options.databaseUrl === undefined || options.warehouseUrl === undefined,
  }
}

/** The driver takes any text for the name of a host. Never the text itself: it holds a password. */
function requireUrl(env: string, url: Secret | undefined): void {
  if (url === undefined) return
  const text = url.reveal()
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return
  throw new ConfigError('OPTION_INVALID', `${env} must be postgres://user:password@host/name`, {
    field: env,
  })
}

/** The engine would refuse it too, but only once everything runs. */
function requireCron(expression: string): void {
  try {
    cronSchedule(expression, systemClock.now())
  } catch (cause) {
    const field = table.syncCron.env
    throw new ConfigError('OPTION_INVALID', `${field}: ${messageOf(cause)}`, { field, cause })
  }
}

/** What the emulator gave and what a bank gave never share a folder, so they never mix. */
function dataFolderOf(plaidEnv: string): string {
  return plaidEnv === 'emulator' ? '.tartan' : join('.tartan', plaidEnv)
}

async function readEnvFile(path: string): Promise<Given> {
  try {
    return parseEnv(await readFile(path, 'utf8'))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return {}
    throw new ConfigError('ENV_FILE_UNREADABLE', `${path} cannot be read: ${String(error)}`, {
      cause: error,
    })
  }
}

/** An empty variable says nothing: the file's value stands. */
function filled(env: Given): Given {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()))
}

/** The file that a run's processes read. */
interface RunFile {
  values: Record<string, string>
  sealed: Record<string, string>
}

export function runFilePath(dataFolder: string): string {
  return join(dataFolder, 'run', 'options.json')
}

/** True when the file said something else before. */
export async function writeRunFile(settings: Settings, key: SealingKey): Promise<boolean> {
  const path = runFilePath(settings.dataFolder)
  const before = await readRunFile(settings.dataFolder, key).catch(() => undefined)
  const given = { ...settings.given, TARTAN_DATA_DIR: settings.dataFolder }
  const entries = Object.entries(given).map(([env, value]) => [env, value ?? ''] as const)
  if (before && sameGiven(before.given, Object.fromEntries(entries))) return false
  const isSecret = new Set(specs.filter((spec) => spec.type === 'secret').map((spec) => spec.env))
  const file: RunFile = {
    values: Object.fromEntries(entries.filter(([env]) => !isSecret.has(env))),
    sealed: Object.fromEntries(
      entries
        .filter(([env]) => isSecret.has(env))
        .map(([env, value]) => [env, seal(key, `option:${env}`, new Secret(value))]),
    ),
  }
  await mkdir(join(settings.dataFolder, 'run'), { recursive: true, mode: 0o700 })
  await writeWhole(path, JSON.stringify(file, null, 2))
  return true
}

export async function readRunFile(dataFolder: string, key: SealingKey): Promise<Settings> {
  const file = JSON.parse(await readFile(runFilePath(dataFolder), 'utf8')) as RunFile
  const opened = Object.entries(file.sealed).map(([env, sealed]) => [
    env,
    unseal(key, `option:${env}`, sealed).reveal(),
  ])
  return settingsOf({ ...file.values, ...Object.fromEntries(opened) })
}

function sameGiven(a: Given, b: Given): boolean {
  return specs.every((spec) => a[spec.env] === b[spec.env])
}

/** What a child inherits: the caller's environment without our options, which it reads itself. */
export function childEnvironment(logLevel: string, env: Given = process.env): Given {
  const ours = new Set(specs.map((spec) => spec.env))
  const rest = Object.entries(env).filter(([name]) => !ours.has(name))
  return { ...Object.fromEntries(rest), TARTAN_LOG_LEVEL: logLevel }
}
