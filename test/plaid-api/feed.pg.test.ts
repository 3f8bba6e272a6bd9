// The feed over real HTTP (L2): whoever follows it by its cursor sees every change, in one order,
// whatever is written meanwhile; whoever comes too late is told so.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { pruneTombstones } from '../../src/plaid-api/store/feed.ts'
import { exec, many, sql } from '../../src/postgres/query.ts'
import { testDatabase } from '../support/database.ts'
import { type Answer, type Caller, serve } from '../support/http.ts'
import { type BankItem, ModelBank } from '../support/model-bank.ts'
import { link, type TestApi, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal
const lines = { accept: 'application/x-ndjson' }

interface Row {
  transaction_id: string
  updated_at: string
  _ab_cdc_deleted_at: string | null
}

interface Page {
  transactions: Row[]
  next_cursor: string
  has_more: boolean
  epoch: string
  position: string
  head: string
}

function put(item: BankItem, n: number, amount = n): void {
  const account_id = item.accounts[0] ?? ''
  const transaction_id = `${item.itemId}-${n}`
  item.put({ transaction_id, account_id, amount, name: `n${n}`, pending: false })
}

function rowsOf(answer: Answer): Row[] {
  const found = answer.text.split('\n').filter((line) => line !== '')
  return found.map((line) => JSON.parse(line) as Row)
}

/** Follows next_cursor until has_more is false; the last page is the last of the list. */
async function follow(caller: Caller, query: string): Promise<Page[]> {
  const pages: Page[] = []
  for (let next = query; ;) {
    const { status, body, text } = await caller.call<Page>(`/transactions/incremental?${next}`)
    expect(status, text).toBe(200)
    pages.push(body)
    if (!body.has_more) return pages
    const rest = query.replace(/(updated_since|cursor)=[^&]*&?/, '')
    next = `${rest}&cursor=${body.next_cursor}`
  }
}

function idsOf(pages: Page[]): string[] {
  return pages.flatMap((page) => page.transactions.map((row) => row.transaction_id))
}

describe('a quiet feed', () => {
  const cleanup = new AsyncDisposableStack()
  let api: TestApi
  let caller: Caller
  let item: BankItem
  const pull = () => pullItem(api.context, item.itemId, 'incremental', never)

  beforeAll(async () => {
    const db = cleanup.use(await testDatabase())
    const bank = cleanup.use(await ModelBank.start())
    api = cleanup.use(await testPlaidApi(db, bank))
    caller = await serve(api)
    item = bank.item('a')
    for (let n = 0; n < 25; n++) put(item, n)
    await link(api, item)
    await pull()
    item.remove('item-a-3')
    put(item, 4, 99)
    await pull()
  })

  afterAll(() => cleanup.disposeAsync())

  test.each([1, 2, 5, 24, 25, 26, 5_000])('pages of %i give each row once', async (limit) => {
    const pages = await follow(caller, `limit=${limit}`)
    const stamps = pages.flatMap((page) => page.transactions.map((row) => row.updated_at))
    expect(stamps).toEqual([...new Set(stamps)].sort())
    expect(new Set(idsOf(pages)).size).toBe(25)
    expect(idsOf(pages)).toHaveLength(25)
    // The head may be another stream's: then a page without rows comes to it.
    const full = pages.filter((page) => page.transactions.length > 0)
    expect(full.length).toBe(Math.ceil(25 / limit))
    expect(pages.length - full.length).toBeLessThanOrEqual(1)
    expect(pages.every((page) => page.head === pages[0]?.head)).toBe(true)
  })

  test('a tombstone has its ids, its place and when it went; or is left out', async () => {
    const [page] = await follow(caller, 'limit=100')
    const stone = page?.transactions.find((row) => row.transaction_id === 'item-a-3')
    expect(Object.keys(stone ?? {}).sort()).toEqual(
      [
        'created_at',
        'updated_at',
        '_ab_cdc_deleted_at',
        'transaction_id',
        'account_id',
        'item_id',
      ].sort(),
    )
    expect(stone?._ab_cdc_deleted_at).toBe(stone?.updated_at)
    const living = await follow(caller, 'limit=7&include_deleted=false')
    expect(idsOf(living)).toHaveLength(24)
    expect(idsOf(living)).not.toContain('item-a-3')
  })

  test('lines and JSON carry the same rows and the same way on', async () => {
    const [json] = await follow(caller, 'limit=100')
    const answer = await caller.call('/transactions/incremental', { headers: lines })
    expect(answer.headers['content-type']).toMatch(/^application\/x-ndjson/)
    expect(rowsOf(answer)).toEqual(json?.transactions)
    expect(answer.headers).toMatchObject({
      'x-has-more': 'false',
      'x-next-cursor': json?.next_cursor,
      'x-feed-epoch': json?.epoch,
      'x-feed-position': json?.head,
    })
    const first = await caller.call('/transactions/incremental?limit=10', { headers: lines })
    expect(first.headers['x-has-more']).toBe('true')
    expect(first.headers['x-feed-position']).toBe(rowsOf(first).at(-1)?.updated_at)
    const nothing = await caller.call(`/transactions/incremental?cursor=${json?.next_cursor}`, {
      headers: lines,
    })
    expect([nothing.status, nothing.text]).toEqual([200, ''])
    expect(nothing.headers['x-has-more']).toBe('false')
  })

  test('updated_since is exclusive, to the microsecond, in any zone', async () => {
    const all = (await follow(caller, 'limit=100')).flatMap((page) => page.transactions)
    const tenth = all[9]?.updated_at ?? ''
    const since = await follow(caller, `updated_since=${tenth}&limit=4`)
    expect(idsOf(since)).toEqual(all.slice(10).map((row) => row.transaction_id))
    const behind = new Date(Date.parse(tenth) + 3_600_000).toISOString().slice(0, 19)
    const zoned = encodeURIComponent(`${behind}${tenth.slice(19, -1)}+01:00`)
    expect(idsOf(await follow(caller, `updated_since=${zoned}&limit=100`))).toEqual(idsOf(since))
    const last = all.at(-1)?.updated_at ?? ''
    expect(idsOf(await follow(caller, `updated_since=${last}`))).toEqual([])
    const early = await follow(caller, 'updated_since=2020-01-01&limit=100')
    expect(idsOf(early)).toHaveLength(25)
    expect(idsOf(await follow(caller, 'updated_since=&limit=100'))).toHaveLength(25)
  })

  test('a reading ends at the head of its beginning; its last cursor finds what came after', async () => {
    const first = await caller.call<Page>('/transactions/incremental?limit=10')
    put(item, 100)
    put(item, 0, 1_000)
    await pull()
    const rest = await follow(caller, `limit=10&cursor=${first.body.next_cursor}`)
    expect(rest.every((page) => page.head === first.body.head)).toBe(true)
    expect(idsOf(rest)).not.toContain('item-a-100')
    const stamps = rest.flatMap((page) => page.transactions.map((row) => row.updated_at))
    expect(stamps.every((stamp) => stamp <= first.body.head)).toBe(true)
    const later = await follow(caller, `limit=10&cursor=${rest.at(-1)?.next_cursor}`)
    expect(idsOf(later).sort()).toEqual(['item-a-0', 'item-a-100'])
    const end = await follow(caller, `limit=10&cursor=${later.at(-1)?.next_cursor}`)
    expect(end).toMatchObject([{ transactions: [], has_more: false }])
    expect(end[0]?.next_cursor).toBe(later.at(-1)?.next_cursor)
  })
})

describe('a reader who comes too late', () => {
  test('gets 410 when the store is another, by cursor or by epoch', async () => {
    await using db = await testDatabase()
    await using bank = await ModelBank.start()
    await using api = await testPlaidApi(db, bank)
    const caller = await serve(api)
    const { body } = await caller.call<Page>('/transactions/incremental')
    await exec(api.context.pool, sql`update plaid.feed_clock set epoch = gen_random_uuid()`)
    for (const query of [
      `cursor=${body.next_cursor}`,
      `updated_since=${body.head}&epoch=${body.epoch}`,
      'epoch=another',
    ]) {
      const answer = await caller.call(`/transactions/incremental?${query}`)
      expect(answer.status).toBe(410)
      expect(answer.body['error']).toMatchObject({ code: 'FEED_EPOCH_CHANGED' })
    }
    const fresh = await caller.call<Page>('/transactions/incremental')
    expect(fresh.body.epoch).not.toBe(body.epoch)
    const now = `updated_since=${fresh.body.head}&epoch=${fresh.body.epoch}`
    expect((await caller.call(`/transactions/incremental?${now}`)).status).toBe(200)
  })

  test('gets 410 before the pruned tombstones, to the microsecond, and never from the beginning', async () => {
    await using db = await testDatabase()
    await using bank = await ModelBank.start()
    await using api = await testPlaidApi(db, bank)
    const caller = await serve(api)
    const item = bank.item('a')
    for (let n = 0; n < 5; n++) put(item, n)
    await link(api, item)
    await pullItem(api.context, item.itemId, 'incremental', never)
    const before = await caller.call<Page>('/transactions/incremental?limit=2')
    item.remove('item-a-1')
    item.remove('item-a-2')
    await pullItem(api.context, item.itemId, 'incremental', never)
    const [stone] = await many<{ at: string }>(
      api.context.pool,
      sql`select plaid.stamp(max(updated_at)) as at from plaid.transaction
          where deleted_at is not null`,
    )
    const pruned = stone?.at ?? ''
    expect(await pruneTombstones(api.context.pool, 400)).toBe(0)
    await pruneTombstones(api.context.pool, -1)
    const late = String(Number(pruned.slice(20, 26)) - 1).padStart(6, '0')
    for (const query of [
      `cursor=${before.body.next_cursor}`,
      `updated_since=${before.body.position}`,
      `updated_since=${pruned.slice(0, 20)}${late}Z`,
      'updated_since=2020-01-01',
    ]) {
      const answer = await caller.call(`/transactions/incremental?${query}`)
      expect(answer.status, query).toBe(410)
      expect(answer.body['error']).toMatchObject({ code: 'FEED_POSITION_EXPIRED' })
    }
    expect(idsOf(await follow(caller, `updated_since=${pruned}`))).toEqual([])
    expect(idsOf(await follow(caller, 'limit=2'))).toHaveLength(3)
    expect(idsOf(await follow(caller, 'updated_since=&limit=2'))).toHaveLength(3)
  })

  test('a reading from the beginning that is under way when tombstones are pruned goes on', async () => {
    await using db = await testDatabase()
    await using bank = await ModelBank.start()
    await using api = await testPlaidApi(db, bank)
    const caller = await serve(api)
    const item = bank.item('a')
    for (let n = 0; n < 6; n++) put(item, n)
    await link(api, item)
    await pullItem(api.context, item.itemId, 'incremental', never)
    item.remove('item-a-5')
    await pullItem(api.context, item.itemId, 'incremental', never)
    const first = await caller.call<Page>('/transactions/incremental?limit=2')
    await pruneTombstones(api.context.pool, -1)
    // It has seen living rows whose tombstones are gone now: to go on would lose a removal.
    const next = await caller.call(`/transactions/incremental?cursor=${first.body.next_cursor}`)
    expect(next.status).toBe(410)
  })
})
