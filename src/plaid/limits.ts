// Plaid's limits: calls a minute by endpoint, of one Item and of the whole client (plaid.com/docs
// errors/rate-limit-exceeded). An endpoint that is not here has none that a client could reach.
export type PlaidEnvironment = 'emulator' | 'sandbox' | 'production'

export interface CallLimits {
  item: number
  client: number
}

const NONE: CallLimits = { item: Infinity, client: Infinity }

const LIMITS: Record<string, Record<'sandbox' | 'production', CallLimits>> = {
  '/transactions/sync': {
    sandbox: { item: 50, client: 1_000 },
    production: { item: 50, client: 2_500 },
  },
  '/accounts/get': {
    sandbox: { item: 100, client: 5_000 },
    production: { item: 15, client: 15_000 },
  },
  '/transactions/recurring/get': {
    sandbox: { item: 20, client: 1_000 },
    production: { item: 20, client: 1_000 },
  },
  '/investments/holdings/get': {
    sandbox: { item: 100, client: 1_000 },
    production: { item: 15, client: 2_000 },
  },
  '/investments/transactions/get': {
    sandbox: { item: 100, client: 1_000 },
    production: { item: 30, client: 20_000 },
  },
  '/liabilities/get': {
    sandbox: { item: 10, client: 1_000 },
    production: { item: 15, client: 1_000 },
  },
  '/identity/get': {
    sandbox: { item: 100, client: 1_000 },
    production: { item: 15, client: 2_000 },
  },
  '/item/get': {
    sandbox: { item: 40, client: 5_000 },
    production: { item: 15, client: 5_000 },
  },
  '/item/remove': {
    sandbox: { item: 100, client: 500 },
    production: { item: 30, client: 2_000 },
  },
  // Not documented: as often as an Item may be removed.
  '/item/webhook/update': {
    sandbox: { item: 100, client: 500 },
    production: { item: 30, client: 2_000 },
  },
  '/institutions/get_by_id': {
    sandbox: { item: Infinity, client: 400 },
    production: { item: Infinity, client: 400 },
  },
}

/** The emulator has those that it was told to have, and says so when one is reached. */
export function limitsOf(environment: PlaidEnvironment, path: string): CallLimits {
  return environment === 'emulator' ? NONE : (LIMITS[path]?.[environment] ?? NONE)
}
