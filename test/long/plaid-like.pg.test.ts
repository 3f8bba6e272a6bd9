// The first hours with a Plaid that takes its time and keeps its limits: a bank's history comes by
// itself, without a poll being due; a product that is refused, or fails, holds back no other.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { one, sql } from '../../src/postgres/query.ts'
import { startSystem, type System } from '../support/system.ts'

const MINUTES = 60_000
let system: System

beforeAll(async () => {
  system = await startSystem({
    TARTAN_EMULATOR_READINESS: 'plaid',
    TARTAN_EMULATOR_RATE_LIMITS: 'production',
  })
}, 3 * MINUTES)

afterAll(async () => {
  await system[Symbol.asyncDispose]()
}, MINUTES)

async function count(what: string): Promise<number> {
  const { n } = await one<{ n: number }>(system.warehouse, {
    text: `select count(*)::int as n from airbyte_plaid.${what}`,
    values: [],
  })
  return n
}

const histories = async () =>
  (await Array.fromAsync(system.plaidApi.items())).map(
    (item) => item.history_complete && item.status,
  )

test(
  'the history of every bank comes by itself, as soon as it is there',
  async () => {
    expect(new Set(await histories())).toEqual(new Set([false]))
    expect(await count('accounts')).toBeGreaterThan(5) // which need no history
    const early = await count('transactions')
    await system.emulator({ advance: '2m' })
    // The banks are asked within a minute each; a poll is due in a week.
    await expect
      .poll(histories, { timeout: 2 * MINUTES, interval: 1_000 })
      .toEqual(['healthy', 'healthy', 'healthy'])
    await system.tartan('sync')
    expect(await count('transactions')).toBeGreaterThan(early + 1_000)
    await system.tartan('verify')
  },
  4 * MINUTES,
)

test(
  'a bank that refuses transactions shows its accounts, and the other way round',
  async () => {
    const refused = { institution_id: 'ins_109511', error_code: 'PRODUCTS_NOT_SUPPORTED' }
    await system.emulator({ fault: { endpoint: '/transactions/sync', ...refused, for: '30d' } })
    await system.post('/items/sandbox', { institution_id: 'ins_109511' })
    const said = await system
      .tartan('plaid-sync')
      .catch((error: { stdout: string }) => error.stdout)
    expect(said).toContain('Tartan Bank')
    await system.tartan('sync')
    const accounts = `accounts where institution_id = 'ins_109511'`
    expect(await count(accounts)).toBeGreaterThan(0)
    const ids = `select account_id from airbyte_plaid.${accounts}`
    const own = `transactions where account_id in (${ids})`
    expect(await count(own)).toBe(0)
    const trouble = '/transactions/sync: the requested products'
    expect(await system.tartan('plaid-accounts')).toContain(trouble)

    await system.emulator({
      fault: { endpoint: '/accounts/get', institution_id: 'ins_109509', error_code, for: '60d' },
    })
    const before = await newest()
    await system.emulator({ advance: '10d' })
    await system.tartan('plaid-sync').catch(() => {})
    await system.tartan('sync')
    expect((await newest()) > before).toBe(true)
  },
  3 * MINUTES,
)

const error_code = 'INTERNAL_SERVER_ERROR'

/** The last day of Gingham's transactions. */
async function newest(): Promise<string> {
  const { day } = await one<{ day: string }>(
    system.warehouse,
    sql`select max(t.date)::text as day
        from airbyte_plaid.transactions t
        join airbyte_plaid.accounts a on a.account_id = t.account_id
        where a.institution_id = 'ins_109509'`,
  )
  return day
}

test('the limits of Plaid were never met', async () => {
  const { n } = await one<{ n: number }>(
    system.store,
    sql`select count(*)::int as n from plaid.item_product where error_code like '%LIMIT%'`,
  )
  expect(n).toBe(0)
})
