// Everything that a user may set: one table, from which come the environment variables, the flags,
// `--help`, `.env.example` and docs/options.md. Secrets have no flag: a process's arguments are
// read by everybody (L5).
import { emulatorTable } from '../../packages/plaid-emulator/src/options.ts'
import { type Options, type OptionSpec, SHAPES } from '../std/options.ts'
import { alertTable } from './alerts/options.ts'
import { PORT, type TartanOption } from './option.ts'
import { plaidTable } from './plaid-options.ts'
import { webTable } from './web-options.ts'

export type { Applies, TartanOption } from './option.ts'

export const table = {
  ...plaidTable,
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
  databaseHost: {
    env: 'TARTAN_DATABASE_HOST',
    type: 'string',
    default: '127.0.0.1',
    applies: 'at start',
    group: 'Databases',
    doc: 'Where the PostgreSQL is that comes along: another machine in containers alone.',
  },
  databasePort: {
    env: 'TARTAN_DATABASE_PORT',
    ...PORT,
    default: 5433,
    applies: 'at start',
    group: 'Databases',
    doc: 'The port of the PostgreSQL that comes along.',
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
  plaidApiProcesses: {
    env: 'PLAID_API_PROCESSES',
    type: 'integer',
    default: 1,
    min: 1,
    max: 8,
    applies: 'at start',
    group: 'Plaid',
    doc: 'How many processes of plaid-api pull and answer, on one port; more than one: Linux only.',
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
  workerPort: {
    env: 'TARTAN_WORKER_PORT',
    ...PORT,
    min: 0,
    default: 0,
    applies: 'at start',
    group: 'Network',
    doc: 'The port on which the worker says /live and /ready; 0: none.',
  },
  plaidApiUrl: {
    env: 'PLAID_API_URL',
    type: 'string',
    applies: 'at start',
    group: 'Network',
    doc: 'Where the other services reach plaid-api, http://host:port; empty: on this machine.',
  },
  apiUrl: {
    env: 'TARTAN_API_URL',
    type: 'string',
    applies: 'at start',
    group: 'Network',
    doc: 'Where they reach the engine’s Airbyte API; empty: on this machine.',
  },
  emulatorUrl: {
    env: 'TARTAN_EMULATOR_URL',
    type: 'string',
    applies: 'at start',
    group: 'Network',
    doc: 'Where they reach the emulated Plaid; empty: on this machine.',
  },
  tlsCertificateFile: {
    env: 'TARTAN_TLS_CERTIFICATE_FILE',
    type: 'string',
    applies: 'at start',
    group: 'Network',
    doc: 'A certificate with its chain, PEM: the services speak TLS alone; a renewed one is taken.',
  },
  tlsKeyFile: {
    env: 'TARTAN_TLS_KEY_FILE',
    type: 'string',
    applies: 'at start',
    group: 'Network',
    doc: 'The key of that certificate, PEM.',
  },
  tlsCaFile: {
    env: 'TARTAN_TLS_CA_FILE',
    type: 'string',
    applies: 'at start',
    group: 'Network',
    doc: 'The CA that signed it, PEM, where machines do not know it: our own callers trust it.',
  },
  ...webTable,
  syncCron: {
    env: 'TARTAN_SYNC_CRON',
    type: 'string',
    default: '0 0 */6 * * ?',
    applies: 'at setup',
    group: 'Syncs',
    doc: 'When syncs run: a Quartz cron expression, in UTC or its own zone; at most once an hour.',
  },
  syncFollow: {
    env: 'TARTAN_SYNC_FOLLOW',
    type: 'choice',
    choices: ['keep', 'on', 'off'],
    default: 'keep',
    applies: 'at setup',
    group: 'Syncs',
    doc: 'Whether a sync also runs as soon as the store has news; keep: as it is set.',
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
  commandsFile: {
    env: 'TARTAN_COMMANDS_FILE',
    type: 'string',
    applies: 'at start',
    group: 'Syncs',
    doc: 'A JSON file of commands, by name, that a connection may run after its syncs, beside dbt.',
  },
  commandMinutes: {
    env: 'TARTAN_COMMAND_MINUTES',
    type: 'integer',
    default: 30,
    min: 1,
    max: 1440,
    unit: 'minutes',
    applies: 'at start',
    group: 'Syncs',
    doc: 'How long such a command may take before it is ended.',
  },
  postSync: {
    env: 'TARTAN_POST_SYNC',
    type: 'string',
    applies: 'at setup',
    group: 'Syncs',
    doc: 'What runs after each sync: dbt, or one of those commands; none; empty: as it is set.',
  },
  dbtSchema: {
    env: 'TARTAN_DBT_SCHEMA',
    type: 'string',
    default: 'plaid_models',
    applies: 'at start',
    group: 'Models',
    doc: 'The schema of the warehouse that the dbt models land in.',
  },
  airbyteClientId: {
    env: 'AIRBYTE_CLIENT_ID',
    type: 'string',
    applies: 'at once',
    group: 'Airbyte elsewhere',
    doc: 'The id of the application by which a set-up of an Airbyte elsewhere comes in there.',
  },
  airbyteClientSecret: {
    env: 'AIRBYTE_CLIENT_SECRET',
    type: 'secret',
    applies: 'at once',
    group: 'Airbyte elsewhere',
    doc: 'Its secret.',
  },
  ...alertTable,
  backupCron: {
    env: 'TARTAN_BACKUP_CRON',
    type: 'string',
    default: '0 30 3 * * ?',
    applies: 'at start',
    group: 'Machine',
    doc: 'When Tartan’s own database is backed up: a Quartz cron expression; off: never.',
  },
  backupDir: {
    env: 'TARTAN_BACKUP_DIR',
    type: 'string',
    applies: 'at start',
    group: 'Machine',
    doc: 'Where backups go, best another disk; empty: backups in the data folder.',
  },
  backupRecipients: {
    env: 'TARTAN_BACKUP_RECIPIENTS',
    type: 'string',
    applies: 'at start',
    group: 'Machine',
    doc: 'Public keys of age that backups are encrypted to, by commas; empty: they are not.',
  },
  backupWalMinutes: {
    env: 'TARTAN_BACKUP_WAL_MINUTES',
    type: 'integer',
    default: 0,
    min: 0,
    max: 60,
    unit: 'minutes',
    applies: 'at start',
    group: 'Machine',
    doc: 'Each change of the embedded database is kept, too, of which so much is lost; 0: none.',
  },
  services: {
    env: 'TARTAN_SERVICES',
    type: 'choice',
    choices: ['here', 'elsewhere'],
    default: 'here',
    applies: 'at once',
    group: 'Machine',
    doc: 'Who runs the services: these commands, or something else, such as containers.',
  },
  masterKey: {
    env: 'TARTAN_MASTER_KEY',
    type: 'secret',
    applies: 'at start',
    group: 'Machine',
    doc: 'The master key itself, for services that run elsewhere; a key a line, the newest first.',
  },
  masterKeyFile: {
    env: 'TARTAN_MASTER_KEY_PATH',
    type: 'string',
    applies: 'at start',
    group: 'Machine',
    doc: 'The file that has it; empty: secrets/master.key of the data folder, made by a start.',
  },
  masterKeyCommand: {
    env: 'TARTAN_MASTER_KEY_COMMAND',
    type: 'string',
    applies: 'at start',
    group: 'Machine',
    doc: 'A command, of a KMS or a vault, that prints it.',
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
    doc: 'The file that has options, from the project folder; one that is named must be there.',
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
  emulatorWorld: { ...emulatorTable.world, default: 'household', applies: 'at first start' },
  emulatorSeed: { ...emulatorTable.seed, applies: 'at first start' },
  emulatorDate: { ...emulatorTable.date, applies: 'at first start' },
  emulatorReadiness: { ...emulatorTable.readiness, applies: 'at start' },
  emulatorItemsExpireAfter: { ...emulatorTable.itemsExpireAfter, applies: 'at start' },
  emulatorRateLimits: { ...emulatorTable.rateLimits, applies: 'at start' },
  emulatorPublicUrl: { ...emulatorTable.publicUrl, applies: 'at start' },
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
  return !('default' in spec) || spec.default === undefined ? '' : String(spec.default)
}

/** What a value may be, in words. */
export function valuesOf(spec: OptionSpec): string {
  if (spec.type === 'choice') return spec.choices.join(', ')
  if (spec.type === 'choices') return `one or more of ${spec.choices.join(', ')}`
  if (spec.type === 'integer')
    return `${spec.min} to ${spec.max}${spec.unit ? ` ${spec.unit}` : ''}`
  if (spec.type === 'secret') return 'secret'
  return spec.type === 'string' ? 'text' : SHAPES[spec.type].said
}
