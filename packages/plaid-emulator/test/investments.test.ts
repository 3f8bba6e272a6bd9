// Investments: what is held is what was bought, and an account is worth what it holds.
import {
  type AccountBase,
  AccountType,
  type Holding,
  type InvestmentTransaction,
  InvestmentTransactionSubtype,
  type Security,
} from 'plaid'
import { describe, expect, test } from 'vitest'
import { portfolioAt } from '../src/products/portfolio.ts'
import type { WorldAccount } from '../src/world/account.ts'
import { DAY_MS, dayOf, dayOfDate, FIRST_DAY } from '../src/world/calendar.ts'
import { HOUSEHOLD } from '../src/world/household/day.ts'
import { YUPPIE } from '../src/world/yuppie/day.ts'
import { ACCOUNT } from '../src/world/household/accounts.ts'
import { createLife } from '../src/world/life.ts'
import { finalCents } from '../src/world/lifecycle.ts'
import { createMarket, LISTINGS, SHARE } from '../src/world/market.ts'
import {
  type Bench,
  type LinkedItem,
  PLATYPUS,
  startEmulator,
  TATTERSALL,
} from './support/emulator.ts'

const cents = (value: number | null): number => Math.round((value ?? 0) * 100)
const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0)

interface Holdings {
  accounts: AccountBase[]
  holdings: Holding[]
  securities: Security[]
}
interface Page {
  investment_transactions: InvestmentTransaction[]
  total_investment_transactions: number
  securities: Security[]
  error_code?: string
}

const RANGE = { start_date: '2020-01-01', end_date: '2027-01-01' }

function open(bench: Bench, { accessToken }: LinkedItem) {
  const ask = <T>(path: string, body: object = {}) =>
    bench.post<T>(path, { access_token: accessToken, ...body })
  return {
    holdings: async () => (await ask<Holdings>('/investments/holdings/get')).body,
    page: async (options: object = {}, range: object = RANGE) =>
      (await ask<Page>('/investments/transactions/get', { ...range, options })).body,
    refresh: () => ask('/investments/refresh'),
  }
}

describe('a portfolio', () => {
  const dates = ['2020-01-05', '2021-02-28', '2022-03-03', '2024-07-16', '2026-03-15']
  const seeds = ['one', 'two', 'three']

  test('is the sum of its transactions, and its cash what they left', () => {
    for (const seed of seeds) {
      const market = createMarket(seed)
      const accounts = [HOUSEHOLD, YUPPIE].flatMap((persona) => {
        const life = createLife(persona, seed)
        const places = [...life.accounts.keys()]
        return places.map((account) => ({ life, account, known: life.accounts[account] }))
      })
      for (const { life, account, known } of accounts) {
        if (known?.type !== 'investment') continue
        for (const date of dates) {
          const at = dayOfDate(date) * DAY_MS + DAY_MS / 2
          const drafts = life.drafts(new Set([account]), FIRST_DAY, dayOf(at))
          const { rows, positions, cashCents, valueCents } = portfolioAt(market, known, drafts, at)
          for (const listing of Object.values(LISTINGS)) {
            const held = positions.find((position) => position.listing === listing)
            const traded = rows.filter((row) => row.listing === listing)
            expect(sum(traded.map(({ quantity }) => quantity))).toBe(held?.quantity ?? 0)
            const bought = traded.filter(({ type }) => type === 'buy')
            expect(held?.costCents ?? 0).toBe(sum(bought.map((row) => row.cents)))
          }
          expect(sum(rows.map((row) => row.cents)) + cashCents).toBe(0)
          expect(sum(positions.map((each) => each.valueCents)) + cashCents).toBe(valueCents)
          // money that came is the opening and what the life moved
          const moved = sum(drafts.filter((row) => row.occurredAt <= at).map(finalCents))
          const came = rows.filter(({ type }) => type === 'cash')
          expect(sum(came.map((row) => row.cents))).toBe(moved - known.openingCents)
          expect(cashCents).toBeGreaterThanOrEqual(0)
          expect(positions.length).toBeGreaterThan(2)
        }
      }
    }
  })

  test('sells what a withdrawal needs', () => {
    const life = createLife(HOUSEHOLD, 'sale')
    const known = life.accounts[ACCOUNT.brokerage] as WorldAccount
    const at = dayOfDate('2021-06-01') * DAY_MS
    const drafts = life.drafts(new Set([ACCOUNT.brokerage]), FIRST_DAY, dayOf(at))
    const [first] = drafts
    if (first === undefined) throw new Error('the household invests')
    const course = { pendingCents: 900_000, postAt: at, linked: false, editCents: 900_000 }
    const withdrawal = { ...first, cents: 900_000, occurredAt: at, course }
    const before = portfolioAt(createMarket('sale'), known, drafts, at)
    const after = portfolioAt(createMarket('sale'), known, [...drafts, withdrawal], at)
    const sold = after.rows.filter(({ type }) => type === 'sell')
    expect(sold.length).toBeGreaterThan(0)
    expect(after.cashCents).toBeGreaterThanOrEqual(0)
    expect(Math.abs(before.valueCents - 900_000 - after.valueCents)).toBeLessThan(5)
  })

  test('has prices that are the same on every machine', () => {
    const market = createMarket('fixed')
    const prices = Object.values(LISTINGS).map((listing) =>
      ['2020-01-01', '2023-05-17', '2026-03-14'].map((date) =>
        market.price(listing, dayOfDate(date)),
      ),
    )
    expect(prices).toMatchInlineSnapshot(`
      [
        [
          16412,
          20186,
          25643,
        ],
        [
          5588,
          4727,
          5389,
        ],
        [
          1127,
          1148,
          1270,
        ],
        [
          4863,
          5121,
          3912,
        ],
        [
          3140,
          2718,
          4776,
        ],
      ]
    `)
    expect(market.price(LISTINGS.market, dayOfDate('2026-03-15'))).toBe(
      market.price(LISTINGS.market, dayOfDate('2026-03-13')),
    )
  })
})

