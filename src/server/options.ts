// Everything that a user may set: one table, from which come the environment variables, the flags,
// `--help`, `.env.example` and docs/options.md. Secrets have no flag: a process's arguments are
// read by everybody (L5).
import { emulatorTable } from '../../packages/plaid-emulator/src/options.ts'
import type { Options, OptionSpec } from '../std/options.ts'

/**
 * Which command makes a changed value count: the one that it is given to (`at once`), `setup`, or
 * `start`. What counts `at first start` is part of what the data folder holds, and stays.
 */
export type Applies = 'at once' | 'at setup' | 'at start' | 'at first start'

export type TartanOption = OptionSpec & { applies: Applies }

const PORT = { type: 'integer', min: 1, max: 65_535 } as const

export const table = {
  plaidEnv: {
    env: 'PLAID_ENV',
    type: 'choice',
    choices: ['emulator', 'sandbox', 'production'],
    default: 'emulator',
    applies: 'at first start',
    group: 'Plaid',
    doc: 'Which Plaid: the emulator that comes along and needs no credentials, or a real one.',
  },
  plaidClientId: {
    env: 'PLAID_CLIENT_ID',
    type: 'string',
    applies: 'at start',
    group: 'Plaid',
    doc: 'The client id of your Plaid account; a real Plaid needs it.',
  },
  plaidSecret: {
    env: 'PLAID_SECRET',
    type: 'secret',
    applies: 'at start',
    group: 'Plaid',
    doc: 'The secret of that environment; a real Plaid needs it.',
  },
  plaidUrl: {
    env: 'PLAID_URL',
    type: 'string',
    applies: 'at start',
    group: 'Plaid',
    doc: 'Where Plaid answers, if something stands between; empty means Plaid’s own address.',
  },
  plaidWebhookUrl: {
    env: 'PLAID_WEBHOOK_URL',
    type: 'string',
    applies: 'at start',
    group: 'Plaid',
    doc: 'Refused: webhooks are not received yet, Items are polled.',
  },
  pollMinutes: {
    env: 'PLAID_POLL_MINUTES',
    type: 'integer',
    default: 240,
    min: 1,
    max: 10_080,
    unit: 'minutes',
    applies: 'at start',
    group: 'Plaid',
    doc: 'How often each Item is asked for changes without being told to.',
  },
  daysRequested: {
    env: 'PLAID_DAYS_REQUESTED',
    type: 'integer',
    default: 730,
    min: 1,
    max: 730,
    unit: 'days',
    applies: 'at start',
    group: 'Plaid',
    doc: 'How much history a newly linked bank is asked for; an Item linked before keeps its own.',
  },
  countryCodes: {
    env: 'PLAID_COUNTRY_CODES',
    type: 'choices',
    // As Plaid's CountryCode has them.
    choices: 'US GB ES NL FR IE CA DE IT PL DK NO SE EE LT LV PT BE AT FI'.split(' '),
    default: 'US,CA',
    applies: 'at start',
    group: 'Plaid',
    doc: 'Whose banks Link offers; your Plaid account must be enabled for each of the countries.',
  },
  language: {
    env: 'PLAID_LANGUAGE',
    type: 'choice',
    choices: 'da de en es et fr hi it lt lv nl no pl pt ro sv vi'.split(' '),
    default: 'en',
    applies: 'at start',
    group: 'Plaid',
    doc: 'What Link’s page speaks.',
  },
  openReads: {
    env: 'PLAID_API_OPEN_READS',
    type: 'choice',
    choices: ['auto', 'none', 'loopback'],
    default: 'auto',
    applies: 'at start',
    group: 'Plaid',
    doc: 'Who reads plaid-api without a key; auto: programs on this machine, emulated Plaid only.',
  },
  databaseUrl: {
    env: 'TARTAN_DATABASE_URL',
    type: 'secret',
    applies: 'at start',
    group: 'Databases',
    doc: 'Tartan’s own database, postgres://user:password@host/name; empty: the embedded one.',
  },
  warehouseUrl: {
    env: 'TARTAN_WAREHOUSE_URL',
    type: 'secret',
    applies: 'at setup',
    group: 'Databases',
    doc: 'The database that your queries read, same form; empty: the embedded one.',
  },
  databasePort: {
    env: 'TARTAN_DATABASE_PORT',
    ...PORT,
    default: 5433,
    applies: 'at start',
    group: 'Databases',
    doc: 'The port of the embedded PostgreSQL.',
  },
  host: {
    env: 'TARTAN_HOST',
    type: 'string',
    default: '127.0.0.1',
    applies: 'at start',
    group: 'Network',
    doc: 'The address that the services listen on.',
  },
  plaidApiPort: {
    env: 'PLAID_API_PORT',
    ...PORT,
    default: 8080,
    applies: 'at start',
    group: 'Network',
    doc: 'The port of plaid-api.',
  },
  apiPort: {
    env: 'TARTAN_API_PORT',
    ...PORT,
    default: 8001,
    applies: 'at start',
    group: 'Network',
    doc: 'The port of the engine’s Airbyte API.',
  },
  emulatorPort: { ...emulatorTable.port, applies: 'at start', group: 'Network' },
  syncCron: {
    env: 'TARTAN_SYNC_CRON',
    type: 'string',
    default: '0 0 */6 * * ?',
    applies: 'at setup',
    group: 'Syncs',
    doc: 'When syncs run: a Quartz cron expression in UTC, at most once an hour.',
  },
  workerJobsMax: {
    env: 'TARTAN_WORKER_JOBS_MAX',
    type: 'integer',
    default: 2,
    min: 1,
    max: 50,
    unit: 'jobs',
    applies: 'at start',
    group: 'Syncs',
    doc: 'How many syncs the worker runs at once.',
  },
  dataDir: {
    env: 'TARTAN_DATA_DIR',
    type: 'string',
    applies: 'at once',
    group: 'Machine',
    doc: 'Where data, keys and logs live; empty: .tartan, or .tartan/<PLAID_ENV> for a real Plaid.',
  },
  envFile: {
    env: 'TARTAN_ENV_FILE',
    type: 'string',
    default: '.env',
    applies: 'at once',
    group: 'Machine',
    doc: 'The file that options are read from, relative to the project folder; not from itself.',
  },
  logLevel: {
    env: 'TARTAN_LOG_LEVEL',
    type: 'choice',
    choices: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
    default: 'info',
    applies: 'at start',
    group: 'Machine',
    doc: 'How much the services log; of a command, at once: debug shows a failure’s stack.',
  },
  emulatorWorld: { ...emulatorTable.world, applies: 'at first start' },
  emulatorSeed: { ...emulatorTable.seed, applies: 'at first start' },
  emulatorDate: { ...emulatorTable.date, applies: 'at first start' },
  emulatorReadiness: { ...emulatorTable.readiness, applies: 'at start' },
  emulatorItemsExpireAfter: { ...emulatorTable.itemsExpireAfter, applies: 'at start' },
  emulatorRateLimits: { ...emulatorTable.rateLimits, applies: 'at start' },
  emulatorScenario: { ...emulatorTable.scenario, applies: 'at start' },
} as const satisfies Record<string, TartanOption>

export type TartanOptions = Options<typeof table>

/** `--plaid-api-port` for PLAID_API_PORT, `--api-port` for TARTAN_API_PORT; none for a secret. */
export function flagOf(spec: OptionSpec): string | undefined {
  if (spec.type === 'secret') return undefined
  return `--${spec.env
    .replace(/^TARTAN_/, '')
    .toLowerCase()
    .replaceAll('_', '-')}`
}

export function defaultOf(spec: OptionSpec): string {
  return spec.type === 'secret' || spec.default === undefined ? '' : String(spec.default)
}

/** What a value may be, in words. */
export function valuesOf(spec: OptionSpec): string {
  if (spec.type === 'choice') return spec.choices.join(', ')
  if (spec.type === 'choices') return `one or more of ${spec.choices.join(', ')}`
  if (spec.type === 'integer')
    return `${spec.min} to ${spec.max}${spec.unit ? ` ${spec.unit}` : ''}`
  return spec.type === 'secret' ? 'secret' : 'text'
}
