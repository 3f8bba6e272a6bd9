// The world that the emulator begins with shows Plaid's own `user_good`: the accounts, balances,
// numbers, holdings and debts that its documentation and its API's examples have, whenever somebody
// looks; and what the rows say agrees with them.
import {
  type AccountBase,
  type AccountIdentity,
  AccountType,
  type AuthGetNumbers,
  type Holding,
  type LiabilitiesObject,
  type Security,
  type TransactionsRecurringGetResponse,
} from 'plaid'
import { describe, expect, test } from 'vitest'
import type { Truth } from '../src/emulator.ts'
import { readEmulatorOptions } from '../src/options.ts'
import { createEmulator } from '../src/package.ts'
import { portfolioAt } from '../src/products/portfolio.ts'
import { DAY_MS, dayOf, dayOfDate, FIRST_DAY } from '../src/world/calendar.ts'
import { INSTITUTIONS } from '../src/world/institutions.ts'
import { createLife } from '../src/world/life.ts'
import { createMarket } from '../src/world/market.ts'
import { SANDBOX } from '../src/world/sandbox/day.ts'
import { type Bench, type LinkedItem, PLATYPUS, startEmulator } from './support/emulator.ts'

const TARTAN = 'ins_109511'
const cents = (value: number | null | undefined): number => Math.round((value ?? 0) * 100)
const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0)

/** Mask, name, available, current and limit. */
const ACCOUNTS = [
  ['0000', 'Plaid Checking', 100, 110, null],
  ['1111', 'Plaid Saving', 200, 210, null],
  ['2222', 'Plaid CD', null, 1_000, null],
  ['3333', 'Plaid Credit Card', null, 410, 2_000],
  ['4444', 'Plaid Money Market', 43_200, 43_200, null],
  ['5555', 'Plaid IRA', null, 320.76, null],
  ['6666', 'Plaid 401k', null, 23_631.98, null],
  ['7777', 'Plaid Student Loan', null, 65_262, null],
  ['8888', 'Plaid Mortgage', null, 56_302.06, null],
]

function seen(accounts: readonly AccountBase[]) {
  return accounts.map(({ mask, name, balances }) => {
    return [mask, name, balances.available, balances.current, balances.limit]
  })
}

function startSandbox(more: Parameters<typeof startEmulator>[0] = {}): Promise<Bench> {
  return startEmulator({ world: 'sandbox', ...more })
}

async function ask<T>(bench: Bench, { accessToken }: LinkedItem, path: string, body = {}) {
  const answer = await bench.post<T>(path, { access_token: accessToken, ...body })
  expect([path, answer.status]).toEqual([path, 200])
  return answer.body
}

test('the program and the package begin with it', async () => {
  expect(readEmulatorOptions({}).world).toBe('sandbox')
  expect(readEmulatorOptions({ TARTAN_EMULATOR_WORLD: 'household' }).world).toBe('household')
  const emulator = await createEmulator({ startDate: '2026-03-15' })
  const post = async <T>(path: string, body: object): Promise<T> => {
    const headers = { 'content-type': 'application/json', 'plaid-client-id': 'a' }
    const response = await fetch(emulator.url + path, {
      method: 'POST',
      headers: { ...headers, 'plaid-secret': 'b' },
      body: JSON.stringify(body),
    })
    return (await response.json()) as T
  }
  const { public_token } = await post<{ public_token: string }>('/sandbox/public_token/create', {
    institution_id: PLATYPUS,
    initial_products: ['transactions'],
  })
  const exchange = '/item/public_token/exchange'
  const { item_id } = await post<{ item_id: string }>(exchange, { public_token })
  expect(seen(emulator.truth(item_id).accounts)).toEqual(ACCOUNTS)
  await emulator.stop()
})

