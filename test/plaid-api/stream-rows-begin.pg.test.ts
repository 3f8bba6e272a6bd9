// A store that was there before its streams: what it has is in their feeds from the beginning.
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { migrateStore } from '../../src/plaid-api/store/schema.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { many, sql } from '../../src/postgres/query.ts'
import { testDatabase } from '../support/database.ts'

const migrations = resolve(import.meta.dirname, '../../src/plaid-api/migrations')

test('accounts, their balances and Items of before get their stamps, and keep when they came', async () => {
  await using db = await testDatabase()
  const pool = db.pool()
  const before = await mkdtemp(join(tmpdir(), 'before-'))
  const files = (await readdir(migrations)).toSorted((a, b) => (a < b ? -1 : 1))
  const here = files.findIndex((name) => name.endsWith('-stream-row.sql'))
  for (const name of files.slice(0, here)) await cp(join(migrations, name), join(before, name))
  await migrate(pool, { name: 'plaid', folder: before })
  await rm(before, { recursive: true })
  await pool.query(`insert into plaid.item (item_id, client_user_id, access_token, status)
    values ('i1', 'o', 'sealed', 'healthy'), ('i2', 'o', '', 'erased')`)
  await pool.query(`insert into plaid.account (account_id, item_id, body, created_at)
    select 'a' || lpad(n::text, 5, '0'), 'i1',
      '"account_id":"a' || lpad(n::text, 5, '0') || '","item_id":"i1","current_balance":'
      || case when n % 2 = 0 then '12.50' else 'null' end || '}', '2020-01-01T00:00:00Z'
    from generate_series(1, 5100) n`)
  await migrateStore(pool)
  const found = await many<object>(
    pool,
    sql`select stream, count(*)::int as rows, count(distinct updated_at)::int as stamps,
               bool_and(created_at < '2021-01-01') as old
        from plaid.stream_row group by stream order by stream`,
  )
  expect(found).toEqual([
    { stream: 'accounts', rows: 5100, stamps: 5100, old: true },
    { stream: 'balances', rows: 2550, stamps: 2550, old: false },
    { stream: 'items', rows: 1, stamps: 1, old: false },
  ])
  const [head] = await many<{ all: boolean }>(
    pool,
    sql`select max(updated_at) <= (select at from plaid.feed_clock) as all from plaid.stream_row`,
  )
  expect(head).toEqual({ all: true })
})
