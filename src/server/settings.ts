// From what was given (flags over environment over the `.env` file) to what the processes run with;
// how a run's processes get it is run-file.ts.
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { ConfigError, errorCode, messageOf } from '../std/errors.ts'
import { cronSchedule } from '../engine/connection/schedule.ts'
import { systemClock } from '../std/clock.ts'
import { type OptionSpec, readOptions } from '../std/options.ts'
import type { Secret } from '../std/secrets.ts'
import { emulatorTable } from '../../packages/plaid-emulator/src/options.ts'
import { table, type TartanOptions } from './options.ts'
import { neededPorts, requirePortsApart } from './supervisor/port.ts'

export const projectFolder = resolve(import.meta.dirname, '../..')

export type Given = Record<string, string | undefined>

export interface Settings {
  options: TartanOptions
  /** The values that were given, by environment variable. */
  given: Given
  /** Those of them that stand in the file: taken out of it they are given no more. */
  fromFile: ReadonlySet<string>
  dataFolder: string
  /** Plaid is the emulator. */
  emulated: boolean
  /** At least one database lives in the PostgreSQL that comes along. */
  embedded: boolean
}

const specs: OptionSpec[] = Object.values(table)

export async function readSettings(flags: Given = {}, env: Given = process.env): Promise<Settings> {
  const { path, file, above } = await readSources(flags, env)
  requireKnown(path, file)
  const merged = { ...file, ...above }
  const given = Object.fromEntries(
    specs.map((spec) => [spec.env, merged[spec.env]] as const).filter(([, value]) => value?.trim()),
  )
  const inFile = Object.keys(given).filter((name) => above[name] === undefined)
  const settings = settingsOf(given, new Set(inFile))
  requireCron(settings.options.syncCron)
  requirePortsApart(neededPorts(settings.embedded, settings.emulated, settings.options))
  return settings
}

/** Everything that was given, whether it is an option of ours or not. */
export async function readGiven(flags: Given = {}, env: Given = process.env): Promise<Given> {
  const { file, above } = await readSources(flags, env)
  return { ...file, ...above }
}

async function readSources(flags: Given, env: Given) {
  const name = flags['TARTAN_ENV_FILE'] ?? (env['TARTAN_ENV_FILE'] || table.envFile.default)
  const path = resolve(projectFolder, name)
  return { path, file: await readEnvFile(path), above: { ...filled(env), ...flags } }
}

/** A slip of the pen in our own names would be passed over; other names are other programs'. */
function requireKnown(path: string, file: Given): void {
  const known = new Set([...specs, ...Object.values(emulatorTable)].map((spec) => spec.env))
  const strange = Object.keys(file).find((env) => env.startsWith('TARTAN_') && !known.has(env))
  if (strange === undefined) return
  const sentence = `${path} sets ${strange}, which is no option: ./tartan options lists them`
  throw new ConfigError('OPTION_UNKNOWN', sentence, { field: strange })
}

export function settingsOf(given: Given, fromFile: ReadonlySet<string>): Settings {
  const options = readOptions(table, given)
  if (options.plaidEnv === 'emulator' && given['PLAID_CLIENT_ID'] && !given['PLAID_ENV']) {
    throw new ConfigError(
      'PLAID_ENV_MISSING',
      'PLAID_CLIENT_ID is set, but not for which Plaid: set PLAID_ENV to sandbox or production',
      { field: 'PLAID_ENV' },
    )
  }
  if (options.plaidWebhookUrl !== undefined) {
    throw new ConfigError(
      'WEBHOOKS_NOT_RECEIVED',
      'PLAID_WEBHOOK_URL is set, but webhooks are not received yet: unset it; Items are polled ' +
        'every PLAID_POLL_MINUTES',
      { field: 'PLAID_WEBHOOK_URL' },
    )
  }
  requireUrl('TARTAN_DATABASE_URL', options.databaseUrl)
  requireUrl('TARTAN_WAREHOUSE_URL', options.warehouseUrl)
  return {
    options,
    given,
    fromFile,
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

/** What a child inherits: the caller's environment without our options, which it reads itself. */
export function childEnvironment(logLevel: string, env: Given = process.env): Given {
  const ours = new Set(specs.map((spec) => spec.env))
  const rest = Object.entries(env).filter(([name]) => !ours.has(name))
  return { ...Object.fromEntries(rest), TARTAN_LOG_LEVEL: logLevel }
}
