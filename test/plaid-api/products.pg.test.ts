// L7 within an Item: its accounts and its transactions come each for itself, a bank that lies or
// never ends costs its own Item only, and what does not fit is told.
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { exec, many, one, sql } from '../../src/postgres/query.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { type Caller, serve } from '../support/http.ts'
import { type BankAnswer, type BankItem, ModelBank } from '../support/model-bank.ts'
import { link, type TestApi, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal

interface World extends AsyncDisposable {
  db: TestDatabase
  bank: ModelBank
  api: TestApi
}

async function world(more: Parameters<typeof testPlaidApi>[2] = {}): Promise<World> {
  const stack = new AsyncDisposableStack()
  const db = stack.use(await testDatabase())
  const bank = stack.use(await ModelBank.start())
  const api = stack.use(await testPlaidApi(db, bank, more))
  return { db, bank, api, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

function put(item: BankItem, n: number, more: object = {}): void {
  const account_id = item.accounts[0] ?? ''
  const row = { account_id, amount: n, name: `n${n}`, pending: false, ...more }
  item.put({ transaction_id: `${item.itemId}-${n}`, ...row })
}

async function linked(w: World, name: string, rows: number): Promise<BankItem> {
  const item = w.bank.item(name)
  for (let n = 0; n < rows; n++) put(item, n)
  await link(w.api, item)
  return item
}

const refusal = (error_code: string, status = 400): BankAnswer => ({
  status,
  body: { error_code, error_type: 'ITEM_ERROR', error_message: 'no', request_id: 'r' },
})

interface Held {
  accounts: string[]
  transactions: number
  /** Transactions that the mission's join loses. */
  orphans: number
}

async function held({ api }: World): Promise<Held> {
  const { pool } = api.context
  const accounts = await many<{ account_id: string }>(
    pool,
    sql`select account_id from plaid.account order by 1`,
  )
  const rest = await one<Omit<Held, 'accounts'>>(
    pool,
    sql`select count(*)::int as transactions,
               count(*) filter (where not exists (
                 select from plaid.account a where a.account_id = t.account_id))::int as orphans
        from plaid.transaction t where deleted_at is null`,
  )
  return { accounts: accounts.map((row) => row.account_id), ...rest }
}

interface ItemTold {
  item_id: string
  status: string
  error_code: string | null
  products: { product: string; error_code: string | null; succeeded_at: string | null }[]
  misfits: { stream: string; field: string; reason: string; records: number }[]
}

async function told(caller: Caller): Promise<ItemTold> {
  const { body } = await caller.call<{ items: ItemTold[] }>('/items')
  expect(body.items).toHaveLength(1)
  return body.items[0] as ItemTold
}

describe('a product that fails', () => {
  test.each(['PRODUCTS_NOT_SUPPORTED', 'INTERNAL_SERVER_ERROR', 'ADDITIONAL_CONSENT_REQUIRED'])(
    '(transactions, %s) holds back no account and no balance, and is named',
    async (code) => {
      await using w = await world()
      const caller = await serve(w.api)
      const item = await linked(w, 'a', 3)
      item.lie = (path) => (path === '/transactions/sync' ? refusal(code) : undefined)
      const pull = pullItem(w.api.context, item.itemId, 'incremental', never)
      await expect(pull).rejects.toMatchObject({ code })
      expect(await held(w)).toEqual({ accounts: ['account-a'], transactions: 0, orphans: 0 })
      expect(await told(caller)).toMatchObject({
        error_code: code,
        products: [
          { product: 'accounts', error_code: null, succeeded_at: expect.any(String) },
          { product: 'transactions', error_code: code, succeeded_at: null },
        ],
      })
      const { s } = await one<{ s: number }>(
        w.api.context.pool,
        sql`select extract(epoch from next_pull_at - now())::int as s from plaid.item`,
      )
      expect(s).toBeLessThanOrEqual(3_600) // the balances are asked for as often as every Item's
      item.lie = undefined
      await pullItem(w.api.context, item.itemId, 'incremental', never)
      expect(await held(w)).toMatchObject({ transactions: 3 })
      const well = { error_code: null, succeeded_at: expect.any(String) }
      expect((await told(caller)).products).toMatchObject([well, well])
    },
  )

  test.each([true, false])(
    '(accounts) holds back no transaction, and none is without its account; pages list: %s',
    async (listsAccounts) => {
      await using w = await world()
      const caller = await serve(w.api)
      const item = await linked(w, 'a', 3)
      item.listsAccounts = listsAccounts
      item.lie = (path) =>
        path === '/accounts/get' ? refusal('INTERNAL_SERVER_ERROR', 500) : undefined
      const counts = { added: 0, modified: 0, removed: 0 }
      const pull = pullItem(w.api.context, item.itemId, 'incremental', never, counts)
      await expect(pull).rejects.toMatchObject({ code: 'INTERNAL_SERVER_ERROR' })
      expect(counts.added).toBe(3)
      expect(await held(w)).toEqual({ accounts: ['account-a'], transactions: 3, orphans: 0 })
      const { body } = await caller.call<{ accounts: { name: string }[] }>('/accounts')
      expect(body.accounts[0]?.name).toBe(listsAccounts ? 'account-a' : 'not listed by the bank')
      put(item, 9)
      await pullItem(w.api.context, item.itemId, 'incremental', never).catch(() => {})
      expect(await held(w)).toMatchObject({ transactions: 4 })
      expect((await told(caller)).products).toMatchObject([
        { product: 'accounts', error_code: 'INTERNAL_SERVER_ERROR' },
        { product: 'transactions', error_code: null },
      ])
      item.lie = undefined
      await pullItem(w.api.context, item.itemId, 'incremental', never)
      const mended = await caller.call<{ accounts: { name: string }[] }>('/accounts')
      expect(mended.body.accounts[0]?.name).toBe('account-a')
    },
  )

  test.each([true, false])(
    '(accounts) lets nothing count twice whose account comes back by another id; told: %s',
    async (tells) => {
      await using w = await world()
      const item = await linked(w, 'a', 3)
      const pull = () => pullItem(w.api.context, item.itemId, 'incremental', never)
      await pull()
      item.lie = (path) =>
        path === '/accounts/get' ? refusal('INTERNAL_SERVER_ERROR', 500) : undefined
      item.churn('c', tells)
      await pull().catch(() => {})
      expect(await held(w)).toMatchObject({ transactions: 3, orphans: 0 })
      put(item, 9)
      await pull().catch(() => {})
      expect(await held(w)).toMatchObject({ transactions: 4, orphans: 0 })
      item.lie = undefined
      await pull()
      expect(await held(w)).toEqual({ accounts: item.accounts, transactions: 4, orphans: 0 })
    },
  )

  test('says what its owner can mend before what passes by itself', async () => {
    await using w = await world()
    const caller = await serve(w.api)
    const item = await linked(w, 'a', 1)
    item.lie = (path) =>
      refusal(path === '/accounts/get' ? 'ITEM_LOGIN_REQUIRED' : 'PRODUCTS_NOT_SUPPORTED')
    await pullItem(w.api.context, item.itemId, 'incremental', never).catch(() => {})
    expect(await told(caller)).toMatchObject({
      status: 'needs_user',
      error_code: 'ITEM_LOGIN_REQUIRED',
    })
  })
})

test('accounts are there before what a crash left is published', async () => {
  let crashAt = 'publish'
  await using w = await world({
    onStep: async (step) => {
      if (step === crashAt) throw new Error('crash')
    },
  })
  const item = await linked(w, 'a', 3)
  item.listsAccounts = false
  const pull = () => pullItem(w.api.context, item.itemId, 'incremental', never)
  await expect(pull()).rejects.toThrow('crash')
  await exec(w.api.context.pool, sql`delete from plaid.account`) // as if it had been before them
  crashAt = 'accounts' // after the loop that was left is published
  await expect(pull()).rejects.toThrow('crash')
  expect(await held(w)).toEqual({ accounts: ['account-a'], transactions: 3, orphans: 0 })
  const { pool } = w.api.context
  const { body } = await one<{ body: string }>(pool, sql`select body from plaid.account`)
  expect(body).not.toContain('not listed')
})

describe('paging', () => {
  const more = { accounts: [], added: [], modified: [], removed: [], has_more: true }
  const status = { request_id: 'r', transactions_update_status: 'HISTORICAL_UPDATE_COMPLETE' }
  const row = (n: number) => ({ transaction_id: `t${n}`, account_id: 'account-a', amount: n })

  test.each<[string, (cursor: string, call: number) => object]>([
    ['whose cursor stands still', (cursor) => ({ ...more, ...status, next_cursor: cursor || 'c' })],
    [
      'that goes round',
      (_, call) => ({ ...more, ...status, next_cursor: `c${call % 5}`, added: [row(call)] }),
    ],
    [
      'that brings nothing for ever',
      (_, call) => ({ ...more, ...status, next_cursor: `c${call}` }),
    ],
    ['that has more but no cursor', () => ({ ...more, ...status, next_cursor: '' })],
  ])('%s ends as its Item’s error, and the run for the others', async (_, answer) => {
    await using w = await world()
    const caller = await serve(w.api)
    const stuck = await linked(w, 'a', 3)
    await pullItem(w.api.context, stuck.itemId, 'incremental', never)
    await linked(w, 'b', 4)
    let calls = 0
    stuck.lie = (path, cursor) =>
      path === '/transactions/sync' ? { status: 200, body: answer(cursor, ++calls) } : undefined
    const { body } = await caller.call('/sync', { method: 'POST' })
    await expect
      .poll(async () => (await caller.call(`/sync/${String(body['id'])}`)).body)
      .toMatchObject({
        status: 'failed',
        totals: { items: 2, failed: 1, added: 4 },
        items: [{ item_id: 'item-a', status: 'failed', error_code: 'PAGING_ENDLESS' }, {}],
      })
    expect(calls).toBeLessThan(150)
    stuck.lie = undefined
    put(stuck, 7)
    await pullItem(w.api.context, stuck.itemId, 'incremental', never)
    expect(await held(w)).toMatchObject({ transactions: 8, orphans: 0 })
  })

  test('of a cursor that Plaid refuses begins at the beginning, and forgets what is gone', async () => {
    await using w = await world()
    const item = await linked(w, 'a', 5)
    await pullItem(w.api.context, item.itemId, 'incremental', never)
    const [{ cursor: old } = { cursor: '' }] = await many<{ cursor: string }>(
      w.api.context.pool,
      sql`select cursor from plaid.item`,
    )
    item.remove('item-a-2')
    put(item, 9)
    item.lie = (path, cursor) =>
      path === '/transactions/sync' && cursor === old ? refusal('INVALID_FIELD') : undefined
    item.historyComplete = false // nothing may be taken for gone
    await pullItem(w.api.context, item.itemId, 'incremental', never)
    expect(await held(w)).toMatchObject({ transactions: 5 })
    item.historyComplete = true
    const counts = await pullItem(w.api.context, item.itemId, 'incremental', never)
    expect(counts).toEqual({ added: 1, modified: 0, removed: 1 })
  })

  test.each([
    ['no JSON', 'nothing'],
    ['null', 'null'],
    ['a list', []],
    ['no lists', { ...status, next_cursor: 'c', has_more: false }],
    ['no has_more', { ...more, ...status, next_cursor: 'c', has_more: 'yes' }],
    ['a cursor that is none', { ...more, ...status, next_cursor: { a: 1 } }],
    ['a cursor without an end', { ...more, ...status, next_cursor: 'x'.repeat(10_000) }],
    ['a cursor that cannot be kept', { ...more, ...status, next_cursor: 'a\0' }],
  ])('that is answered with %s fails the transactions alone', async (_, body) => {
    await using w = await world()
    const item = await linked(w, 'a', 2)
    item.lie = (path) => (path === '/transactions/sync' ? { status: 200, body } : undefined)
    await expect(pullItem(w.api.context, item.itemId, 'incremental', never)).rejects.toMatchObject({
      code: /PLAID_(ANSWER_INVALID|NOT_JSON)/,
    })
    expect(await held(w)).toEqual({ accounts: ['account-a'], transactions: 0, orphans: 0 })
  })
})

test('an Item whose history is not complete is asked again within a minute, for a day', async () => {
  await using w = await world()
  const item = await linked(w, 'a', 2)
  item.historyComplete = false
  const { pool } = w.api.context
  const nextInS = async () => {
    await pullItem(w.api.context, item.itemId, 'incremental', never)
    const row = await one<{ s: number }>(
      pool,
      sql`select extract(epoch from next_pull_at - now())::int as s from plaid.item`,
    )
    return row.s
  }
  expect(await nextInS()).toBeLessThan(60)
  await exec(pool, sql`update plaid.item set created_at = now() - interval '2 days'`)
  expect(await nextInS()).toBeGreaterThan(600)
})

test('pages that were read reset the back-off', async () => {
  await using w = await world()
  w.bank.pageMax = 1
  const item = await linked(w, 'a', 3)
  await exec(w.api.context.pool, sql`update plaid.item set failures = 9`)
  let calls = 0
  item.lie = (path) =>
    path === '/transactions/sync' && ++calls > 1 ? refusal('INSTITUTION_DOWN') : undefined
  await pullItem(w.api.context, item.itemId, 'incremental', never).catch(() => {})
  const { failures } = await one<{ failures: number }>(
    w.api.context.pool,
    sql`select failures from plaid.item`,
  )
  expect(failures).toBe(1)
})

test('what does not fit is null or left out, the rest is there, and it is told by field', async () => {
  const lines: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  await using w = await world({ logger })
  const caller = await serve(w.api)
  const item = await linked(w, 'a', 2)
  const row = (n: number, more: object) => ({
    transaction_id: `t${n}`,
    account_id: 'account-a',
    amount: n,
    date: '2026-01-02',
    name: 'n',
    pending: false,
    location: { city: 'secret-canary' },
    ...more,
  })
  const deep = '{"a":'.repeat(9_000) + '1' + '}'.repeat(9_000)
  const added = [
    row(1, { amount: '12,50 secret-canary' }),
    row(2, { date: '2026-02-31' }),
    row(3, { name: undefined }),
    row(4, { location: ['secret-canary'] }),
    row(5, { transaction_id: undefined }),
    row(6, {}),
  ].map((one) => JSON.stringify(one))
  added.push(JSON.stringify(row(7, { amount: 7 })).replace('"amount":7', '"amount":1e400'))
  added.push(JSON.stringify(row(8, {})).replace(/"location":{[^}]*}/, `"location":${deep}`), 'null')
  const page = { accounts: [], modified: [], removed: [null], next_cursor: 'c', has_more: false }
  const text = JSON.stringify({ ...page, transactions_update_status: 'HISTORICAL_UPDATE_COMPLETE' })
  const body = `{"added":[${added.join(',')}],${text.slice(1)}`
  item.lie = (path) => (path === '/transactions/sync' ? { status: 200, body } : undefined)
  const counts = await pullItem(w.api.context, item.itemId, 'incremental', never)
  expect(counts).toMatchObject({ added: 7 })
  const { misfits, status } = await told(caller)
  expect(status).toBe('healthy')
  expect(misfits.map((one) => `${one.field} ${one.reason} ${one.records}`)).toEqual([
    'amount out_of_range 1',
    'amount wrong_type 1',
    'date no_such_day 1',
    'location nested_too_deep 1',
    'location wrong_type 1',
    'name missing 1',
    'transaction_id no_record 2',
    'transaction_id no_usable_id 1',
  ])
  expect(lines.join('')).toContain('no_such_day')
  expect(lines.join('')).not.toContain('secret-canary')
  const feed = await caller.call<{ transactions: { amount: number | null }[] }>(
    '/transactions/incremental',
  )
  expect(feed.body.transactions.map((one) => one.amount)).toEqual([null, 2, 3, 4, 6, null, 8])
})

test('an account that the bank lists twice or without sense costs no other', async () => {
  await using w = await world()
  const caller = await serve(w.api)
  const item = await linked(w, 'a', 2)
  const account = { account_id: 'account-a', name: 'old', type: 'depository', balances: {} }
  const accounts = [account, { ...account, name: 'new' }, { ...account, account_id: 5 }, null]
  item.lie = (path) =>
    path === '/accounts/get' ? { status: 200, body: { accounts, request_id: 'r' } } : undefined
  await pullItem(w.api.context, item.itemId, 'incremental', never)
  await pullItem(w.api.context, item.itemId, 'incremental', never)
  const { misfits } = await told(caller)
  expect(misfits.map((one) => `${one.stream} ${one.reason} ${one.records}`)).toEqual([
    'accounts listed_twice 1',
    'accounts no_record 1',
    'accounts no_usable_id 1',
  ])
  const { body } = await caller.call<{ accounts: { name: string }[] }>('/accounts')
  expect(body.accounts.map((one) => one.name)).toEqual(['new'])
})
