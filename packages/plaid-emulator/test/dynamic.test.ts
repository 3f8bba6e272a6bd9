// `user_transactions_dynamic`: it stands still until a refresh, which does what Plaid documents.
import type { Transaction } from 'plaid'
import { describe, expect, test } from 'vitest'
import {
  type Bench,
  GINGHAM,
  type LinkedItem,
  NO_ACCOUNT,
  PLATYPUS,
  Reader,
  sorted,
  startEmulator,
  temporaryFolder,
} from './support/emulator.ts'

const USER = { override_username: 'user_transactions_dynamic', override_password: 'anything' }
const link = (bench: Bench, more: object = {}) => bench.link(PLATYPUS, { ...USER, ...more })
const refresh = (bench: Bench, item: LinkedItem) =>
  bench.post('/transactions/refresh', { access_token: item.accessToken })
const create = (bench: Bench, item: LinkedItem, transactions: object[]) =>
  bench.post('/sandbox/transactions/create', { access_token: item.accessToken, transactions })
const row = (more: object = {}) => ({
  date_transacted: '2026-03-13',
  date_posted: '2026-03-14',
  amount: 12.34,
  description: 'Lemonade stand',
  ...more,
})

function changes(before: readonly Transaction[], after: readonly Transaction[]) {
  const old = new Map(before.map((each) => [each.transaction_id, each]))
  const ids = new Set(after.map(({ transaction_id }) => transaction_id))
  return {
    added: after.filter(({ transaction_id }) => !old.has(transaction_id)),
    removed: before.filter(({ transaction_id }) => !ids.has(transaction_id)),
    moved: after.flatMap((each) => {
      const was = old.get(each.transaction_id)
      if (was === undefined || JSON.stringify(was) === JSON.stringify(each)) return []
      return [{ was, now: each }]
    }),
  }
}

describe('user_transactions_dynamic', () => {
  test('signs in with any password that is not blank', async () => {
    await using bench = await startEmulator()
    const ask = (override_password: string) =>
      bench.post('/sandbox/public_token/create', {
        institution_id: PLATYPUS,
        initial_products: ['transactions'],
        options: { ...USER, override_password },
      })
    expect((await ask('x')).status).toBe(200)
    expect((await ask(' ')).body['error_code']).toBe('INVALID_CREDENTIALS')
  })

  test('has about fifty rows, pending and posted, and six months of what recurs', async () => {
    await using bench = await startEmulator()
    const { transactions, accounts } = bench.truth(await link(bench))
    expect(accounts.map(({ type }) => type)).toEqual(['depository', 'credit'])
    expect(transactions.length).toBeGreaterThanOrEqual(45)
    expect(transactions.length).toBeLessThanOrEqual(65)
    expect(transactions.filter(({ pending }) => pending).length).toBeGreaterThan(2)
    const months = new Map<string, Set<string>>()
    for (const { name, date, pending } of transactions) {
      if (!pending) months.set(name, (months.get(name) ?? new Set()).add(date.slice(0, 7)))
    }
    expect([...months.values()].filter((each) => each.size >= 6).length).toBeGreaterThanOrEqual(4)
  })

  test('does nothing by itself', async () => {
    await using bench = await startEmulator()
    const item = await link(bench)
    const before = bench.truth(item)
    await bench.advance('40d')
    expect(bench.truth(item)).toEqual(before)
  })

  test('posts all that was pending, adds a dollar to one row and new pending rows', async () => {
    await using bench = await startEmulator()
    const item = await link(bench)
    const reader = new Reader(bench, item)
    await reader.loop()
    for (let round = 0; round < 5; round++) {
      const before = [...reader.rows.values()]
      // at one instant or a day later
      if (round % 2 === 1) await bench.advance('1d')
      await refresh(bench, item)
      await reader.loop(3)
      const after = [...reader.rows.values()]
      expect(sorted(after)).toEqual(sorted(bench.truth(item).transactions))
      const { added, removed, moved } = changes(before, after)
      const pending = before.filter((each) => each.pending)
      expect(sorted(removed)).toEqual(sorted(pending))
      const posted = added.filter((each) => !each.pending)
      expect(posted.map((each) => each.pending_transaction_id ?? '').toSorted()).toEqual(
        pending.map((each) => each.transaction_id).toSorted(),
      )
      expect(added.length).toBeGreaterThan(posted.length)
      expect(moved.length).toBe(1)
      const [{ was, now }] = moved as [(typeof moved)[number]]
      expect(Math.round((now.amount - was.amount) * 100)).toBe(100)
      expect({ ...now, amount: was.amount }).toEqual(was)
    }
  })

  test('is the same after a restart', async () => {
    await using folder = await temporaryFolder()
    const { path: dataFolder } = folder
    await using bench = await startEmulator({ dataFolder })
    const item = await link(bench)
    await refresh(bench, item)
    await create(bench, item, [row()])
    await refresh(bench, item)
    const before = bench.truth(item)
    await bench.restart()
    expect(bench.truth(item)).toEqual(before)
  })

  test('is who user_good is in the world of that name', async () => {
    await using bench = await startEmulator({ world: 'dynamic' })
    const item = await bench.link()
    await refresh(bench, item)
    const { status } = await create(bench, item, [row()])
    expect([status, bench.truth(item).accounts.length]).toEqual([200, 2])
  })
})

