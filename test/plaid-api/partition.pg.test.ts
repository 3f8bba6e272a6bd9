// The store's transactions put into partitions while banks are pulled and readers read: no row is
// missing or twice, and what was broken off goes on.
import { expect, test } from 'vitest'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { partitionTransactions, type Progress } from '../../src/plaid-api/partition.ts'
import { pruneTombstones } from '../../src/plaid-api/store/feed.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { many, one, sql } from '../../src/postgres/query.ts'
import { listTables, sumOf } from '../../src/server/store/backup.ts'
import { testDatabase } from '../support/database.ts'
import { type Caller, serve } from '../support/http.ts'
import { ModelBank } from '../support/model-bank.ts'
import { link, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal

test('goes on under writes, from one table to partitions and back', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank)
  const caller = await serve(api)
  const pool = db.pool()
  const item = bank.item('busy')
  const put = (n: number, amount: number) =>
    item.put({
      transaction_id: `t${n}`,
      account_id: item.accounts[0] ?? '',
      amount,
      name: `Shop ${n % 7}`,
      pending: false,
      date: `2026-01-${String(1 + (n % 28)).padStart(2, '0')}`,
    })
  for (let n = 0; n < 400; n++) put(n, n)
  await link(api, item)
  const pull = () => pullItem(api.context, item.itemId, 'incremental', never)
  await pull()
  await expect(partitionTransactions(pool, 4, brokenOff('indexing'))).rejects.toThrow('broken off')
  let changes = 0
  /** Between any two steps the bank changes and is pulled. */
  const writing = async () => {
    put(changes % 400, -changes)
    put(1_000 + changes, changes)
    item.remove(`t${200 + changes}`)
    changes++
    await pull()
  }
  for (const parts of [4, 3, 1]) {
    await writing()
    const stop = new AbortController()
    const busy = (async () => {
      while (!stop.signal.aborted) await writing()
    })()
    try {
      expect(await partitionTransactions(pool, parts, () => {})).toBe(true)
    } finally {
      stop.abort()
      await busy
    }
    expect(await partitionTransactions(pool, parts, () => {})).toBe(false)
    expect(await partsThere(pool)).toBe(parts === 1 ? 0 : parts)
    await writing()
    const living = [...item.living.values()].map((one) => one.transaction_id)
    expect(await idsOf(caller, 'limit=37')).toEqual(living.sort())
    expect(await idsOf(caller, 'limit=5&search=shop%203')).toEqual(
      living.filter((id) => (item.living.get(id)?.name ?? '') === 'Shop 3'),
    )
    expect(await feedOf(caller)).toEqual(living)
    const stats = await caller.call<{ transactions: number; tombstones: number }>('/stats')
    expect(stats.body).toMatchObject({ transactions: living.length, tombstones: changes })
    await backsUp(pool, living.length + changes)
  }
  expect(await indexesOf(pool)).toEqual(await freshIndexes())
}, 120_000)

function brokenOff(step: Progress['step']) {
  return (progress: Progress) => {
    if (progress.step === step) throw new Error('broken off')
  }
}

test('what was pruned meanwhile does not come back; where rows differ, all stays', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank)
  const pool = db.pool()
  await pool.query(`
    insert into plaid.transaction
      (transaction_id, item_id, account_id, updated_at, created_at, deleted_at, body)
    select n::text, 'item', 'account', t, t, case when n <= 10 then t end, '"a":1}'
    from generate_series(1, 30) n,
      lateral (select now() - interval '500 days' + n * interval '1 microsecond' as t) at`)
  const wrong = partitionTransactions(pool, 2, () => {})
  await expect(wrong).rejects.toMatchObject({ code: 'PARTITION_DIFFERS' })
  expect(await partsThere(pool)).toBe(0)
  await pool.query('update plaid.feed_clock set at = now(), living = 20, tombstones = 10')
  let pruned = 0
  await partitionTransactions(pool, 2, ({ step }) => {
    if (step === 'exchanging' && pruned++ === 0) void pruneTombstones(pool, 400)
  })
  await expect
    .poll(() =>
      api.context.pool.query('select from plaid.transaction').then(({ rowCount }) => rowCount),
    )
    .toBe(20)
})

function partsThere(pool: Pool): Promise<number> {
  return one<{ n: number }>(
    pool,
    sql`select count(*)::int as n from pg_inherits
        where inhparent = 'plaid.transaction'::regclass`,
  ).then(({ n }) => n)
}

async function idsOf(caller: Caller, query: string): Promise<string[]> {
  const ids: string[] = []
  for (let cursor = ''; ;) {
    const { body, status, text } = await caller.call<{
      transactions: { transaction_id: string }[]
      next_cursor: string | null
    }>(`/transactions?${query}${cursor}`)
    expect(status, text).toBe(200)
    ids.push(...body.transactions.map((row) => row.transaction_id))
    if (body.next_cursor === null) return ids.sort()
    cursor = `&cursor=${body.next_cursor}`
  }
}

async function feedOf(caller: Caller): Promise<string[]> {
  const { body } = await caller.call<{ transactions: { transaction_id: string }[] }>(
    '/transactions/incremental?include_deleted=false&limit=5000',
  )
  return body.transactions.map((row) => row.transaction_id).sort()
}

/** A backup has the rows once, whichever tables they lie in. */
async function backsUp(pool: Pool, rows: number): Promise<void> {
  const tables = await listTables(pool)
  const ours = tables.filter(({ name }) => name.includes('"transaction'))
  expect(ours.map(({ name }) => name)).toEqual(['"plaid"."transaction"'])
  expect((await sumOf(pool, ours[0]!)).rows).toBe(String(rows))
}

function indexesOf(pool: Pool) {
  return many(
    pool,
    sql`select indexname as name, indexdef as is from pg_indexes
        where schemaname = 'plaid' and tablename = 'transaction' order by 1`,
  )
}

/** Of a store that was never partitioned. */
async function freshIndexes() {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using _ = await testPlaidApi(db, bank)
  return await indexesOf(db.pool())
}
