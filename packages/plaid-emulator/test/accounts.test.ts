// What an Item shows of its bank's accounts: selected, churned, new, and after a restart the same.
import type { TransactionsGetResponse } from 'plaid'
import { describe, expect, test } from 'vitest'
import {
  type Bench,
  type LinkedItem,
  NO_ACCOUNT,
  PLATYPUS,
  Reader,
  sorted,
  startEmulator,
  temporaryFolder,
} from './support/emulator.ts'

const CHECKING = '0417'
const CARD = '3391'

const idOf = (bench: Bench, item: LinkedItem, mask: string): string | undefined =>
  bench.truth(item).accounts.find((account) => account.mask === mask)?.account_id

async function run(bench: Bench, item: LinkedItem, name: string, more: object = {}) {
  const answer = await bench.command({ [name]: { item_id: item.itemId, ...more } })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
}

describe('an account', () => {
  test('that is de-selected takes its rows along; selected again it has new ids', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const reader = new Reader(bench, item)
    await reader.loop()
    const before = [...reader.rows.values()]
    const card = idOf(bench, item, CARD)
    await run(bench, item, 'select_accounts', { accounts: [CHECKING] })
    await bench.advance('20d')
    await reader.loop()
    expect([...reader.rows.values()].filter((row) => row.account_id === card)).toEqual([])
    expect(sorted(reader.rows.values())).toEqual(sorted(bench.truth(item).transactions))
    const gone = await bench.post('/accounts/get', {
      access_token: item.accessToken,
      options: { account_ids: [card] },
    })
    expect(gone.body['error_code']).toBe('INVALID_ACCOUNT_ID')
    expect((await bench.sync(item, '', 5, { account_id: card })).body.error_code).toBe(
      'INVALID_ACCOUNT_ID',
    )

    await run(bench, item, 'select_accounts')
    await reader.loop()
    expect(sorted(reader.rows.values())).toEqual(sorted(bench.truth(item).transactions))
    expect(reader.removedFromNothing).toBe(0)
    const again = idOf(bench, item, CARD)
    expect(again).not.toBe(card)
    const old = new Set(before.filter((row) => row.account_id === card).map(idOfRow))
    const now = [...reader.rows.values()].filter((row) => row.account_id === again)
    expect(now.filter((row) => old.has(row.transaction_id))).toEqual([])
    // what came while it was not shown is there
    expect(now.filter(({ date }) => date > '2026-03-16').length).toBeGreaterThan(5)
    const face = (row: (typeof now)[number]) => `${row.date} ${row.amount} ${row.name}`
    const posted = before.filter((row) => row.account_id === card && !row.pending).map(face)
    expect(posted.filter((each) => now.some((row) => face(row) === each)).length).toBeGreaterThan(
      posted.length * 0.95,
    )
  })

  test('that churns gives all its rows again under other ids, with its balance', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const reader = new Reader(bench, item)
    await reader.loop()
    await bench.mutate(item, { add: 3, modify: 3, remove: 3 })
    const before = bench.truth(item)
    await run(bench, item, 'churn', { accounts: [CHECKING, CARD] })
    const after = bench.truth(item)
    await reader.loop()
    expect(sorted(reader.rows.values())).toEqual(sorted(after.transactions))
    const ids = new Set(before.transactions.map(idOfRow))
    const churned = after.transactions.filter(({ transaction_id }) => !ids.has(transaction_id))
    const churners = [idOf(bench, item, CHECKING), idOf(bench, item, CARD)]
    expect(churned.length).toBe(
      after.transactions.filter((row) => churners.includes(row.account_id)).length,
    )
    const amounts = (rows: typeof before.transactions) =>
      rows.map(({ amount }) => amount).toSorted((a, b) => a - b)
    expect(amounts(after.transactions)).toEqual(amounts(before.transactions))
    expect(after.accounts.map(({ balances }) => balances)).toEqual(
      before.accounts.map(({ balances }) => balances),
    )
  })

  test('that is opened is shown when it is selected, and comes after a restart too', async () => {
    await using folder = await temporaryFolder()
    const { path: dataFolder } = folder
    await using bench = await startEmulator({ dataFolder })
    const item = await bench.link()
    const reader = new Reader(bench, item)
    await run(bench, item, 'new_account', { name: 'Holiday Pot', mask: '7117', balance: 250.5 })
    expect(idOf(bench, item, '7117')).toBeUndefined()
    await run(bench, item, 'select_accounts', { accounts: ['Holiday Pot', CHECKING] })
    await run(bench, item, 'add_transaction', { name: 'Beach', amount: 20, account: '7117' })
    const truth = bench.truth(item)
    expect(truth.accounts.map(({ mask }) => mask)).toEqual([CHECKING, '7117'])
    expect(truth.accounts.at(-1)?.balances.current).toBe(230.5)
    await bench.restart()
    expect(bench.truth(item)).toEqual(truth)
    await reader.loop()
    expect(sorted(reader.rows.values())).toEqual(sorted(truth.transactions))
  })
})

