// `GET /transactions` and `GET /accounts` over real HTTP, against an oracle that filters the same
// rows in memory.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { testDatabase } from '../support/database.ts'
import { type Caller, serve } from '../support/http.ts'
import { type BankItem, type BankTransaction, ModelBank } from '../support/model-bank.ts'
import { link, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal
const cleanup = new AsyncDisposableStack()
let caller: Caller
let items: BankItem[]

interface Row extends BankTransaction {
  item_id: string
  date: string
  category: string
  _ab_cdc_deleted_at: string | null
}

interface Listing {
  transactions: Row[]
  total_count: number
  has_more: boolean
  next_cursor: string | null
}

const categories = ['FOOD_AND_DRINK', 'TRAVEL', 'INCOME']
const dates = ['2024-02-29', '2025-12-31', '2026-01-01', '2026-01-02', '2026-03-04']
const names = ['Coffee 100% real', 'under_score', 'UBER *trip', "O'Hara", 'café', 'back\\slash']

beforeAll(async () => {
  const db = cleanup.use(await testDatabase())
  const bank = cleanup.use(await ModelBank.start())
  const api = cleanup.use(await testPlaidApi(db, bank))
  items = [bank.item('a'), bank.item('b'), bank.item('c')]
  for (const item of items) {
    item.accounts.push(`second-of-${item.itemId}`)
    for (let n = 0; n < 20; n++) item.put(transaction(item, n))
    await link(api, item)
    await pullItem(api.context, item.itemId, 'incremental', never)
    item.remove(`${item.itemId}-3`)
    await pullItem(api.context, item.itemId, 'incremental', never)
  }
  caller = await serve(api)
})

afterAll(() => cleanup.disposeAsync())

function transaction(item: BankItem, n: number): BankTransaction {
  const primary = categories[n % 3] ?? ''
  return {
    transaction_id: `${item.itemId}-${n}`,
    account_id: item.accounts[n % 2] ?? '',
    amount: n - 10 + (n % 4) / 4,
    name: names[n % names.length] ?? '',
    pending: n % 5 === 0,
    date: n === 11 ? NO_DATE : (dates[(n * 7) % dates.length] ?? ''),
    personal_finance_category: { primary, detailed: `${primary}_OTHER` },
    ...(n % 7 === 0 ? { merchant_name: 'Shared Coffee House' } : {}),
  }
}

interface Filter {
  account_id?: string[] | undefined
  item_id?: string[] | undefined
  start_date?: string | undefined
  end_date?: string | undefined
  min_amount?: number | undefined
  max_amount?: number | undefined
  category?: string | undefined
  pending?: boolean | undefined
  search?: string | undefined
}

/** What the bank has and the filter lets pass, in the order that is asked for. */
function expected(filter: Filter, order: 'asc' | 'desc'): string[] {
  const rows = items.flatMap((item) =>
    [...item.living.values()].map((row) => ({ ...row, item_id: item.itemId })),
  )
  const sign = order === 'asc' ? 1 : -1
  return rows
    .filter((row) => passes(filter, row))
    .map((row) => [row.date ?? '', row.transaction_id] as const)
    .sort((a, b) => sign * (compare(a[0], b[0]) || compare(a[1], b[1])))
    .map(([, id]) => id)
}

/** What does not fit is left empty, and comes after every day. */
const NO_DATE = 'no day'

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function passes(filter: Filter, row: BankTransaction & { item_id: string }): boolean {
  const { date = '', merchant_name: merchant = '', personal_finance_category: category } = row
  const search = filter.search?.toLowerCase() ?? ''
  return (
    (filter.account_id?.includes(row.account_id) ?? true) &&
    (filter.item_id?.includes(row.item_id) ?? true) &&
    (filter.start_date === undefined || (date !== NO_DATE && date >= filter.start_date)) &&
    date <= (filter.end_date ?? NO_DATE) &&
    row.amount >= (filter.min_amount ?? -Infinity) &&
    row.amount <= (filter.max_amount ?? Infinity) &&
    category?.primary === (filter.category ?? category?.primary) &&
    row.pending === (filter.pending ?? row.pending) &&
    (row.name.toLowerCase().includes(search) || merchant.toLowerCase().includes(search))
  )
}

function queryOf(given: object): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(given)) {
    for (const one of [value].flat()) if (one !== undefined) query.append(name, String(one))
  }
  return query.toString()
}