describe('user_good', () => {
  test('has at ins_109508 one Item from checking to mortgage, with investments', async () => {
    await using bench = await startSandbox()
    const item = await bench.link(PLATYPUS, {}, ['investments'])
    const { accounts } = await ask<Truth>(bench, item, '/accounts/get')
    expect(seen(accounts)).toEqual(ACCOUNTS)
    expect(accounts.map(({ official_name }) => official_name)).toEqual([
      'Plaid Gold Standard 0% Interest Checking',
      'Plaid Silver Standard 0.1% Interest Saving',
      'Plaid Bronze Standard 0.2% Interest CD',
      'Plaid Diamond 12.5% APR Interest Credit Card',
      'Plaid Platinum Standard 1.85% Interest Money Market',
      null,
      null,
      null,
      null,
    ])
    expect(accounts.map(({ type, subtype }) => `${type}/${subtype}`)).toEqual([
      'depository/checking',
      'depository/savings',
      'depository/cd',
      'credit/credit card',
      'depository/money market',
      'investment/ira',
      'investment/401k',
      'loan/student',
      'loan/mortgage',
    ])
  })

  test('owes exactly a student loan, a credit card and a mortgage', async () => {
    await using bench = await startSandbox()
    const item = await bench.link(PLATYPUS, {}, ['liabilities', 'transactions'])
    const { accounts, liabilities } = await ask<Truth & { liabilities: LiabilitiesObject }>(
      bench,
      item,
      '/liabilities/get',
    )
    const [ofCard, ofLoan, ofMortgage] = [accounts[3], accounts[7], accounts[8]]
    expect(liabilities).toMatchObject({
      credit: [
        {
          account_id: ofCard?.account_id,
          aprs: [
            { apr_type: 'purchase_apr', apr_percentage: 12.5 },
            { apr_type: 'cash_apr', apr_percentage: 27.95 },
            { apr_type: 'balance_transfer_apr', apr_percentage: 15.24 },
            { apr_type: 'special', apr_percentage: 0 },
          ],
          last_statement_balance: 410,
          is_overdue: false,
        },
      ],
      student: [
        {
          account_id: ofLoan?.account_id,
          account_number: '4277075694',
          interest_rate_percentage: 5.25,
          loan_name: 'Consolidation',
          guarantor: 'DEPT OF ED',
          repayment_plan: { type: 'interest only' },
          is_overdue: false,
        },
      ],
      mortgage: [
        {
          account_id: ofMortgage?.account_id,
          account_number: '3120194154',
          interest_rate: { percentage: 3.99, type: 'fixed' },
          loan_term: '30 year',
          past_due_amount: 0,
          property_address: { street: '2992 Cameron Road', city: 'Malakoff', region: 'NY' },
        },
      ],
      loan: null,
      line_of_credit: null,
    })
    for (const debts of [liabilities.credit, liabilities.student, liabilities.mortgage]) {
      expect(debts?.length).toBe(1)
    }
    // what was paid is in the rows, and is the interest that was charged
    const rows = bench.truth(item).transactions
    const ofYear = rows.filter(
      ({ account_id, date }) => account_id === ofLoan?.account_id && date >= '2026-01-01',
    )
    const paid = ofYear.filter(({ amount }) => amount < 0).map(({ amount }) => -cents(amount))
    const [student] = liabilities.student ?? []
    expect(paid).toEqual([28_552, 28_552, 28_552])
    expect(cents(student?.ytd_interest_paid)).toBe(sum(paid))
    expect(student?.ytd_principal_paid).toBe(0)
    expect(sum(ofYear.map(({ amount }) => cents(amount)))).toBe(0)
    const sent = rows.filter(({ name }) => name === 'GINGHAM EDUCATION LENDING')
    expect(cents(sent[0]?.amount)).toBe(cents(student?.last_payment_amount))
    const [card] = liabilities.credit ?? []
    const onCard = rows.filter(
      ({ account_id, amount }) => account_id === ofCard?.account_id && amount < 0,
    )
    const dates = onCard.map(({ date }) => date).toSorted()
    expect(card?.last_payment_date).toBe(dates.at(-1))
  })

  test('is paid by the documented numbers', async () => {
    await using bench = await startSandbox()
    const item = await bench.link(TARTAN, {}, ['auth'])
    const { accounts, numbers } = await ask<Truth & { numbers: AuthGetNumbers }>(
      bench,
      item,
      '/auth/get',
    )
    const by = { routing: '011401533', wire_routing: '021000021' }
    expect(numbers.ach).toMatchObject([
      { account: '1111222233330000', account_id: accounts[0]?.account_id, ...by },
      { account: '1111222233331111', account_id: accounts[1]?.account_id, ...by },
    ])
    const british = await bench.link('ins_117650', {}, ['auth'])
    const abroad = await ask<{ numbers: AuthGetNumbers }>(bench, british, '/auth/get')
    expect(abroad.numbers.ach).toEqual([])
    expect(abroad.numbers.bacs.map(({ account }) => account.length)).toEqual([8, 8])
  })

  test('is Alberta Bobbeth Charleson', async () => {
    await using bench = await startSandbox()
    const item = await bench.link(PLATYPUS, {}, ['identity'])
    const { accounts } = await ask<{ accounts: AccountIdentity[] }>(bench, item, '/identity/get')
    for (const { owners } of accounts) {
      expect(owners).toMatchObject([
        {
          names: ['Alberta Bobbeth Charleson'],
          emails: [{ data: 'accountholder0@example.com', primary: true }, {}, {}],
          phone_numbers: [{ data: '2025550123' }, {}, {}],
          addresses: [{ data: { street: '2992 Cameron Road' }, primary: true }, {}],
        },
      ])
    }
  })

  test('has every modelled product at every bank of the United States', async () => {
    await using bench = await startSandbox()
    const ways = {
      auth: '/auth/get',
      identity: '/identity/get',
      investments: '/investments/holdings/get',
      liabilities: '/liabilities/get',
      transactions: '/transactions/sync',
    }
    const banks = INSTITUTIONS.filter(
      ({ country, health, refuses }) => country === 'US' && health !== 'DOWN' && refuses === null,
    )
    expect(banks.length).toBeGreaterThan(6)
    for (const { id } of banks) {
      for (const [product, path] of Object.entries(ways)) {
        await ask(bench, await bench.link(id, {}, [product]), path)
      }
      const item = await bench.link(id, {}, Object.keys(ways))
      await ask(bench, item, '/accounts/balance/get', {
        options: { min_last_updated_datetime: '2026-03-01T00:00:00Z' },
      })
      await ask(bench, item, '/transactions/recurring/get')
      await ask(bench, item, '/transactions/refresh')
    }
  })
})