describe('one row', () => {
  test('is added, priced, posted and removed as somebody says, for good', async () => {
    await using folder = await temporaryFolder()
    const { path: dataFolder } = folder
    await using bench = await startEmulator({ dataFolder })
    const item = await bench.link()
    const reader = new Reader(bench, item)
    await reader.loop()
    const named = (name: string) => [...reader.rows.values()].find((row) => row.name === name)
    await run(bench, item, 'add_transaction', { name: 'Kiosk', amount: 4.25, pending: true })
    await reader.loop()
    const pending = named('Kiosk')
    expect(pending).toMatchObject({ amount: 4.25, pending: true, date: '2026-03-15' })
    await run(bench, item, 'set_amount', { transaction: { name: 'Kiosk' }, amount: 5 })
    await bench.advance('1h')
    await run(bench, item, 'post', { transaction: pending?.transaction_id })
    await reader.loop()
    expect(named('Kiosk')).toMatchObject({
      amount: 5,
      pending: false,
      pending_transaction_id: pending?.transaction_id,
    })
    const twice = await bench.command({
      post: { item_id: item.itemId, transaction: named('Kiosk')?.transaction_id },
    })
    expect(twice.body).toMatchObject({ error: { code: 'ROW_NOT_PENDING' } })
    await run(bench, item, 'remove_transaction', { transaction: { name: 'Kiosk' } })
    const truth = bench.truth(item)
    await bench.restart()
    expect(bench.truth(item)).toEqual(truth)
    await reader.loop()
    expect(named('Kiosk')).toBeUndefined()
  })

  test('that somebody posts does not post again when the bank’s own time comes', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const reader = new Reader(bench, item)
    const pending = bench.truth(item).transactions.filter((row) => row.pending)
    expect(pending.length).toBeGreaterThan(0)
    for (const { transaction_id } of pending) {
      await run(bench, item, 'post', { transaction: transaction_id })
    }
    const ids = new Set(pending.map(idOfRow))
    const posted = bench
      .truth(item)
      .transactions.filter((row) => ids.has(row.pending_transaction_id ?? ''))
    expect(posted.length).toBe(pending.length)
    await reader.loop()
    const now = await bench.sync(item, 'now')
    await bench.advance('30d')
    const { modified, removed } = (await bench.sync(item, now.body.next_cursor)).body
    const touched = [...modified, ...removed].map(idOfRow)
    expect(posted.filter((row) => touched.includes(row.transaction_id))).toEqual([])
    await reader.loop()
    for (const row of posted) expect(reader.rows.get(row.transaction_id)).toEqual(row)
    expect(sorted(reader.rows.values())).toEqual(sorted(bench.truth(item).transactions))
  })
})

const idOfRow = (row: { transaction_id?: string }): string => row.transaction_id ?? ''

describe('/transactions/get', () => {
  const ask = (bench: Bench, item: LinkedItem, more: object = {}) =>
    bench.post<TransactionsGetResponse & { error_code?: string }>('/transactions/get', {
      access_token: item.accessToken,
      start_date: '2024-01-01',
      end_date: '2026-12-31',
      ...more,
    })

  for (const user of ['user_good', 'user_scale_5000']) {
    test(`pages through all rows, the newest first: ${user}`, async () => {
      await using bench = await startEmulator()
      const item = await bench.link(PLATYPUS, { override_username: user })
      await bench.mutate(item, { add: 30, modify: 40, remove: 500 })
      const truth = bench.truth(item)
      const rows: TransactionsGetResponse['transactions'] = []
      let total = 1
      for (let offset = 0; offset < total; offset += 500) {
        const { body } = await ask(bench, item, { options: { count: 500, offset } })
        rows.push(...body.transactions)
        total = body.total_transactions
        expect(body.accounts.length).toBe(truth.accounts.length)
        expect(body.item.item_id).toBe(item.itemId)
      }
      expect(sorted(rows)).toEqual(sorted(truth.transactions))
      const dates = rows.map(({ date }) => date)
      expect(dates).toEqual(dates.toSorted().toReversed())
    })

    test(`gives a window of dates and accounts: ${user}`, async () => {
      await using bench = await startEmulator()
      const item = await bench.link(PLATYPUS, { override_username: user })
      await bench.mutate(item, { add: 9, modify: 9, remove: 300 })
      const [account] = bench.truth(item).accounts
      const [start_date, end_date] = ['2025-11-03', '2026-01-20']
      const account_ids = [account!.account_id]
      const first = await ask(bench, item, { start_date, end_date, options: { account_ids } })
      const wanted = bench
        .truth(item)
        .transactions.filter(
          (row) =>
            row.date >= start_date &&
            row.date <= end_date &&
            row.account_id === account!.account_id,
        )
      expect(first.body.total_transactions).toBe(wanted.length)
      expect(first.body.transactions.length).toBe(Math.min(100, wanted.length))
      const seen: string[] = []
      for (let offset = 0; offset < wanted.length; offset += 7) {
        const options = { account_ids, count: 7, offset }
        const { body } = await ask(bench, item, { start_date, end_date, options })
        seen.push(...body.transactions.map(idOfRow))
      }
      expect(seen.toSorted()).toEqual(wanted.map(idOfRow).toSorted())
      const beyond = await ask(bench, item, { options: { offset: 1_000_000 } })
      expect(beyond.body.transactions).toEqual([])
    })
  }

  test('says when it is not ready, and what is wrong with its dates', async () => {
    await using bench = await startEmulator({ readiness: 'plaid' })
    const item = await bench.link()
    expect((await ask(bench, item)).body.error_code).toBe('PRODUCT_NOT_READY')
    await bench.advance('15s')
    const recent = (await ask(bench, item)).body.total_transactions
    await bench.advance('2m')
    expect((await ask(bench, item)).body.total_transactions).toBeGreaterThan(recent * 5)
    for (const wrong of [
      { start_date: '2026-02-30' },
      { end_date: '26-01-01' },
      { start_date: '2026-12-31', end_date: '2026-01-01' },
      { options: { count: 501 } },
      { options: { offset: -1 } },
    ]) {
      expect((await ask(bench, item, wrong)).body.error_code).toBe('INVALID_FIELD')
    }
    const options = { account_ids: [NO_ACCOUNT] }
    expect((await ask(bench, item, { options })).body.error_code).toBe('INVALID_ACCOUNT_ID')
  })
})