async function list(given: object): Promise<Listing> {
  const answer = await caller.call<Listing>(`/transactions?${queryOf(given)}`)
  expect(answer.status, answer.text).toBe(200)
  return answer.body
}

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const anyFilter: fc.Arbitrary<Filter> = fc.record({
  account_id: optional(fc.subarray(['account-a', 'second-of-item-b', 'nobody'], { minLength: 1 })),
  item_id: optional(fc.subarray(['item-a', 'item-c', 'nobody'], { minLength: 1 })),
  start_date: optional(fc.constantFrom(...dates)),
  end_date: optional(fc.constantFrom(...dates)),
  min_amount: optional(fc.constantFrom(-9.75, -3, 0, 0.5)),
  max_amount: optional(fc.constantFrom(-1, 0.5, 4, 9.75)),
  category: optional(fc.constantFrom(...categories, 'NOTHING')),
  pending: optional(fc.boolean()),
  search: optional(fc.constantFrom('%', '_', 'uber', 'COFFEE', "'", '\\', 'É', '*')),
})

describe('GET /transactions', () => {
  test('any filter, order and page size gives what the bank has, once, in order', async () => {
    const order = fc.constantFrom('asc' as const, 'desc' as const)
    const limit = fc.integer({ min: 1, max: 30 })
    await fc.assert(
      fc.asyncProperty(anyFilter, order, limit, async (filter, direction, rowsMax) => {
        const want = expected(filter, direction)
        const seen: string[] = []
        let cursor: string | null | undefined
        do {
          const page = await list({ ...filter, order: direction, limit: rowsMax, cursor })
          expect(page.total_count).toBe(want.length)
          expect(page.transactions.length).toBeLessThanOrEqual(rowsMax)
          expect(page.has_more).toBe(page.next_cursor !== null)
          seen.push(...page.transactions.map((row) => row.transaction_id))
          expect(page.has_more).toBe(seen.length < want.length)
          cursor = page.next_cursor
        } while (cursor)
        expect(seen).toEqual(want)
      }),
      { numRuns: 150 },
    )
  })

  test.each<[string, Filter]>([
    ['account_id', { account_id: ['account-a'] }],
    ['account_id, repeated', { account_id: ['account-a', 'second-of-item-b'] }],
    ['item_id', { item_id: ['item-a'] }],
    ['item_id, repeated', { item_id: ['item-a', 'item-c'] }],
    ['start_date', { start_date: '2026-01-01' }],
    ['end_date', { end_date: '2024-02-29' }],
    ['min_amount', { min_amount: 0.5 }],
    ['max_amount', { max_amount: -3 }],
    ['category', { category: 'TRAVEL' }],
    ['pending', { pending: false }],
    ['search in the name, whatever its letters', { search: 'CAFÉ' }],
    ['search in the merchant', { search: 'shared coffee' }],
    ['search for a sign that patterns use', { search: '%' }],
  ])('filters by %s', async (_, filter) => {
    const want = expected(filter, 'desc')
    expect(want.length).toBeGreaterThan(0)
    expect(want.length).toBeLessThan(57)
    const page = await list({ ...filter, limit: 100 })
    expect(page.transactions.map((row) => row.transaction_id)).toEqual(want)
  })

  test('gives the newest hundred without being asked for more, and no tombstone', async () => {
    const page = await list({})
    expect(page).toMatchObject({ total_count: 57, has_more: false, next_cursor: null })
    expect(page.transactions.map((row) => row.transaction_id)).toEqual(expected({}, 'desc'))
    expect(page.transactions.every((row) => row._ab_cdc_deleted_at === null)).toBe(true)
  })

  test('refuses a cursor that it did not give for this list', async () => {
    const { next_cursor: cursor } = await list({ limit: 2, category: 'TRAVEL' })
    const accounts = await caller.call<{ next_cursor: string }>('/accounts?limit=1')
    const feed = await caller.call<{ next_cursor: string }>('/transactions/incremental?limit=1')
    const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const own = JSON.parse(Buffer.from(cursor ?? '', 'base64url').toString()) as object
    for (const wrong of [
      { cursor, category: 'INCOME' },
      { cursor, category: 'TRAVEL', order: 'asc' },
      { cursor },
      { cursor: 'nonsense' },
      { cursor: accounts.body.next_cursor },
      { cursor: feed.body.next_cursor },
      { cursor: forged(null) },
      { cursor: forged([]) },
      { cursor: forged({ ...own, day: '2026-02-31' }), category: 'TRAVEL' },
      { cursor: forged({ ...own, day: '0000-01-01' }), category: 'TRAVEL' },
      { cursor: forged({ ...own, at: 'a\0b' }), category: 'TRAVEL' },
      { cursor: forged({ ...own, at: null }), category: 'TRAVEL' },
      { cursor: forged({ ...own, total: '-1' }), category: 'TRAVEL' },
    ]) {
      const answer = await caller.call(`/transactions?${queryOf(wrong)}`)
      expect(answer.status, JSON.stringify(wrong)).toBe(400)
      expect(answer.body['error']).toMatchObject({ code: 'CURSOR_INVALID', field: 'cursor' })
    }
  })

  test('a large page goes out in pieces, each row once, however slow its reader', async () => {
    await using db = await testDatabase()
    await using bank = await ModelBank.start()
    await using api = await testPlaidApi(db, bank)
    const other = await serve(api)
    const item = bank.item('long')
    for (let n = 0; n < 650; n++) item.put(transaction(item, n))
    await link(api, item)
    await pullItem(api.context, item.itemId, 'incremental', never)
    const ids = async (query: string) => {
      const { body } = await other.call<Listing>(`/transactions?${query}`)
      return { ...body, ids: body.transactions.map((row) => row.transaction_id) }
    }
    const whole = await ids('limit=5000')
    expect(whole).toMatchObject({ total_count: 650, has_more: false, next_cursor: null })
    expect(new Set(whole.ids).size).toBe(650)
    const first = await ids('limit=400')
    expect(first).toMatchObject({ total_count: 650, has_more: true })
    const second = await ids(`limit=400&cursor=${first.next_cursor}`)
    expect(second).toMatchObject({ total_count: 650, has_more: false, next_cursor: null })
    expect([...first.ids, ...second.ids]).toEqual(whole.ids)
  })

  test('a page size does not belong to the list: a cursor goes on with another', async () => {
    const first = await list({ limit: 7 })
    const second = await list({ limit: 50, cursor: first.next_cursor })
    const ids = [...first.transactions, ...second.transactions].map((row) => row.transaction_id)
    expect(ids).toEqual(expected({}, 'desc'))
  })
})

