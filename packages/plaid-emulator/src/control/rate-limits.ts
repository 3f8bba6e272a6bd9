// Plaid's rate limits, a minute at a time. The minute is the world's: where the clock stands, it
// ends when the clock is moved, so that a test needs no real minute and one seed gives one story.
import type { WorldClock } from '../bank/clock.ts'
import type { ItemRecord } from '../bank/state.ts'
import { PlaidFault } from '../fault.ts'
import { MINUTE_MS } from '../world/calendar.ts'

export const RATES = ['off', 'sandbox', 'production'] as const
export type Rates = (typeof RATES)[number]

interface Limit {
  /** What is answered when an Item was asked for too often, and when the client asked too often. */
  codes: readonly [item: string, client: string]
  /** Requests a minute for one Item, and by one client; null: as many as one likes. */
  sandbox: readonly [item: number | null, client: number | null]
  production: readonly [item: number | null, client: number | null]
}

const both = (code: string): [string, string] => [code, code]

/** As Plaid's page of 2026-03-07 has it; codes where it names one, else its general one. */
const LIMITS: Readonly<Record<string, Limit>> = {
  '/accounts/balance/get': {
    codes: ['BALANCE_LIMIT', 'ACCOUNTS_BALANCE_GET_LIMIT'],
    sandbox: [25, 100],
    production: [5, 1_200],
  },
  '/accounts/get': {
    codes: both('ACCOUNTS_LIMIT'),
    sandbox: [100, 5_000],
    production: [15, 15_000],
  },
  '/auth/get': { codes: both('AUTH_LIMIT'), sandbox: [100, 500], production: [15, 12_000] },
  '/identity/get': {
    codes: both('IDENTITY_LIMIT'),
    sandbox: [100, 1_000],
    production: [15, 2_000],
  },
  '/institutions/get': {
    codes: both('INSTITUTIONS_GET_LIMIT'),
    sandbox: [null, 10],
    production: [null, 50],
  },
  '/institutions/get_by_id': {
    codes: both('INSTITUTIONS_GET_BY_ID_LIMIT'),
    sandbox: [null, 400],
    production: [null, 400],
  },
  '/investments/holdings/get': {
    codes: both('INVESTMENT_HOLDINGS_GET_LIMIT'),
    sandbox: [100, 1_000],
    production: [15, 2_000],
  },
  '/investments/refresh': { codes: both('RATE_LIMIT'), sandbox: [1, 100], production: [1, 100] },
  '/investments/transactions/get': {
    codes: both('INVESTMENT_TRANSACTIONS_LIMIT'),
    sandbox: [100, 1_000],
    production: [30, 20_000],
  },
  '/item/get': { codes: both('ITEM_GET_LIMIT'), sandbox: [40, 5_000], production: [15, 5_000] },
  '/item/remove': { codes: both('RATE_LIMIT'), sandbox: [100, 500], production: [30, 2_000] },
  '/liabilities/get': { codes: both('RATE_LIMIT'), sandbox: [10, 1_000], production: [15, 1_000] },
  '/sandbox/transactions/create': {
    codes: both('RATE_LIMIT'),
    sandbox: [2, 50],
    production: [2, 50],
  },
  '/transactions/get': {
    codes: both('TRANSACTIONS_LIMIT'),
    sandbox: [80, 1_000],
    production: [30, 20_000],
  },
  '/transactions/recurring/get': {
    codes: both('TRANSACTIONS_LIMIT'),
    sandbox: [20, 1_000],
    production: [20, 1_000],
  },
  '/transactions/refresh': {
    codes: both('TRANSACTIONS_REFRESH_LIMIT'),
    sandbox: [2, 100],
    production: [2, 100],
  },
  '/transactions/sync': {
    codes: both('TRANSACTIONS_SYNC_LIMIT'),
    sandbox: [50, 1_000],
    production: [50, 2_500],
  },
}

/** Pairs of endpoint and Item, or client, that are counted in one minute. */
const countersMax = 100_000

export class RateLimits {
  readonly #clock: WorldClock
  #minute = 0
  #counts = new Map<string, number>()
  rates: Rates

  constructor(options: { clock: WorldClock; rates: Rates }) {
    this.#clock = options.clock
    this.rates = options.rates
  }

  /** Counts a request, and throws where it is one too many. */
  count(endpoint: string, clientId: string, item: ItemRecord | undefined): void {
    const limit = LIMITS[endpoint]
    if (this.rates === 'off' || limit === undefined) return
    const minute = Math.floor(this.#clock.now() / MINUTE_MS)
    if (minute !== this.#minute || this.#counts.size > countersMax) this.#counts = new Map()
    this.#minute = minute
    const [ofItem, ofClient] = limit[this.rates]
    const itemCount = item === undefined ? 0 : this.#next(`${endpoint} item ${item.itemId}`)
    if (ofItem !== null && itemCount > ofItem) throw new PlaidFault(limit.codes[0])
    const clientCount = this.#next(`${endpoint} client ${clientId}`)
    if (ofClient !== null && clientCount > ofClient) throw new PlaidFault(limit.codes[1])
  }

  #next(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    return count
  }
}
