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
import { proxiesOf, publicUrlOf } from '../web-server/door/place.ts'
import { requireWays } from './alerts/options.ts'
import { recipientsOf } from './backup/age.ts'
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
  /** Something else runs the services: containers, for instance. */
  elsewhere: boolean
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
  requireCron(table.syncCron.env, settings.options.syncCron)
  if (backsUp(settings)) requireCron(table.backupCron.env, settings.options.backupCron)
  recipientsOf(settings.options.backupRecipients ?? '')
  // The web server would refuse them too, but alone, once everything runs.
  publicUrlOf(settings.options.webUrl)
  proxiesOf(settings.options.webProxies ?? '')
  requirePortsApart(neededPorts(settings.embedded, settings.emulated, settings.options))
  return settings
}

/** Everything that was given, whether it is an option of ours or not. */
export async function readGiven(flags: Given = {}, env: Given = process.env): Promise<Given> {
  const { file, above } = await readSources(flags, env)
  return { ...file, ...above }
}

async function readSources(flags: Given, env: Given) {
  const named = flags['TARTAN_ENV_FILE'] ?? (env['TARTAN_ENV_FILE'] || undefined)
  const path = resolve(projectFolder, named ?? table.envFile.default)
  const file = await readEnvFile(path, named !== undefined)
  const [inFile, inEnv] = [await withFiles(file), await withFiles(filled(env))]
  return { path, file: inFile, above: { ...inEnv, ...flags } }
}

/** `PLAID_SECRET_FILE` names the file that a secret is in, as container platforms hand it over. */
async function withFiles(given: Given): Promise<Given> {
  const read = { ...given }
  for (const { env, type } of specs) {
    const path = given[`${env}_FILE`]
    if (type !== 'secret' || path === undefined) continue
    const field = `${env}_FILE`
    if (given[env]) {
      const sentence = `${env} and ${field} are both set: unset one of them`
      throw new ConfigError('OPTION_INVALID', sentence, { field })
    }
    delete read[field]
    read[env] = (
      await readFile(resolve(projectFolder, path), 'utf8').catch(unreadable(field))
    ).trim()
  }
  return read
}