interface Accounts {
  accounts: { account_id: string; item_id: string; closed_at: string | null }[]
  total_count: number
  has_more: boolean
  next_cursor: string | null
}

const allAccounts = ['account-a', 'account-b', 'account-c']
  .concat(['second-of-item-a', 'second-of-item-b', 'second-of-item-c'])
  .sort()

describe('GET /accounts', () => {
  test.each([1, 2, 3, 6, 100])('pages of %i give every account once', async (limit) => {
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const query = queryOf({ limit, cursor: cursor ?? undefined })
      const { body } = await caller.call<Accounts>(`/accounts?${query}`)
      expect(body.total_count).toBe(6)
      seen.push(...body.accounts.map((account) => account.account_id))
      expect(body.has_more).toBe(seen.length < 6)
      cursor = body.next_cursor
    } while (cursor)
    expect(seen).toEqual(allAccounts)
  })

  test('answers lines, with the way on in headers', async () => {
    const headers = { accept: 'application/x-ndjson' }
    const seen: string[] = []
    let answer = await caller.call('/accounts?limit=4', { headers })
    for (;;) {
      expect(answer.headers['content-type']).toMatch(/^application\/x-ndjson/)
      for (const line of answer.text.split('\n').filter((one) => one !== '')) {
        seen.push((JSON.parse(line) as { account_id: string }).account_id)
      }
      if (answer.headers['x-has-more'] === 'false') break
      const next = String(answer.headers['x-next-cursor'])
      answer = await caller.call(`/accounts?limit=4&cursor=${next}`, { headers })
    }
    expect(seen).toEqual(allAccounts)
  })

  test('filters by Item, and refuses the cursor of another endpoint', async () => {
    const { body } = await caller.call<Accounts>('/accounts?item_id=item-a&item_id=item-c')
    expect(new Set(body.accounts.map((one) => one.item_id))).toEqual(new Set(['item-a', 'item-c']))
    expect(body.total_count).toBe(4)
    const some = await caller.call<Accounts>(
      `/accounts?search=SECOND-OF&limit=1&account_id=${allAccounts.join('&account_id=')}`,
    )
    expect(some.body.total_count).toBe(3)
    expect(some.body.accounts[0]?.account_id).toBe('second-of-item-a')
    const one = await caller.call<Accounts>(`/accounts?account_id=${allAccounts[3]}`)
    expect(one.body.accounts.map(({ account_id: id }) => id)).toEqual([allAccounts[3]])
    const feed = await caller.call<{ next_cursor: string }>('/transactions/incremental?limit=1')
    const wrong = await caller.call(`/accounts?cursor=${feed.body.next_cursor}`)
    expect(wrong.status).toBe(400)
    const nul = Buffer.from('{"after":"\\u0000"}').toString('base64url')
    expect((await caller.call(`/accounts?cursor=${nul}`)).status).toBe(400)
  })

  test('keeps an account that the bank no longer lists, marked, with its transactions', async () => {
    await using db = await testDatabase()
    await using bank = await ModelBank.start()
    await using api = await testPlaidApi(db, bank)
    const other = await serve(api)
    const item = bank.item('closing')
    item.accounts.push('short-lived')
    item.put({ ...transaction(item, 1), account_id: 'short-lived' })
    await link(api, item)
    await pullItem(api.context, item.itemId, 'incremental', never)
    item.accounts.pop()
    await pullItem(api.context, item.itemId, 'incremental', never)
    const closed = async () => {
      const { body } = await other.call<Accounts>('/accounts')
      return body.accounts.map((one) => [one.account_id, one.closed_at !== null])
    }
    expect(await closed()).toEqual([
      ['account-closing', false],
      ['short-lived', true],
    ])
    const rows = await other.call<Listing>('/transactions?account_id=short-lived')
    expect(rows.body.total_count).toBe(1)
    item.accounts.push('short-lived')
    await pullItem(api.context, item.itemId, 'incremental', never)
    expect(await closed()).toEqual([
      ['account-closing', false],
      ['short-lived', false],
    ])
  })
})

describe('what the bank may say', () => {
  test('a NUL or half a character in a name costs that character, not the row', async () => {
    await using db = await testDatabase()
    await using bank = await ModelBank.start()
    await using api = await testPlaidApi(db, bank)
    const other = await serve(api)
    const item = bank.item('odd')
    item.put({ ...transaction(item, 1), name: 'half \ud83d emoji', merchant_name: 'a\0b \udc00' })
    item.put({ ...transaction(item, 2), name: 'slash \\ud83d kept \\u0000' })
    await link(api, item)
    await pullItem(api.context, item.itemId, 'incremental', never)
    const { body, status } = await other.call<Listing>('/transactions?search=ab')
    expect(status).toBe(200)
    const found = body.transactions.map((row) => [row.name, row.merchant_name])
    expect(found).toEqual([['half \ufffd emoji', 'ab \ufffd']])
    const slashes = await other.call<Listing>('/transactions?search=slash')
    expect(slashes.body.transactions[0]?.name).toBe('slash \\ud83d kept \\u0000')
  })
})
