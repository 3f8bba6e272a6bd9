// Every pull leaves a row, a list of Items tells their counts without counting, and what changes is
// a stream.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { registerApiKey } from '../../src/plaid-api/auth.ts'
import { poll } from '../../src/plaid-api/ingest/poller.ts'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { finishPull, insertPull, prunePulls } from '../../src/plaid-api/store/pull.ts'
import { many, one, sql } from '../../src/postgres/query.ts'
import { systemClock } from '../../src/std/clock.ts'
import { randomToken } from '../../src/std/ids.ts'
import { Secret } from '../../src/std/secrets.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { followEvents, untilListening } from '../support/event-stream.ts'
import { type Caller, serve } from '../support/http.ts'
import { type BankItem, ModelBank } from '../support/model-bank.ts'
import { link, type TestApi, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal

interface World extends AsyncDisposable {
  db: TestDatabase
  bank: ModelBank
  api: TestApi
  caller: Caller
}

async function world(onStep?: (step: string) => Promise<void>): Promise<World> {
  const stack = new AsyncDisposableStack()
  const db = stack.use(await testDatabase())
  const bank = stack.use(await ModelBank.start())
  const api = stack.use(await testPlaidApi(db, bank, onStep ? { onStep } : {}))
  const caller = await serve(api)
  return { db, bank, api, caller, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function linked(w: World, name: string, rows: number): Promise<BankItem> {
  const item = w.bank.item(name)
  for (let n = 0; n < rows; n++) put(item, n)
  await link(w.api, item)
  return item
}

function put(item: BankItem, n: number, amount = n): void {
  const account_id = item.accounts[0] ?? ''
  const transaction_id = `${item.itemId}-${n}`
  item.put({ transaction_id, account_id, amount, name: `n${n}`, pending: false })
}

interface Pull {
  id: string
  item_id: string
  trigger: string
  mode: string
  status: string
  started_at: string
  finished_at: string | null
  added: number
  modified: number
  removed: number
  error_code: string | null
}

async function pulls(caller: Caller, query = ''): Promise<Pull[]> {
  const answer = await caller.call<{ pulls: Pull[] }>(`/pulls${query}`)
  expect(answer.status, answer.text).toBe(200)
  return answer.body.pulls
}

test('a pull tells who asked for it, how long it took, and what came', async () => {
  await using w = await world()
  const item = await linked(w, 'a', 3)
  const other = await linked(w, 'b', 1)
  await pullItem(w.api.context, item.itemId, 'incremental', never)
  put(item, 0, 99)
  put(item, 7)
  item.remove(`${item.itemId}-1`)
  const { body } = await w.caller.call('/sync', { method: 'POST', body: { item_id: item.itemId } })
  while ((await w.caller.call(`/sync/${String(body['id'])}`)).body['status'] === 'running') {
    await systemClock.sleep(20)
  }
  await w.caller.call(`/items/${item.itemId}/verify`, { method: 'POST' })
  const [verified, asked, polled, ...rest] = await pulls(w.caller, `?item_id=${item.itemId}`)
  expect(rest).toEqual([])
  const row = { item_id: item.itemId, status: 'succeeded', mode: 'incremental', error_code: null }
  expect(polled).toMatchObject({ ...row, trigger: 'poll', added: 3, modified: 0, removed: 0 })
  expect(asked).toMatchObject({ ...row, trigger: 'request', added: 1, modified: 1, removed: 1 })
  expect(verified).toMatchObject({ ...row, trigger: 'verify', added: 0 })
  expect(asked!.finished_at! >= asked!.started_at).toBe(true)
  await pullItem(w.api.context, other.itemId, 'full', never)
  const all = await pulls(w.caller)
  const ids = [other, item, item, item].map(({ itemId }) => itemId)
  expect(all.map((pull) => pull.item_id)).toEqual(ids)
  expect(all[0]?.mode).toBe('full')
})

test('a failure tells its code, and a process that dies leaves a row that the next pull ends', async () => {
  await using w = await world()
  const item = await linked(w, 'a', 2)
  item.errors.push({ status: 400, body: { error_code: 'ITEM_LOGIN_REQUIRED', request_id: 'r' } })
  await expect(pullItem(w.api.context, item.itemId, 'incremental', never)).rejects.toThrow()
  await insertPull(w.db.pool(), { item_id: item.itemId, trigger: 'poll', mode: 'incremental' })
  expect((await pulls(w.caller)).map((pull) => pull.status)).toEqual(['running', 'failed'])
  await pullItem(w.api.context, item.itemId, 'incremental', never)
  expect((await pulls(w.caller)).map((pull) => [pull.status, pull.error_code])).toEqual([
    ['succeeded', null],
    ['failed', 'PULL_INTERRUPTED'],
    ['failed', 'ITEM_LOGIN_REQUIRED'],
  ])
})

test('pulls are told in steps of time, of those that are asked for', async () => {
  await using w = await world()
  const pool = w.db.pool()
  const rows = [
    ['a', '2026-01-01T00:00:00Z', 'succeeded', 3],
    ['a', '2026-01-01T00:29:59Z', 'failed', 0],
    ['a', '2026-01-01T01:00:00Z', 'running', 0],
    ['a', '2025-12-31T23:59:59Z', 'succeeded', 9],
    ['b', '2026-01-01T00:45:00Z', 'succeeded', 1],
    ['c', '2026-01-01T00:00:00Z', 'succeeded', 1],
  ]
  for (const [item, at, status, added] of rows) {
    await pool.query(
      `insert into plaid.pull (item_id, trigger, mode, status, started_at, added, error_message)
       values ($1, 'poll', 'incremental', $2, $3, $4,
               case when $2 = 'failed' then 'the bank is down' end)`,
      [item, status, at, added],
    )
  }
  const query = 'item_id=a&item_id=b&since=2026-01-01T00:00:00Z&step_seconds=1800'
  const { body } = await w.caller.call(`/pulls/strips?${query}`)
  expect(body).toEqual({
    strips: [
      {
        item_id: 'a',
        cells: [
          { at: 0, pulls: 2, failed: 1, added: 3, error_message: 'the bank is down' },
          { at: 2, pulls: 1, running: 1 },
        ],
      },
      { item_id: 'b', cells: [{ at: 1, pulls: 1, added: 1 }] },
    ],
  })
})

test('a pull that is stopped says so', async () => {
  const stop = new AbortController()
  await using w = await world(async () => stop.abort())
  const item = await linked(w, 'a', 2)
  await expect(
    pullItem(w.api.context, item.itemId, 'incremental', stop.signal),
  ).rejects.toMatchObject({ name: 'AbortError' })
  expect(await pulls(w.caller)).toMatchObject([
    { status: 'failed', error_code: 'PULL_INTERRUPTED' },
  ])
})

test('pages follow one another, and a foreign cursor is refused', async () => {
  await using w = await world()
  const pool = w.db.pool()
  for (const item of ['a', 'b']) {
    for (let n = 0; n < 5; n++) {
      const id = await insertPull(pool, { item_id: item, trigger: 'poll', mode: 'incremental' })
      await finishPull(pool, id, { added: n, modified: 0, removed: 0, error: undefined })
    }
  }
  const seen: Pull[] = []
  for (let cursor = ''; ;) {
    const path = `/pulls?item_id=a&limit=2${cursor}`
    type Page = { pulls: Pull[]; has_more: boolean; next_cursor: string | null }
    const { body } = await w.caller.call<Page>(path)
    seen.push(...body.pulls)
    expect(body.has_more).toBe(body.next_cursor !== null)
    if (body.next_cursor === null) break
    cursor = `&cursor=${body.next_cursor}`
  }
  expect(seen.map((pull) => pull.added)).toEqual([4, 3, 2, 1, 0])
  const foreign = await w.caller.call('/pulls?cursor=eyJhIjoxfQ')
  expect([foreign.status, foreign.body['error']]).toMatchObject([400, { field: 'cursor' }])
})

test('L9: of each Item a hundred are kept, and none older than the age', async () => {
  await using w = await world()
  const pool = w.db.pool()
  await many(
    pool,
    sql`insert into plaid.pull (item_id, trigger, mode, status, started_at)
        select 'a', 'poll', 'incremental', 'succeeded', now() - make_interval(days => 300 - n)
        from generate_series(1, 300) n order by n`,
  )
  await insertPull(pool, { item_id: 'a', trigger: 'poll', mode: 'incremental' })
  const count = () =>
    one<{ n: number }>(pool, sql`select count(*)::int as n from plaid.pull`).then(({ n }) => n)
  expect(await count()).toBe(100)
  expect(await prunePulls(pool, 90, 4)).toBe(4)
  while ((await prunePulls(pool, 90, 4)) > 0);
  expect(await count()).toBe(91)
})

test('an Item tells how many accounts and living transactions it has', async () => {
  await using w = await world()
  const item = await linked(w, 'a', 5)
  const counts = async () =>
    (await w.caller.call<{ counts: object }>(`/items/${item.itemId}`)).body.counts
  expect(await counts()).toEqual({ accounts: 0, transactions: 0 })
  await pullItem(w.api.context, item.itemId, 'incremental', never)
  expect(await counts()).toEqual({ accounts: item.accounts.length, transactions: 5 })
  item.remove(`${item.itemId}-1`)
  put(item, 2, 77)
  await pullItem(w.api.context, item.itemId, 'incremental', never)
  expect(await counts()).toEqual({ accounts: item.accounts.length, transactions: 4 })
  const { body } = await w.caller.call<{ items: { counts: object }[] }>('/items')
  expect(body.items.map((one) => one.counts)).toEqual([await counts()])
  await w.caller.call(`/items/${item.itemId}/erase`, { method: 'POST' })
  expect(await counts()).toEqual({ accounts: 0, transactions: 0 })
})

test('what changes of an Item and its pulls is told, to those with a key', async () => {
  const stop = new AbortController()
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  const api = await testPlaidApi(db, bank)
  const listening = once(api.app.server, 'listening')
  const running = api.service.run(stop.signal)
  await using _service = {
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await running
    },
  }
  await listening
  const { port } = api.app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/events`
  expect((await fetch(url)).status).toBe(401)
  const key = randomToken('tartan_')
  await registerApiKey(db.pool(), 'test', new Secret(key))
  const authorization = `Bearer ${key}`
  await untilListening(db.pool(), 'plaid_event')
  await using follow = await followEvents(url, { authorization })
  await follow.next('open')
  const item = bank.item('a')
  for (let n = 0; n < 2; n++) put(item, n)
  await link(api, item)
  const { itemId: item_id } = item
  expect((await follow.next('item')).data).toMatchObject({ item_id, status: 'linked' })
  const pull = { item_id, trigger: 'poll', mode: 'incremental' }
  expect((await follow.next('pull', 'item')).data).toMatchObject({ ...pull, status: 'running' })
  const ended = await follow.next('pull', 'item')
  const next = await follow.next('pull', 'item')
  const told = [ended, next].sort((a, b) => (a.type < b.type ? -1 : 1))
  expect(told[0]!.data).toMatchObject({ item_id, status: 'healthy' })
  expect(told[1]!.data).toMatchObject({ ...pull, status: 'succeeded', added: 2 })
})

test('banks that hang leave places for the others, and for those that are new', async () => {
  await using w = await world()
  const pool = w.db.pool()
  const hung = new Set<string>()
  w.bank.onCall = async (_, body) => {
    const { access_token: token = '' } = body as { access_token?: string }
    if (!token.includes('hangs')) return
    hung.add(token)
    await Promise.withResolvers().promise
  }
  const pulled = async () => {
    const text = 'select item_id from plaid.item where pulled_at is not null order by 1'
    return (await pool.query<{ item_id: string }>(text)).rows.map((row) => row.item_id)
  }
  for (let n = 0; n < 10; n++) await linked(w, `hangs-${n}`, 1)
  await pool.query(`update plaid.item set failures = 1, next_pull_at = now() - interval '1 hour'`)
  const stop = new AbortController()
  const polling = poll(w.api.context, w.api.context.log, stop.signal)
  await expect.poll(() => hung.size).toBeGreaterThanOrEqual(4)
  await linked(w, 'well', 1)
  await expect.poll(pulled).toEqual(['item-well'])
  await linked(w, 'new', 1)
  await expect.poll(pulled).toEqual(['item-new', 'item-well'])
  expect(hung.size).toBe(4)
  stop.abort()
  await polling
})
