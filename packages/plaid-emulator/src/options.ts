// Everything that can be set of the emulator: one table, from which come its environment variables,
// flags, help and page. Tartan's own table takes from it what its services share.
import {
  type Options,
  type OptionSpec,
  type OptionTable,
  readOptions,
} from '../../../src/std/options.ts'
import { RATES } from './control/rate-limits.ts'
import { PACES } from './item/ready.ts'
import { OTHER_PRODUCTS } from './products/other-products.ts'
import { SCALE_DEFAULT, scaleItemsMax, scaleRowsMax, WORLDS } from './world/worlds.ts'

const group = 'Emulator'

export const emulatorTable = {
  host: {
    env: 'TARTAN_HOST',
    type: 'string',
    default: '127.0.0.1',
    group,
    doc: 'The address that it listens on.',
  },
  port: {
    env: 'TARTAN_EMULATOR_PORT',
    type: 'integer',
    default: 8090,
    min: 1,
    max: 65_535,
    group,
    doc: 'The port of the emulated Plaid.',
  },
  publicUrl: {
    env: 'TARTAN_EMULATOR_PUBLIC_URL',
    type: 'string',
    group,
    doc: 'Where browsers reach it, if that is elsewhere: Hosted Link’s address begins with it.',
  },
  data: {
    env: 'TARTAN_EMULATOR_DATA',
    type: 'string',
    group,
    doc: 'A folder that outlives a restart; empty: everything stays in memory.',
  },
  world: {
    env: 'TARTAN_EMULATOR_WORLD',
    type: 'choice',
    choices: WORLDS,
    default: 'sandbox',
    group,
    doc: 'Whose life the test user user_good shows.',
  },
  scaleItems: {
    env: 'TARTAN_EMULATOR_SCALE_ITEMS',
    type: 'integer',
    default: SCALE_DEFAULT.items,
    min: 1,
    max: scaleItemsMax,
    group,
    doc: 'How many Items the world scale has; GET /emulator/items gives their tokens.',
  },
  scaleTransactions: {
    env: 'TARTAN_EMULATOR_SCALE_TRANSACTIONS',
    type: 'integer',
    default: SCALE_DEFAULT.transactions,
    min: 1,
    max: scaleRowsMax,
    group,
    doc: 'How many transactions each Item of the world scale has.',
  },
  seed: {
    env: 'TARTAN_EMULATOR_SEED',
    type: 'string',
    default: 'tartan',
    group,
    doc: 'The emulated banks’ seed: the same seed gives the same banks.',
  },
  date: {
    env: 'TARTAN_EMULATOR_DATE',
    type: 'date',
    group,
    doc: 'The day, 2026-03-15 for one, on which its clock stands still; empty: the real clock.',
  },
  readiness: {
    env: 'TARTAN_EMULATOR_READINESS',
    type: 'choice',
    choices: PACES,
    default: 'immediate',
    group,
    doc: 'When a new Item has its transactions: at once, or like Plaid within a minute.',
  },
  otherProducts: {
    env: 'TARTAN_EMULATOR_OTHER_PRODUCTS',
    type: 'choice',
    choices: OTHER_PRODUCTS,
    default: 'taken',
    group,
    doc: 'What becomes of products that it does not model: taken until they are used, or refused.',
  },
  itemsExpireAfter: {
    env: 'TARTAN_EMULATOR_ITEMS_EXPIRE_AFTER',
    type: 'integer',
    default: 0,
    min: 0,
    max: 36_500,
    unit: 'days',
    group,
    doc: 'After how many days an Item’s login ends by itself, 30 in Plaid’s Sandbox; 0: never.',
  },
  rateLimits: {
    env: 'TARTAN_EMULATOR_RATE_LIMITS',
    type: 'choice',
    choices: RATES,
    default: 'off',
    group,
    doc: 'Whether it keeps Plaid’s rate limits, and those of which environment.',
  },
  scenario: {
    env: 'TARTAN_EMULATOR_SCENARIO',
    type: 'string',
    group,
    doc: 'A file of commands, with times, that it runs: see plaid-emulator/docs/emulator.md.',
  },
  clientId: {
    env: 'TARTAN_EMULATOR_CLIENT_ID',
    type: 'string',
    group,
    doc: 'The client id that it takes, with its secret; empty: any.',
  },
  secret: {
    env: 'TARTAN_EMULATOR_SECRET',
    type: 'secret',
    group,
    doc: 'The secret of that client id.',
  },
  adminToken: {
    env: 'TARTAN_EMULATOR_ADMIN_TOKEN',
    type: 'secret',
    group,
    doc: 'Opens the admin API and its page, /emulator; without it there are none.',
  },
  logLevel: {
    env: 'TARTAN_LOG_LEVEL',
    type: 'choice',
    choices: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
    default: 'info',
    group,
    doc: 'How much it logs.',
  },
} as const satisfies OptionTable

type Given = Record<string, string | undefined>

export function readEmulatorOptions(given: Given): Options<typeof emulatorTable> {
  return readOptions(emulatorTable, given)
}

/** `--port` for TARTAN_EMULATOR_PORT; none for a secret, which other users could read. */
export function emulatorFlag(spec: OptionSpec): string | undefined {
  if (spec.type === 'secret') return undefined
  const name = spec.env.replace(/^TARTAN_(EMULATOR_)?/, '')
  return `--${name.toLowerCase().replaceAll('_', '-')}`
}