function unreadable(field: string) {
  return (cause: unknown): never => {
    const sentence = `${field} names a file that cannot be read: ${messageOf(cause)}`
    throw new ConfigError('OPTION_INVALID', sentence, { field, cause })
  }
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
  if (options.publicUrl !== 'none') requirePublic(table.publicUrl.env, options.publicUrl, options)
  requirePublic(table.plaidWebhookUrl.env, options.plaidWebhookUrl, options)
  requireUrl('TARTAN_DATABASE_URL', options.databaseUrl)
  requireUrl('TARTAN_WAREHOUSE_URL', options.warehouseUrl)
  requireSchema(options.dbtSchema)
  requireWays(options)
  for (const key of ['plaidApiUrl', 'apiUrl', 'emulatorUrl'] as const) {
    requireHttp(table[key].env, options[key])
  }
  if (options.services === 'here' && options.databaseHost !== table.databaseHost.default) {
    const sentence =
      'TARTAN_DATABASE_HOST needs TARTAN_SERVICES=elsewhere: a start here makes its own'
    throw new ConfigError('OPTION_INVALID', sentence, { field: 'TARTAN_DATABASE_HOST' })
  }
  return {
    options,
    given,
    fromFile,
    dataFolder: resolve(projectFolder, options.dataDir ?? dataFolderOf(options.plaidEnv)),
    emulated: isEmulated(options.plaidEnv),
    embedded: options.databaseUrl === undefined || options.warehouseUrl === undefined,
    elsewhere: options.services === 'elsewhere',
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

/** dbt drops what it makes anew: never where the sync writes. */
function requireSchema(schema: string): void {
  const ofTheSync = ['airbyte_plaid', 'airbyte_internal']
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(schema) && !ofTheSync.includes(schema)) return
  const field = table.dbtSchema.env
  const sentence = `${field} is a schema’s name in small letters, and not one of the sync’s own`
  throw new ConfigError('OPTION_INVALID', sentence, { field })
}

function requireHttp(env: string, url: string | undefined): void {
  if (url === undefined || (/^https?:\/\//.test(url) && URL.canParse(url))) return
  throw new ConfigError('OPTION_INVALID', `${env} must be http://host:port`, { field: env })
}

/** Plaid would refuse it too, but only at Link; and what it cannot reach it never tells. */
function requirePublic(env: string, text: string | undefined, { plaidEnv }: TartanOptions): void {
  if (text === undefined) return
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url?.username === '' && url.password === '' && url.hash === ''
  const isReached =
    url?.protocol === 'https:' || (isEmulated(plaidEnv) && url?.protocol === 'http:')
  if (isPlain && isReached) return
  const sentence = `${env} must be https://host/path, without a password or a #`
  throw new ConfigError('OPTION_INVALID', sentence, { field: env })
}

function isEmulated(plaidEnv: string): boolean {
  return plaidEnv === 'emulator'
}

/** The engine would refuse it too, but only once everything runs. */
function requireCron(field: string, expression: string): void {
  try {
    cronSchedule(expression, systemClock.now())
  } catch (cause) {
    throw new ConfigError('OPTION_INVALID', `${field}: ${messageOf(cause)}`, { field, cause })
  }
}

export function backsUp({ options }: Settings): boolean {
  return options.backupCron !== 'off'
}

/** Tartan's own database is in the PostgreSQL that comes along, which we run. */
export function ownsServer({ options, elsewhere }: Settings): boolean {
  return options.databaseUrl === undefined && !elsewhere
}

export function keepsWal(settings: Settings): boolean {
  return ownsServer(settings) && backsUp(settings) && settings.options.backupWalMinutes > 0
}

export function backupFolder({ options, dataFolder }: Settings): string {
  return resolve(projectFolder, options.backupDir ?? join(dataFolder, 'backups'))
}

/** What the emulator gave and what a bank gave never share a folder, so they never mix. */
export function dataFolderOf(plaidEnv: string): string {
  return plaidEnv === 'emulator' ? '.tartan' : join('.tartan', plaidEnv)
}

/** One that was named and is not there is another world than was meant. */
async function readEnvFile(path: string, isNamed: boolean): Promise<Given> {
  let text
  try {
    text = decoded(await readFile(path))
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT' && !isNamed) return {}
    const { env } = table.envFile
    const which = isNamed ? `${env} names a file that` : path
    const sentence = `${which} cannot be read: ${messageOf(cause)}`
    throw new ConfigError('ENV_FILE_UNREADABLE', sentence, { field: env, cause })
  }
  const [, unsaid] = WITHOUT_VALUE.exec(text) ?? []
  if (unsaid === undefined) return parseEnv(text)
  const sentence = `${path} has a line of ${unsaid} without = behind the name: nothing is set by it`
  throw new ConfigError('OPTION_INVALID', sentence, { field: unsaid })
}

/** As editors on Windows write it, too: behind a byte order mark, in UTF-8 or UTF-16. */
function decoded(bytes: Buffer): string {
  const [first, second] = bytes
  const encoding =
    first === 0xff && second === 0xfe
      ? 'utf-16le'
      : first === 0xfe && second === 0xff
        ? 'utf-16be'
        : 'utf-8'
  return new TextDecoder(encoding, { fatal: true }).decode(bytes)
}

const WITHOUT_VALUE = /^[ \t]*(?:export[ \t]+)?((?:TARTAN|PLAID)_\w+)\b(?![ \t]*=)/m

/**
 * An empty variable says nothing: the file's value stands. Nor does one that a container platform
 * makes by itself for a service that is called like ours: PLAID_API_PORT=tcp://10.0.0.7:8080.
 */
function filled(env: Given): Given {
  const isOther = (name: string, value: string) =>
    name.endsWith('_PORT') && value.startsWith('tcp:')
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value?.trim() && !isOther(name, value)),
  )
}

/** What a child inherits: the caller's environment without our options, which it reads itself. */
export function childEnvironment(logLevel: string, env: Given = process.env): Given {
  const ours = new Set(specs.flatMap(({ env: name }) => [name, `${name}_FILE`]))
  const rest = Object.entries(env).filter(([name]) => !ours.has(name))
  return { ...Object.fromEntries(rest), TARTAN_LOG_LEVEL: logLevel }
}
