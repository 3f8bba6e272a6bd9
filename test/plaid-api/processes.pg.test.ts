// Any number of processes on one store: they share Plaid's limits of a client, and a long history
// keeps nobody from a place.
import { expect, test } from 'vitest'
import { noCounts, pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { takeCall } from '../../src/plaid-api/store/call-limit.ts'
import { many, one, sql } from '../../src/postgres/query.ts'
import { testDatabase } from '../support/database.ts'
import { ModelBank } from '../support/model-bank.ts'
import { link, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal

test('calls of all processes together keep to the limit of a minute', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank)
  const pools = [api.context.pool, db.pool(), db.pool()]
  const from = Date.parse(
    (await one<{ now: string }>(pools[0]!, sql`select now()::text as now`)).now,
  )
  const calls = Array.from({ length: 200 }, async (_, i) => {
    const wait = await takeCall(pools[i % 3]!, '/transactions/sync', 100)
    const { now } = await one<{ now: string }>(
      pools[0]!,
      sql`select clock_timestamp()::text as now`,
    )
    return Date.parse(now) - from + wait
  })
  const at = (await Promise.all(calls)).sort((a, b) => a - b)
  // The 101st is made a minute after the first at the earliest, and so each of the following.
  const minutes = at.slice(100).map((ms, i) => ms - (at[i] ?? 0))
  expect(Math.min(...minutes)).toBeGreaterThanOrEqual(60_000)
  expect(await takeCall(pools[1]!, '/accounts/get', 100)).toBe(0)
})

test('a pull asks the store for its place among the calls, where Plaid has limits', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank, { environment: 'production' })
  const item = bank.item('a')
  await link(api, item)
  await pullItem(api.context, item.itemId, 'incremental', never)
  const calls = sql`select path from plaid.call_limit order by 1`
  const paths = (await many<{ path: string }>(api.context.pool, calls)).map(({ path }) => path)
  expect(paths).toEqual(['/accounts/get', '/institutions/get_by_id', '/transactions/sync'])
})

test('a long history is left after its time, behind those that are due, and gone on with', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank)
  await using other = await testPlaidApi(db, bank)
  const item = bank.item('long')
  for (let n = 0; n < 1_200; n++) {
    item.put({
      transaction_id: `t${n}`,
      account_id: item.accounts[0] ?? '',
      amount: n,
      name: 'Shop',
      pending: false,
      date: '2026-01-01',
    })
  }
  await link(api, item)
  const rows = async () => {
    const text = sql`select count(*)::int as n from plaid.transaction`
    return (await one<{ n: number }>(api.context.pool, text)).n
  }
  const due = () =>
    one<{ due: boolean; pulled: boolean }>(
      api.context.pool,
      sql`select next_pull_at <= now() and next_pull_at > created_at as due,
                 pulled_at is not null as pulled
          from plaid.item`,
    )
  let slices = 0
  for (const process of [api, other, api, other, api]) {
    await pullItem(process.context, item.itemId, 'incremental', never, noCounts(), 'poll', 0)
    if ((await due()).pulled) break
    expect(await due()).toEqual({ due: true, pulled: false })
    expect(await rows()).toBe(0)
    slices++
  }
  expect(slices).toBeGreaterThan(0)
  expect(await rows()).toBe(1_200)
})