describe('/sandbox/transactions/create', () => {
  test('puts a row on the account that is named, of any user, with eight decimals', async () => {
    await using bench = await startEmulator()
    const item = await bench.link(GINGHAM)
    const before = bench.truth(item)
    const idOf = (subtype: string) =>
      before.accounts.find((account) => String(account.subtype) === subtype)?.account_id
    const mortgage = await create(bench, item, [row({ account_id: idOf('mortgage') })])
    expect(mortgage.body['error_code']).toBe('INVALID_ACCOUNT_ID')
    const account_id = idOf('credit card')
    const rows = [row({ account_id, amount: 0.00012345 }), row({ description: 'By itself' })]
    expect((await create(bench, item, rows)).status).toBe(200)
    const { added } = changes(before.transactions, bench.truth(item).transactions)
    expect(added.map((each) => [each.account_id, each.amount])).toEqual(
      expect.arrayContaining([
        [account_id, 0.00012345],
        [idOf('checking'), 12.34],
      ]),
    )
  })

  test('puts the rows on the depository account, and its balance', async () => {
    await using bench = await startEmulator()
    const item = await link(bench)
    const before = bench.truth(item)
    const reader = new Reader(bench, item)
    await reader.loop()
    const rows = [row(), row({ amount: -20, date_posted: '2026-03-15', iso_currency_code: 'USD' })]
    expect((await create(bench, item, rows)).status).toBe(200)
    const after = bench.truth(item)
    const { added, removed, moved } = changes(before.transactions, after.transactions)
    expect([added.length, removed, moved]).toEqual([2, [], []])
    const [account] = after.accounts
    expect(added.map(({ account_id }) => account_id)).toEqual([
      account!.account_id,
      account!.account_id,
    ])
    expect(added.find(({ amount }) => amount === 12.34)).toMatchObject({
      name: 'Lemonade stand',
      date: '2026-03-14',
      authorized_date: '2026-03-13',
      pending: false,
    })
    const gained = account!.balances.current! - before.accounts[0]!.balances.current!
    expect(Math.round(gained * 100)).toBe(2_000 - 1_234)
    await reader.loop()
    expect(sorted(reader.rows.values())).toEqual(sorted(after.transactions))
  })

  test('refuses more than ten rows, other dates and other users, as documented', async () => {
    await using bench = await startEmulator()
    const item = await link(bench)
    const refused = async (rows: object[], message: string) => {
      const { status, body } = await create(bench, item, rows)
      expect([status, body]).toEqual([
        400,
        expect.objectContaining({ error_type: 'INVALID_REQUEST', error_code: 'INVALID_FIELD' }),
      ])
      expect(body['error_message']).toContain(message)
    }
    await refused(Array.from({ length: 11 }, row), 'The request contains too many transactions.')
    const dates = 'Transaction and posted dates must be within the last 14 days.'
    await refused([row({ date_posted: '2026-03-12' })], dates)
    await refused([row({ date_posted: '2026-03-16' })], dates)
    await refused([row({ date_transacted: '2026-02-28' })], dates)
    await refused([row({ date_transacted: 'yesterday' })], dates)
    await refused([row({ iso_currency_code: 'XXY' })], 'iso_currency_code')
    expect((await create(bench, item, [row({ date_transacted: '2026-03-01' })])).status).toBe(200)
    const unknown = await create(bench, item, [row({ account_id: NO_ACCOUNT })])
    expect(unknown.body['error_code']).toBe('INVALID_ACCOUNT_ID')
    const missing = await create(bench, item, [{ amount: 1 }])
    expect(missing.body['error_code']).toBe('MISSING_FIELDS')
  })
})
