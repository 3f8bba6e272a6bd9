// Pulling on request over real HTTP: runs that are joined, Items that fail alone (L7), a fence that
// holds (L6), and a verdict on whether the store is the bank.
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { exec, many, one, sql } from '../../src/postgres/query.ts'
import { systemClock } from '../../src/std/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { dump } from '../support/dump.ts'
import { type Caller, serve } from '../support/http.ts'
import { type BankItem, ModelBank } from '../support/model-bank.ts'
import { link, type TestApi, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal

interface Run {
  id: string
  status: string
  totals: { items: number; failed: number; added: number; modified: number; removed: number }
  items: { item_id: string; status: string; error_code: string; error_message: string }[]
}

interface World extends AsyncDisposable {
  db: TestDatabase
  bank: ModelBank
  api: TestApi
  caller: Caller
}

async function world(): Promise<World> {
  const stack = new AsyncDisposableStack()
  const db = stack.use(await testDatabase())
  const bank = stack.use(await ModelBank.start())
  const api = stack.use(await testPlaidApi(db, bank))
  const caller = await serve(api)
  return { db, bank, api, caller, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

function put(item: BankItem, n: number, amount = n): void {
  const account_id = item.accounts[0] ?? ''
  const transaction_id = `${item.itemId}-${n}`
  item.put({ transaction_id, account_id, amount, name: `n${n}`, pending: false })
}

async function linked(w: World, name: string, rows: number): Promise<BankItem> {
  const item = w.bank.item(name)
  for (let n = 0; n < rows; n++) put(item, n)
  await link(w.api, item)
  return item
}

async function start(caller: Caller, path = '/sync', body?: object): Promise<string> {
  const answer = await caller.call(path, { method: 'POST', ...(body ? { body } : {}) })
  expect(answer.status, answer.text).toBe(202)
  return String(answer.body['id'])
}

async function ended(caller: Caller, id: string): Promise<Run> {
  for (;;) {
    const { status, body } = await caller.call<Run>(`/sync/${id}`)
    expect(status).toBe(200)
    if (body.status !== 'running') return body
    await systemClock.sleep(20)
  }
}

describe('a sync', () => {
  test('pulls every Item, and says how each went', async () => {
    await using w = await world()
    const a = await linked(w, 'a', 3)
    await linked(w, 'b', 4)
    expect(await ended(w.caller, await start(w.caller))).toMatchObject({
      status: 'succeeded',
      totals: { items: 2, failed: 0, added: 7, modified: 0, removed: 0 },
    })
    a.remove('item-a-0')
    put(a, 1, 100)
    const one = await ended(w.caller, await start(w.caller, '/sync', { item_id: 'item-a' }))
    expect(one).toMatchObject({ totals: { items: 1, added: 0, modified: 1, removed: 1 } })
    const full = await ended(w.caller, await start(w.caller, '/sync/full'))
    expect(full).toMatchObject({
      status: 'succeeded',
      totals: { items: 2, added: 0, modified: 0, removed: 0 },
    })
  })

  test('that is asked for while the same is on begins after it, once for all who ask', async () => {
    await using w = await world()
    await using second = await testPlaidApi(w.db, w.bank)
    const other = await serve(second)
    await linked(w, 'a', 3)
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    w.bank.onCall = () => held
    const asking = Array.from({ length: 10 }, (_, i) => start(i % 2 ? w.caller : other))
    const ids = [...new Set(await Promise.all(asking))]
    expect(ids).toHaveLength(2)
    for (const id of ids) {
      expect((await other.call(`/sync/${id}`)).body).toMatchObject({ status: 'running', items: [] })
    }
    const full = await start(w.caller, '/sync/full')
    const ofOne = await start(w.caller, '/sync', { item_id: 'item-a' })
    expect(new Set([...ids, full, ofOne]).size).toBe(4)
    release()
    for (const run of [...ids, full, ofOne]) {
      const { totals, status } = await ended(w.caller, run)
      expect({ status, items: totals.items }).toEqual({ status: 'succeeded', items: 1 })
    }
    expect(ids).not.toContain(await start(w.caller))
    await w.api.context.runs.settled()
  })

  test('that succeeded has what the banks had when it was asked for', async () => {
    await using w = await world()
    const quick = await linked(w, 'quick', 3)
    await linked(w, 'slow', 1)
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    w.bank.onCall = async (_, body) => {
      if (JSON.stringify(body).includes('slow')) await held
    }
    const first = await start(w.caller)
    const of = (run: string) => w.caller.call<Run>(`/sync/${run}`)
    await expect.poll(async () => (await of(first)).body.items.length).toBe(1)
    put(quick, 99)
    const second = await start(w.caller)
    release()
    expect(await ended(w.caller, second)).toMatchObject({
      status: 'succeeded',
      totals: { added: 1 },
    })
    expect((await of(first)).body).toMatchObject({ status: 'succeeded', totals: { added: 4 } })
  })

  test('of an Item that has ended is refused', async () => {
    await using w = await world()
    await linked(w, 'a', 1)
    await w.caller.call('/items/item-a', { method: 'DELETE' })
    for (const path of ['/sync', '/sync/full']) {
      const { status, body } = await w.caller.call(path, {
        method: 'POST',
        body: { item_id: 'item-a' },
      })
      expect({ status, body }).toMatchObject({
        status: 409,
        body: { error: { code: 'ITEM_REMOVED' } },
      })
    }
  })

  test('of an Item each, asked for two hundred times at once, is a queue', async () => {
    await using w = await world()
    const names = Array.from({ length: 200 }, (_, n) => `i${n}`)
    for (const name of names) await linked(w, name, 1)
    let calling = 0
    let most = 0
    w.bank.onCall = async () => {
      most = Math.max(most, ++calling)
      await setImmediate()
      calling--
    }
    const runs = await Promise.all(
      names.map((name) => start(w.caller, '/sync', { item_id: `item-${name}` })),
    )
    expect(new Set(runs).size).toBe(200)
    for (const run of runs) {
      expect(await ended(w.caller, run)).toMatchObject({ totals: { failed: 0, added: 1 } })
    }
    expect(most).toBeLessThanOrEqual(8)
  }, 120_000) // bounds a hang, not a slow machine

  test('of an Item that the bank is still preparing is tried again soon', async () => {
    await using w = await world()
    const item = await linked(w, 'a', 3)
    item.ready = false
    const nextInS = async () => {
      await ended(w.caller, await start(w.caller))
      const { s } = await one<{ s: number }>(
        w.api.context.pool,
        sql`select extract(epoch from next_pull_at - now())::int as s from plaid.item`,
      )
      return s
    }
    expect(await nextInS()).toBeLessThan(60)
    item.ready = true
    expect(await nextInS()).toBeGreaterThan(600)
  })

  test('of a process that died is failed, and stands in nobody’s way', async () => {
    await using w = await world()
    const dead = '00000000-0000-4000-8000-000000000001'
    await exec(
      w.api.context.pool,
      sql`insert into plaid.sync_run (id, mode, heartbeat_at)
          values (${dead}, 'incremental', now() - interval '1 hour')`,
    )
    expect(await ended(w.caller, dead)).toMatchObject({ status: 'failed' })
    const id = await start(w.caller)
    expect(id).not.toBe(dead)
    expect(await ended(w.caller, id)).toMatchObject({ status: 'succeeded' })
  })
})

test('what was given before the database’s clock stepped back refuses nobody', async () => {
  await using w = await world()
  const item = await linked(w, 'a', 3)
  const { pool } = w.api.context
  // An hour back: of what died then, the lease and the heartbeat lie an hour ahead.
  await exec(pool, sql`update plaid.item set lease_until = now() + interval '1 hour'`)
  const dead = '00000000-0000-4000-8000-000000000002'
  await exec(
    pool,
    sql`insert into plaid.sync_run (id, mode, heartbeat_at)
        values (${dead}, 'incremental', now() + interval '1 hour')`,
  )
  expect(await pullItem(w.api.context, item.itemId, 'incremental', never)).toMatchObject({
    added: 3,
  })
  const id = await start(w.caller)
  expect(id).not.toBe(dead)
  expect(await ended(w.caller, id)).toMatchObject({ status: 'succeeded' })
})

test('L9: an answer of the bank that does not end is not kept in memory', async () => {
  await using w = await world()
  const item = await linked(w, 'a', 5)
  item.errors.push({ status: 200, body: { added: ['x'.repeat(33 * 1024 * 1024)] } })
  const pull = () => pullItem(w.api.context, item.itemId, 'incremental', never)
  await expect(pull()).rejects.toMatchObject({ code: 'PLAID_ANSWER_TOO_LARGE' })
  expect(await pull()).toMatchObject({ added: 5 })
})

describe('L7', () => {
  test('a broken Item stops no other, and says what to do', async () => {
    await using w = await world()
    const broken: [string, string, string, RegExp][] = [
      ['login', 'ITEM_LOGIN_REQUIRED', 'needs_user', /log in at the bank/],
      ['gone', 'INVALID_ACCESS_TOKEN', 'gone', /links the bank anew/],
      ['down', 'INSTITUTION_DOWN', 'error', /bank is down/],
      ['keys', 'INVALID_API_KEYS', 'error', /bank is down/],
    ]
    for (const [name, error_code] of broken) {
      const item = await linked(w, name, 5)
      const body = { error_code, error_message: 'the bank is down', error_type: 'ITEM_ERROR' }
      item.errors.push({ status: 400, body })
    }
    for (const name of ['a', 'b', 'z']) await linked(w, name, 5)
    const run = await ended(w.caller, await start(w.caller))
    expect(run).toMatchObject({ status: 'failed', totals: { items: 7, failed: 4, added: 15 } })
    const { body } = await w.caller.call<{ items: Record<string, string>[] }>('/items')
    for (const [name, code, status, sentence] of broken) {
      const told = run.items.find((item) => item.item_id === `item-${name}`)
      expect(told).toMatchObject({ status: 'failed', error_code: code })
      const item = body.items.find((one) => one['item_id'] === `item-${name}`)
      expect(item).toMatchObject({ status, error_code: code })
      expect(`${item?.['error_message']} ${item?.['advice']}`).toMatch(sentence)
    }
    const { body: rows } = await w.caller.call('/transactions')
    expect(rows['total_count']).toBe(15)
    const mended = await ended(w.caller, await start(w.caller))
    expect(mended).toMatchObject({ status: 'succeeded', totals: { added: 20 } })
    const states = await w.caller.call<{ items: object[] }>('/items')
    expect(states.body.items).toEqual(
      states.body.items.map((item) => ({ ...item, status: 'healthy', error_message: null })),
    )
  })
})

describe('L6', () => {
  test.each(['page', 'accounts', 'publish'])(
    'a pull that sleeps before “%s” while another takes its turn commits nothing',
    async (where) => {
      await using db = await testDatabase()
      await using bank = await ModelBank.start()
      let release = () => {}
      let reached = () => {}
      const woken = new Promise<void>((resolve) => (release = resolve))
      const asleep = new Promise<void>((resolve) => (reached = resolve))
      await using sleeper = await testPlaidApi(db, bank, {
        onStep: async (step) => {
          if (step !== where) return
          reached()
          await woken
        },
      })
      await using other = await testPlaidApi(db, bank)
      const item = bank.item('a')
      for (let n = 0; n < 5; n++) put(item, n)
      await link(sleeper, item)
      const sleeping = pullItem(sleeper.context, item.itemId, 'incremental', never)
      sleeping.catch(() => {})
      await asleep
      const { pool } = other.context
      expect(await pullItem(other.context, item.itemId, 'incremental', never)).toBeUndefined()
      await exec(pool, sql`update plaid.item set lease_until = '-infinity'`)
      put(item, 0, 100)
      item.remove('item-a-1')
      item.accounts.push('new')
      const counts = await pullItem(other.context, item.itemId, 'incremental', never)
      expect(counts).toBeDefined()
      const before = await dump(pool)
      release()
      await expect(sleeping).rejects.toMatchObject({ code: 'LEASE_LOST', kind: 'transient' })
      expect(await dump(pool)).toBe(before)
      const rows = await many<{ amount: string }>(
        pool,
        sql`select amount from plaid.transaction where deleted_at is null order by amount`,
      )
      expect(rows.map((row) => row.amount)).toEqual(['2', '3', '4', '100'])
      await sleeper.context.runs.settled()
    },
  )
})

describe('verify', () => {
  const verify = (w: World) => w.caller.call('/items/item-a/verify', { method: 'POST' })

  test('finds the store equal, with what the bank has just got', async () => {
    await using w = await world()
    const item = await linked(w, 'a', 4)
    await pullItem(w.api.context, item.itemId, 'incremental', never)
    put(item, 9, 0.5)
    const { status, body } = await verify(w)
    expect(status).toBe(200)
    const side = { count: 5, sum: '6.5', checksum: expect.any(String) }
    expect(body).toMatchObject({
      item_id: 'item-a',
      status: 'equal',
      total: 0,
      accounts: [{ account_id: 'account-a', bank: side, store: side }],
    })
    const left = await one<{ n: number }>(
      w.api.context.pool,
      sql`select (select count(*) from plaid.staged)::int
                 + (select count(*) from plaid.loop)::int as n`,
    )
    expect(left.n).toBe(0)
  })

  test('names what is missing, extra and changed', async () => {
    await using w = await world()
    const item = await linked(w, 'a', 5)
    await pullItem(w.api.context, item.itemId, 'incremental', never)
    const { pool } = w.api.context
    await exec(pool, sql`delete from plaid.transaction where transaction_id = 'item-a-1'`)
    await exec(
      pool,
      sql`update plaid.transaction set body = replace(body, '"n2"', '"n2!"')
          where transaction_id = 'item-a-2'`,
    )
    await exec(
      pool,
      sql`update plaid.transaction set transaction_id = 'stranger'
          where transaction_id = 'item-a-3'`,
    )
    const { body } = await verify(w)
    expect(body).toMatchObject({
      status: 'different',
      total: 4,
      missing: ['item-a-1', 'item-a-3'],
      extra: ['stranger'],
      changed: ['item-a-2'],
      accounts: [{ bank: { count: 5 }, store: { count: 4 } }],
    })
  })

  test('says why an Item is unreadable', async () => {
    await using w = await world()
    const item = await linked(w, 'a', 5)
    item.errors.push({ status: 400, body: { error_code: 'ITEM_LOGIN_REQUIRED' } })
    const locked = await verify(w)
    expect(locked.status).toBe(200)
    expect(locked.body).toMatchObject({
      status: 'unreadable',
      accounts: [],
      error: { code: 'ITEM_LOGIN_REQUIRED' },
    })
    item.ready = false
    const early = await verify(w)
    expect(early.body).toMatchObject({ status: 'unreadable', error: { code: 'NOT_READY' } })
    item.ready = true
    expect((await verify(w)).body).toMatchObject({ status: 'equal' })
  })
})
