// The streams beside transactions: each is in the one feed, its list and its feed say the same,
// what goes is a tombstone, and an end takes away what is an Item's (L1, L2).
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalog } from '../../src/catalog/catalog.ts'
import { propertyNames, type Stream } from '../../src/catalog/stream.ts'
import { readTaxonomy } from '../../src/plaid-api/ingest/taxonomy.ts'
import { exec, many, sql } from '../../src/postgres/query.ts'
import { LinkedWorld } from '../support/linked-world.ts'
import { testDatabase } from '../support/database.ts'
import { type BankTransaction, ModelBank } from '../support/model-bank.ts'
import { link, testPlaidApi } from '../support/plaid-api.ts'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { type Caller, serve } from '../support/http.ts'

type Row = Record<string, unknown>

const never = new AbortController().signal
const own = catalog.filter(({ product }) => product === null)
const listed = own.filter(({ name }) => name !== 'items')
const streamOf = (name: string) => catalog.find((one) => one.name === name)!

const keyOf = (stream: Stream, row: Row) => stream.primaryKey.map((key) => row[key]).join('/')

const byText = (a: string, b: string) => (a < b ? -1 : 1)

/** Everything that a feed gives, page by page. */
async function feed(caller: Caller, name: string, query = ''): Promise<Row[]> {
  const rows: Row[] = []
  for (let cursor = ''; ;) {
    const path = `/${name}/incremental?limit=${name === 'categories' ? 500 : 7}${query}${cursor}`
    const { body, status } = await caller.call<{ next_cursor: string; has_more: boolean }>(path)
    expect(status).toBe(200)
    rows.push(...((body as unknown as Record<string, Row[]>)[name] ?? []))
    if (!body.has_more) return rows
    cursor = `&cursor=${body.next_cursor}`
  }
}

async function list(caller: Caller, name: string, query = ''): Promise<Row[]> {
  const rows: Row[] = []
  for (let cursor = ''; ;) {
    const path = `/${name}?limit=${name === 'categories' ? 200 : 3}${query}${cursor}`
    const { body } = await caller.call<{ next_cursor: string; has_more: boolean }>(path)
    rows.push(...((body as unknown as Record<string, Row[]>)[name] ?? []))
    if (!body.has_more) return rows
    cursor = `&cursor=${body.next_cursor}`
  }
}

