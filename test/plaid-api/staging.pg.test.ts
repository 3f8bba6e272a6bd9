// The staging is taken away at once only where it is large and nobody's any more (L1).
import { expect, test } from 'vitest'
import { insertLoop, truncateStaged } from '../../src/plaid-api/store/loop.ts'
import { exec, one, sql } from '../../src/postgres/query.ts'
import { testDatabase } from '../support/database.ts'
import { ModelBank } from '../support/model-bank.ts'
import { testPlaidApi } from '../support/plaid-api.ts'

const loop = { purpose: 'pull', mode: 'full', base: '', cursor: '', restarts: 0 } as const

test('a staging is emptied at once where it is large, no loop’s, and in nobody’s hands', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank)
  const { pool } = api.context
  const staged = () => one(pool, sql`select count(*)::int as n from plaid.staged`)
  const stage = sql`
    insert into plaid.staged (item_id, purpose, transaction_id, account_id, removed, body)
    select 'i', 'pull', n::text, 'a', false, repeat('x', 100) from generate_series(1, 1000) n`
  await exec(pool, stage)

  await insertLoop(pool, 'another', loop)
  expect(await truncateStaged(pool, 0)).toBe(false)
  await exec(pool, sql`delete from plaid.loop`)

  for (const busy of ['select from plaid.staged', 'delete from plaid.staged where false']) {
    const other = await db.pool().connect()
    await other.query(`begin; ${busy}`)
    expect(await truncateStaged(pool, 0)).toBe(false)
    await other.query('rollback')
    other.release()
  }

  expect(await truncateStaged(pool, 64 * 1024 * 1024)).toBe(false)
  expect(await staged()).toEqual({ n: 1_000 })
  expect(await truncateStaged(pool, 1)).toBe(true)
  expect(await staged()).toEqual({ n: 0 })
})

test('who begins a loop while it is emptied loses nothing', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank)
  const { pool } = api.context
  const emptying = await db.pool().connect()
  await emptying.query('begin')
  expect(await truncateStaged(emptying, 0)).toBe(true)
  await insertLoop(pool, 'i', loop)
  const staged = exec(
    pool,
    sql`insert into plaid.staged (item_id, purpose, transaction_id, account_id, removed, body)
        values ('i', 'pull', 't', 'a', false, 'x')`,
  )
  await expect
    .poll(() =>
      one(
        pool,
        sql`select count(*)::int as n from pg_locks l join pg_database d on d.oid = l.database
                 where not l.granted and d.datname = current_database()`,
      ),
    )
    .toEqual({ n: 1 })
  await emptying.query('commit')
  emptying.release()
  expect(await staged).toBe(1)
  expect(await one(pool, sql`select transaction_id as id from plaid.staged`)).toEqual({ id: 't' })
})