describe('/investments', () => {
  test('holdings make the balance, as of the same instant', async () => {
    for (const [seed, startDate] of [
      ['a', '2026-03-15'],
      ['b', '2023-11-02'],
    ] as const) {
      await using bench = await startEmulator({ seed, startDate })
      const item = await bench.link(TATTERSALL, {}, ['investments'])
      const client = open(bench, item)
      for (const wait of ['0s', '3d', '40d']) {
        await bench.advance(wait)
        const { accounts, holdings, securities } = await client.holdings()
        const invested = accounts.filter(({ type }) => type === AccountType.Investment)
        expect(invested.length).toBe(2)
        for (const { account_id, balances } of invested) {
          const own = holdings.filter((holding) => holding.account_id === account_id)
          expect(sum(own.map((each) => cents(each.institution_value)))).toBe(
            cents(balances.current),
          )
          for (const { quantity, institution_price, institution_value, security_id } of own) {
            expect(cents(institution_value)).toBe(cents(quantity * institution_price))
            const security = securities.find((each) => each.security_id === security_id)
            expect(security?.close_price).toBe(institution_price)
          }
        }
      }
    }
  })

  test('what was bought between two looks is what holdings grew by', async () => {
    await using bench = await startEmulator()
    const item = await bench.link(TATTERSALL, {}, ['investments'])
    const client = open(bench, item)
    const before = await client.holdings()
    const known = new Set(
      (await client.page({ count: 500 })).investment_transactions.map(
        (row) => row.investment_transaction_id,
      ),
    )
    await bench.advance('70d')
    await client.refresh()
    const after = await client.holdings()
    const { investment_transactions } = await client.page({ count: 500 })
    const fresh = investment_transactions.filter((row) => !known.has(row.investment_transaction_id))
    expect(fresh.length).toBeGreaterThan(10)
    for (const holding of after.holdings) {
      const security = after.securities.find(
        ({ security_id }) => security_id === holding.security_id,
      )
      const same = (row: { account_id: string; security_id: string | null }): boolean =>
        row.account_id === holding.account_id && row.security_id === holding.security_id
      const old = before.holdings.find(same)?.quantity ?? 0
      const own = fresh.filter(({ account_id }) => account_id === holding.account_id)
      const moved =
        security?.type === 'cash'
          ? -sum(own.map((row) => cents(row.amount))) / 100
          : sum(own.filter(same).map((row) => row.quantity))
      expect(Math.round((holding.quantity - old - moved) * SHARE) + 0).toBe(0)
    }
  })

  test('money that left the checking account arrives as a contribution', async () => {
    await using bench = await startEmulator()
    const bank = await bench.link(PLATYPUS)
    const broker = await bench.link(TATTERSALL, {}, ['investments'])
    const sent = bench
      .truth(bank)
      .transactions.filter(({ merchant_name }) => merchant_name === 'Tattersall Investments')
      .map(({ date, amount }) => `${date} ${-amount}`)
    const { investment_transactions } = await open(bench, broker).page({ count: 500 })
    const came = investment_transactions
      .filter(({ subtype }) => subtype === InvestmentTransactionSubtype.Contribution)
      .map(({ date, amount }) => `${date} ${amount}`)
    expect(sent.length).toBeGreaterThan(40)
    expect(came.sort()).toEqual(sent.filter((row) => came.includes(row)).sort())
    expect(came.length).toBeGreaterThan(sent.length - 4)
  })

  test('offsets lead through all rows, the newest first, none twice and none missed', async () => {
    await using bench = await startEmulator()
    const client = open(bench, await bench.link(TATTERSALL, {}, ['investments']))
    const whole = await client.page({ count: 500 })
    const total = whole.total_investment_transactions
    expect(total).toBe(whole.investment_transactions.length)
    const rows: InvestmentTransaction[] = []
    for (let offset = 0; offset < total; offset += 37) {
      const page = await client.page({ count: 37, offset })
      rows.push(...page.investment_transactions)
      for (const { security_id } of page.investment_transactions) {
        const names = page.securities.map((security) => security.security_id)
        if (security_id !== null) expect(names).toContain(security_id)
      }
    }
    expect(rows).toEqual(whole.investment_transactions)
    const ids = rows.map((row) => row.investment_transaction_id)
    expect(new Set(ids).size).toBe(total)
    const days = rows.map(({ date }) => date)
    expect(days).toEqual(days.toSorted().reverse())
    expect(days.at(-1)).toMatch(/^2024-03/)
    const few = await client.page({}, { start_date: '2025-05-01', end_date: '2025-05-31' })
    expect(few.investment_transactions.every(({ date }) => date.startsWith('2025-05'))).toBe(true)
    expect(few.total_investment_transactions).toBeGreaterThan(5)
  })

  test('an extraction that nobody waits for is not ready at once', async () => {
    await using bench = await startEmulator({ readiness: 'plaid' })
    const client = open(bench, await bench.link(TATTERSALL, {}, ['auth']))
    const first = await client.page({ async_update: true })
    expect(first.error_code).toBe('PRODUCT_NOT_READY')
    await bench.advance('2m')
    const second = await client.page()
    expect(second.total_investment_transactions).toBeGreaterThan(100)
  })
})