describe('of a bank that was linked and read', () => {
  let world: LinkedWorld
  let item: string
  beforeAll(async () => {
    world = await LinkedWorld.make()
    item = await world.sandbox()
    await world.pull(item)
    await readTaxonomy(world.api.context, never)
    await world.webhook(item)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  test.each(own)('$name has rows, each with the catalog’s columns and no other', async (stream) => {
    const rows = await feed(world.caller, stream.name)
    expect(rows.length).toBeGreaterThan(0)
    const names = propertyNames(stream.schema).toSorted()
    for (const row of rows) expect(Object.keys(row).toSorted()).toEqual(names)
    const keys = rows.map((row) => keyOf(stream, row))
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('a list refuses the cursor of another, and of another filter', async () => {
    const first = await world.caller.call<{ next_cursor: string }>('/accounts?limit=1')
    const cursor = `cursor=${first.body.next_cursor}`
    expect((await world.caller.call(`/accounts?limit=2&${cursor}`)).status).toBe(200)
    for (const path of ['/balances?', '/accounts?search=a&', `/accounts?item_id=${item}&`]) {
      const { status, body } = await world.caller.call(`${path}${cursor}`)
      expect([path, status]).toEqual([path, 400])
      expect(body['error']).toMatchObject({ code: 'CURSOR_INVALID', field: 'cursor' })
    }
  })

  test.each(listed)('the list of $name is what is living in its feed', async ({ name }) => {
    const byStamp = (a: Row, b: Row) => (String(a['updated_at']) < String(b['updated_at']) ? -1 : 1)
    const living = await feed(world.caller, name, '&include_deleted=false')
    expect((await list(world.caller, name)).toSorted(byStamp)).toEqual(living)
  })

  test('all of them are in one order: no stamp is given twice', async () => {
    const stamps: string[] = []
    for (const { name } of catalog) {
      const rows = await feed(world.caller, name)
      const given = rows.map((row) => String(row['updated_at']))
      expect(given.toSorted(byText)).toEqual(given)
      stamps.push(...given)
    }
    expect(new Set(stamps).size).toBe(stamps.length)
  })

  test('a list is filtered by Item, account and day', async () => {
    const all = await list(world.caller, 'balances')
    const account = String(all[0]?.['account_id'])
    const of = (query: string) => list(world.caller, 'balances', query)
    expect(await of(`&item_id=${item}`)).toEqual(all)
    expect(await of('&item_id=none')).toEqual([])
    expect(await of(`&account_id=${account}`)).toEqual(
      all.filter((row) => row['account_id'] === account),
    )
    const day = String(all[0]?.['observed_at']).slice(0, 10)
    expect(await of(`&start_date=${day}&end_date=${day}`)).toEqual(all)
    expect(await of('&end_date=2001-01-01')).toEqual([])
    expect((await world.caller.call('/institutions?item_id=a')).status).toBe(400)
  })

  test('an Item’s row says what Plaid says of it, and no token (L5)', async () => {
    const [row] = await feed(world.caller, 'items')
    expect(row).toMatchObject({
      item_id: item,
      status: 'healthy',
      billed_products: ['transactions'],
    })
    expect(row?.['available_products']).toContain('liabilities')
    expect(JSON.stringify(row)).not.toContain('access-')
  })

  test('what is read again and is as before moves nothing', async () => {
    const [before] = await many<{ head: string }>(
      world.api.context.pool,
      sql`select max(updated_at)::text as head from plaid.stream_row where stream <> 'sync_runs'`,
    )
    await world.pull(item)
    await readTaxonomy(world.api.context, never)
    const [after] = await many<{ head: string }>(
      world.api.context.pool,
      sql`select max(updated_at)::text as head from plaid.stream_row where stream <> 'sync_runs'`,
    )
    expect(after).toEqual(before)
    expect(await feed(world.caller, 'sync_runs')).toHaveLength(2)
  })

  test('a balance that moves is one observation more; what it was stays', async () => {
    const before = await list(world.caller, 'balances')
    await world.plaid.command({ advance: '40d' })
    await world.pull(item)
    const after = await list(world.caller, 'balances')
    expect(after.length).toBeGreaterThan(before.length)
    for (const row of before) expect(after).toContainEqual(row)
    for (const account of await list(world.caller, 'accounts')) {
      const history = after.filter((row) => row['account_id'] === account['account_id'])
      expect(history.at(-1)).toMatchObject({
        current_balance: account['current_balance'],
        available_balance: account['available_balance'],
      })
    }
  })

  test('a disconnected Item keeps its rows, marked; an erased one leaves tombstones only', async () => {
    const counts = async () =>
      Object.fromEntries(
        await Promise.all(
          own.map(async ({ name }): Promise<[string, number]> => {
            const rows = await feed(world.caller, name, '&include_deleted=false')
            return [name, rows.length]
          }),
        ),
      )
    const before = await counts()
    expect((await world.caller.call(`/items/${item}`, { method: 'DELETE' })).status).toBe(204)
    expect(await counts()).toEqual(before)
    expect((await feed(world.caller, 'items'))[0]).toMatchObject({ status: 'removed' })
    for (const row of await list(world.caller, 'accounts')) expect(row['closed_at']).not.toBeNull()
    await world.post(`/items/${item}/erase`, undefined, 204)
    const { categories, institutions } = before
    const none = Object.fromEntries(own.map(({ name }) => [name, 0]))
    expect(await counts()).toEqual({ ...none, categories, institutions })
    for (const { name, deletion, primaryKey } of own) {
      if (deletion.kind === 'none') continue
      const kept = [...primaryKey, 'item_id', 'created_at', 'updated_at', deletion.field]
      for (const row of await feed(world.caller, name)) {
        expect(Object.keys(row).toSorted()).toEqual([...new Set(kept)].toSorted())
      }
    }
  })
})

test('fields that are new at Plaid are kept in `extra`, and are no error', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank)
  const caller = await serve(api)
  const item = bank.item('a')
  await link(api, item)
  const balances = { current: 5.5, available: null, last_updated_datetime: '2026-01-01T00:00:00Z' }
  const account = { account_id: 'account-a', name: 'n', type: 'depository', balances, apy: 4.25 }
  const body = {
    accounts: [{ ...account, extra: { inner: 1 } }],
    item: { item_id: item.itemId, billed_products: ['x'], available_products: [], new_here: [1] },
    request_id: 'r',
  }
  item.lie = (path) => (path === '/accounts/get' ? { status: 200, body } : undefined)
  await pullItem(api.context, item.itemId, 'incremental', never)
  const [row] = await list(caller, 'accounts')
  expect(row).toMatchObject({
    current_balance: 5.5,
    extra: {
      apy: 4.25,
      extra: { inner: 1 },
      balances_extra: { last_updated_datetime: '2026-01-01T00:00:00Z' },
    },
  })
  expect((await feed(caller, 'items'))[0]).toMatchObject({ extra: { new_here: [1] } })

  const plain = { account_id: 'account-a', amount: 1, name: 'n', pending: false }
  item.put({ ...plain, transaction_id: 'plain' })
  item.put({ ...plain, transaction_id: 'more', carbon: { grams: 4 } } as BankTransaction)
  await pullItem(api.context, item.itemId, 'incremental', never)
  const brought = [await feed(caller, 'transactions'), await list(caller, 'transactions')]
  for (const rows of brought) {
    const extraOf = (id: string) => rows.find((row) => row['transaction_id'] === id)?.['extra']
    expect([extraOf('more'), extraOf('plain')]).toEqual([{ carbon: { grams: 4 } }, undefined])
  }
  // What is new of a row that was there is a change of it.
  item.put({ ...plain, transaction_id: 'plain', carbon: null } as unknown as BankTransaction)
  expect(await pullItem(api.context, item.itemId, 'incremental', never)).toBeTruthy()
  const [last] = (await feed(caller, 'transactions')).slice(-1)
  expect(last).toMatchObject({ transaction_id: 'plain', extra: { carbon: null } })
})

/** What becomes of rows by an owner's and a bank's hands, one after the other. */
const moves = fc.array(
  fc.record({
    move: fc.constantFrom('list', 'list', 'list', 'close', 'forget'),
    ids: fc.subarray(['a', 'b', 'c', 'd']),
    balance: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 1, maxLength: 12 },
)

test('whoever follows the feed of accounts has what its list has, whatever happened', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank)
  const caller = await serve(api, { judged: false })
  const stream = streamOf('accounts')
  let run = 0
  await fc.assert(
    fc.asyncProperty(moves, async (given) => {
      const item = bank.item(`p${run++}`)
      await link(api, item, `owner-${run}`)
      const follower = new Map<string, Row>()
      let since = ''
      for (const { move, ids, balance } of given) {
        const { pool } = api.context
        if (move === 'forget') {
          await exec(
            pool,
            sql`delete from plaid.account where item_id = ${item.itemId}
                and account_id like '%-' || ${ids[0] ?? 'a'}`,
          )
        } else if (move === 'close') {
          await exec(
            pool,
            sql`update plaid.account set closed_at = now() where item_id = ${item.itemId}`,
          )
        } else {
          const accounts = ids.map((id) => ({
            account_id: `${item.itemId}-${id}`,
            name: id,
            type: 'depository',
            balances: { current: balance },
          }))
          item.lie = (path) =>
            path === '/accounts/get'
              ? { status: 200, body: { accounts, request_id: 'r' } }
              : undefined
          item.listsAccounts = false
          await pullItem(api.context, item.itemId, 'incremental', never)
        }
        for (const row of await feed(caller, 'accounts', since)) {
          const key = keyOf(stream, row)
          if (row['_ab_cdc_deleted_at'] === null) follower.set(key, row)
          else follower.delete(key)
          since = `&updated_since=${String(row['updated_at'])}`
        }
        const mine = [...follower.values()].filter((row) => row['item_id'] === item.itemId)
        const byKey = (a: Row, b: Row) => (keyOf(stream, a) < keyOf(stream, b) ? -1 : 1)
        const there = await list(caller, 'accounts', `&item_id=${item.itemId}`)
        expect(mine.toSorted(byKey)).toEqual(there)
      }
    }),
    { numRuns: 8 },
  )
})