describe('what user_good has', () => {
  test('stands where it is documented, at every moment, and adds up', async () => {
    for (const [startDate, days] of [
      ['2022-01-01', 1],
      ['2024-02-29', 30],
      ['2026-03-15', 730],
      ['2031-12-31', 90],
    ] as const) {
      await using bench = await startSandbox({ startDate, seed: startDate })
      const options = { transactions: { days_requested: days } }
      const item = await bench.link(TARTAN, options)
      const openings = new Map<string, number>()
      for (const wait of ['0s', '1s', '11h', '13h', '5d', '9h', '26d', '17m', '100d']) {
        await bench.advance(wait)
        await bench.post('/transactions/refresh', { access_token: item.accessToken })
        const { accounts, transactions } = bench.truth(item)
        expect(seen(accounts), `${startDate} and ${wait}`).toEqual(ACCOUNTS)
        for (const { account_id, type, balances } of accounts) {
          const own = transactions.filter((row) => row.account_id === account_id)
          const total = (pending: boolean): number =>
            sum(own.filter((row) => row.pending === pending).map((row) => cents(row.amount)))
          // nothing is pending of deposits but what is not available
          if (type === AccountType.Depository && balances.available !== null) {
            expect(cents(balances.current) - total(true)).toBe(cents(balances.available))
          }
          const owed = type === AccountType.Depository ? -1 : 1
          const opening = cents(balances.current) - owed * total(false)
          expect(openings.get(account_id) ?? opening).toBe(opening)
          openings.set(account_id, opening)
        }
      }
      expect(bench.truth(item).transactions.length).toBeGreaterThan(500)
    }
  })

  test('is held as it was bought, and worth what is held', async () => {
    await using bench = await startSandbox()
    const item = await bench.link(PLATYPUS, {}, ['investments'])
    const { accounts, holdings, securities } = await ask<
      Truth & { holdings: Holding[]; securities: Security[] }
    >(bench, item, '/investments/holdings/get')
    const named = new Map(securities.map((each) => [each.security_id, each.ticker_symbol]))
    const held = (mask: string) => {
      const account = accounts.find((each) => each.mask === mask)
      const own = holdings.filter(({ account_id }) => account_id === account?.account_id)
      expect(sum(own.map((each) => cents(each.institution_value)))).toBe(
        cents(account?.balances.current),
      )
      return own.map((each) => [
        named.get(each.security_id),
        each.quantity,
        each.institution_price,
        each.institution_value,
      ])
    }
    expect(held('5555')).toEqual([
      ['MIPTX', 11, 27, 297],
      ['CUR:USD', 23.76, 1, 23.76],
    ])
    expect(held('6666')).toEqual([
      ['SBSI', 266.4371, 34.73, 9_253.36],
      ['ACHN', 1, 2.11, 2.11],
      ['DBLTX', 2, 10.42, 20.84],
      ['MIPTX', 23.567, 27, 636.31],
      ['NHX105509', 100.05, 13.73, 1_373.69],
      ['CUR:USD', 12_345.67, 1, 12_345.67],
    ])
    const page = await ask<{ total_investment_transactions: number }>(
      bench,
      item,
      '/investments/transactions/get',
      { start_date: '2025-03-16', end_date: '2026-03-15' },
    )
    expect(page.total_investment_transactions).toBe(24) // a year's dividends, paid out
    const life = createLife(SANDBOX, 'test')
    const at = dayOfDate('2026-03-15') * DAY_MS
    for (const [place, known] of life.accounts.entries()) {
      if (known.type !== 'investment') continue
      const drafts = life.drafts(new Set([place]), FIRST_DAY, dayOf(at))
      const { rows, positions, cashCents } = portfolioAt(createMarket('test'), known, drafts, at)
      for (const { listing, quantity, costCents } of positions) {
        const traded = rows.filter((row) => row.listing === listing && row.quantity !== 0)
        expect(sum(traded.map((row) => row.quantity))).toBe(quantity)
        expect(sum(traded.map((row) => row.cents))).toBe(costCents)
      }
      expect(sum(rows.map((row) => row.cents)) + cashCents).toBe(0)
      expect(rows.every(({ listing }) => listing === null || isHeld(positions, listing))).toBe(true)
    }
  })

  test('comes and goes in streams, of rows that exist', async () => {
    await using bench = await startSandbox()
    const item = await bench.link(PLATYPUS)
    const { inflow_streams, outflow_streams } = await ask<TransactionsRecurringGetResponse>(
      bench,
      item,
      '/transactions/recurring/get',
    )
    const streams = [...inflow_streams, ...outflow_streams]
    const rows = new Map(bench.truth(item).transactions.map((row) => [row.transaction_id, row]))
    for (const [merchant, frequency, amount] of [
      ['Meridian Software', 'BIWEEKLY', -2_850],
      ['Gingham Home Loans', 'MONTHLY', 187.2],
      ['Gingham Education Lending', 'MONTHLY', 285.52],
      ['Ironwood Fitness', 'MONTHLY', 78.5],
    ] as const) {
      const stream = streams.find(({ merchant_name }) => merchant_name === merchant)
      expect(stream).toMatchObject({ frequency, status: 'MATURE', is_active: true })
      const own = stream?.transaction_ids.map((id) => rows.get(id)) ?? []
      expect(new Set(own.map((row) => row?.amount))).toEqual(new Set([amount]))
      expect(own.every((row) => row?.account_id === stream?.account_id)).toBe(true)
    }
  })
})

function isHeld(positions: readonly { listing: unknown }[], listing: unknown): boolean {
  return positions.some((position) => position.listing === listing)
}
