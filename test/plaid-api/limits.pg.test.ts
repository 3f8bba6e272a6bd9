// A limit on every wait (L9): readers have connections of their own, a caller who left is cancelled
// at the database, and a role's own settings change nothing in a store's life.
import { request } from 'node:http'
import { expect, test } from 'vitest'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { one, sql } from '../../src/postgres/query.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { testDatabase } from '../support/database.ts'
import { serve } from '../support/http.ts'
import { ModelBank } from '../support/model-bank.ts'
import { link, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal

async function active(pool: Pool, name: string): Promise<number> {
  const row = await one<{ n: number }>(
    pool,
    sql`select count(*)::int as n from pg_stat_activity
        where application_name = ${name} and state = 'active'
          and datname = current_database()`,
  )
  return row.n
}

test('readers who wait take nothing from others, and one who leaves is cancelled', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank)
  const caller = await serve(api)
  const watcher = db.pool()
  const item = bank.item('a')
  await link(api, item)
  const blocker = await watcher.connect()
  await blocker.query('begin; lock table plaid.transaction in access exclusive mode')
  const calls = Array.from({ length: 25 }, () => {
    const headers = { authorization: `Bearer ${caller.key}` }
    const call = request({ port: caller.port, path: '/transactions?search=x', headers })
    call.on('error', () => {})
    call.end()
    return call
  })
  await expect.poll(() => active(watcher, 'plaid-api readers')).toBe(2)
  // Keys are looked up and pulls begin while all readers wait.
  expect((await caller.call('/schema')).status).toBe(200)
  const pulled = pullItem(api.context, item.itemId, 'incremental', never)
  for (const call of calls) call.destroy()
  await expect.poll(() => active(watcher, 'plaid-api readers')).toBe(0)
  await blocker.query('rollback')
  blocker.release()
  expect(await pulled).toBeDefined()
})

test('a role’s own settings change nothing in a store’s life', async () => {
  const hostile: Record<string, string> = {
    search_path: 'evil, pg_catalog',
    statement_timeout: `'250ms'`,
    lock_timeout: `'1ms'`,
    idle_in_transaction_session_timeout: `'100ms'`,
    idle_session_timeout: `'400ms'`,
    transaction_timeout: `'250ms'`,
    DateStyle: `'SQL, DMY'`,
    IntervalStyle: `'sql_standard'`,
    TimeZone: `'Asia/Kolkata'`,
    standard_conforming_strings: 'off',
    bytea_output: `'escape'`,
    extra_float_digits: '-15',
    default_transaction_isolation: `'serializable'`,
    row_security: 'off',
  }
  const life = async (settings: Record<string, string>) => {
    await using db = await testDatabase()
    await using bank = await ModelBank.start()
    const admin = db.pool()
    await admin.query('create schema evil')
    await admin.query(`create function evil.now() returns timestamptz return timestamptz 'epoch'`)
    for (const [name, value] of Object.entries(settings)) {
      await admin.query(`alter role postgres in database ${db.name} set ${name} = ${value}`)
    }
    await using api = await testPlaidApi(db, bank)
    const caller = await serve(api)
    const item = bank.item('a')
    const transaction = { account_id: item.accounts[0] ?? '', pending: false, name: 'é \\ "x"' }
    item.put({ ...transaction, transaction_id: 't1', amount: 0.1 + 0.2, date: '2026-02-01' })
    item.put({ ...transaction, transaction_id: 't2', amount: 1e15, date: '2026-12-31' })
    await link(api, item)
    await pullItem(api.context, item.itemId, 'incremental', never)
    item.remove('t2')
    await pullItem(api.context, item.itemId, 'full', never)
    const { body } = await caller.call<{ transactions: Record<string, unknown>[] }>(
      '/transactions/incremental',
    )
    const accounts = await caller.call<{ accounts: Record<string, unknown>[] }>('/accounts')
    return [...body.transactions, ...accounts.body.accounts].map((row) => ({
      ...row,
      created_at: stampOf(row['created_at']),
      updated_at: stampOf(row['updated_at']),
      _ab_cdc_deleted_at: row['_ab_cdc_deleted_at'] && stampOf(row['_ab_cdc_deleted_at']),
    }))
  }
  expect(await life(hostile)).toEqual(await life({}))
})

/** The form of a stamp, whenever it was. */
function stampOf(value: unknown): string {
  return String(value).replaceAll(/\d/g, '9')
}
