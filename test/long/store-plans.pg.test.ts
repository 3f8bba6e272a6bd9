// A store that never scans: each filter that plaid-api documents for a list is asked for over HTTP
// in a store with some hundred thousand rows, and PostgreSQL is asked how it finds what fits.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalog } from '../../src/catalog/catalog.ts'
import type { Stream } from '../../src/catalog/stream.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { one, sql } from '../../src/postgres/query.ts'
import { testDatabase } from '../support/database.ts'
import { type Caller, serve } from '../support/http.ts'
import { addItems, fillStore, fillStreams, merchantOf } from '../support/large-store.ts'
import { ModelBank } from '../support/model-bank.ts'
import { noteStatements, type PlanNode, plansOf } from '../support/plans.ts'
import { testPlaidApi } from '../support/plaid-api.ts'

const rows = 300_000
const cleanup = new AsyncDisposableStack()
let pool: Pool
let caller: Caller
let statements: ReturnType<typeof noteStatements>
let today: string

beforeAll(async () => {
  const db = cleanup.use(await testDatabase())
  const bank = cleanup.use(await ModelBank.start())
  const api = cleanup.use(await testPlaidApi(db, bank))
  statements = noteStatements([api.context.readers, api.context.pool])
  caller = await serve(api, { judged: false })
  pool = db.pool()
  await fillStore(pool, rows)
  await addItems(pool, 50_000)
  await fillStreams(pool, 20_000)
  today = (await one<{ day: string }>(pool, sql`select current_date::text as day`)).day
}, 300_000)
afterAll(() => cleanup.disposeAsync())

const dayBefore = (days: number) =>
  new Date(Date.parse(today) - days * 86_400_000).toISOString().slice(0, 10)

/** By list; each of its filters is in one of them. */
const asked: Record<string, () => string[]> = {
  '/transactions': () => {
    const [from, to] = [dayBefore(40), dayBefore(33)]
    return [
      '',
      'order=asc',
      'account_id=item-3-account-1',
      'account_id=item-0-account-1&account_id=item-7-account-2',
      'item_id=item-3',
      'item_id=item-0&category=NOTHING',
      `start_date=${from}&end_date=${to}`,
      `end_date=${to}&min_amount=3900`,
      'min_amount=0',
      'min_amount=4000',
      'max_amount=-590',
      'min_amount=20&max_amount=20.5&category=FOOD_AND_DRINK',
      'category=FOOD_AND_DRINK',
      'category=RARE_5',
      'category=NOTHING&pending=true',
      'pending=true',
      'pending=false',
      'search=purchase',
      'search=10017',
      'search=nobody%20at%20all',
      `search=100177&category=FOOD_AND_DRINK&start_date=${from}`,
      'search=1001&account_id=item-0-account-1',
    ]
  },
  '/accounts': () => [
    '',
    'item_id=item-3',
    'item_id=item-3&item_id=item-4',
    'account_id=account-of-more-7',
    'search=of-more-4999',
  ],
  '/items': () => [
    '',
    'status=needs_user',
    'client_user_id=owner-3',
    'status=needs_user&client_user_id=owner-3',
    'standing=owner',
    'standing=attention&standing=fresh',
    'search=more-4999',
  ],
  '/pulls': () => ['', 'item_id=item-3'],
  '/webhooks': () => ['', 'item_id=more-3', 'webhook_type=ITEM', 'webhook_code=ERROR'],
  ...Object.fromEntries(
    catalog
      .filter(({ name }) => !['transactions', 'accounts', 'items'].includes(name))
      .map((stream) => [`/${stream.name}`, () => askedOf(stream)]),
  ),
}

function askedOf({ schema, day }: Stream): string[] {
  const has = (field: string) => Object.hasOwn(schema.properties, field)
  const [from, to] = [dayBefore(40), dayBefore(33)]
  return [
    '',
    ...(has('item_id') ? ['item_id=more-7', 'item_id=item-0', 'item_id=more-7&item_id=no'] : []),
    ...(has('account_id') ? ['account_id=account-of-more-7', 'account_id=item-0-account-1'] : []),
    ...(day === undefined ? [] : [`start_date=${from}&end_date=${to}`, `start_date=${from}`]),
  ]
}

const notFilters = new Set(['cursor', 'limit', 'order'])

test('each filter that is documented for a list is asked for here', () => {
  for (const [path, methods] of Object.entries(caller.document.api.paths)) {
    const { parameters = [], responses } = methods['get'] ?? { responses: {} }
    const filters = parameters
      .filter(({ in: place }) => place === 'query')
      .map(({ name }) => name)
      .filter((name) => !notFilters.has(name))
    if (!JSON.stringify(responses).includes('Page"') || elsewhere.includes(path)) continue
    expect(Object.keys(asked), path).toContain(path)
    const queries = asked[path]?.() ?? []
    for (const name of filters) {
      expect(
        queries.some((query) => new URLSearchParams(query).has(name)),
        `${path}?${name}`,
      ).toBe(true)
    }
  }
})

/** A list whose rows an operator makes by hand; and the feeds, which walk their own index. */
const elsewhere = ['/keys', ...catalog.map(({ name }) => `/${name}/incremental`)]

test('no list reads a table from end to end, nor does its next page', async () => {
  for (const [path, queries] of Object.entries(asked)) {
    for (const query of queries()) {
      const page = await ask(path, `${query}&limit=50`)
      if (page.next_cursor) await ask(path, `${query}&limit=50&cursor=${page.next_cursor}`)
    }
  }
})

test('rows of an Item, of an account and of a week are found by an index of their own', async () => {
  const week = `start_date=${dayBefore(40)}&end_date=${dayBefore(33)}`
  const by: Record<string, string[]> = {
    stream_row_item: ['/balances?item_id=more-7', '/liabilities_credit?item_id=more-7'],
    stream_row_account: ['/investment_holdings?account_id=account-of-more-7'],
    stream_row_day: [`/sync_runs?${week}`, `/webhook_events?${week}`],
  }
  for (const [index, paths] of Object.entries(by)) {
    for (const path of paths) {
      const [list = '', query = ''] = path.split('?')
      const { used } = await ask(list, query)
      expect(used, path).toContain(index)
    }
  }
})

test('a search within days is found by its index, however few days the planner takes them for', async () => {
  const days = `start_date=${dayBefore(400)}&end_date=${dayBefore(40)}`
  for (let n = 0; n < 20; n++) {
    const { bitmaps } = await ask('/transactions', `search=${merchantOf(n)}&${days}`)
    expect(bitmaps, merchantOf(n)).toEqual(['transaction_search'])
  }
})

interface Asked {
  next_cursor: string | null
  /** The indexes by which rows were found; those of them that sent to the table for each row. */
  used: string[]
  bitmaps: string[]
}

async function ask(path: string, query: string): Promise<Asked> {
  statements.length = 0
  const { status, body, text } = await caller.call<{ next_cursor: string | null }>(
    `${path}?${query}`,
  )
  const used = new Set<string>()
  const bitmaps = new Set<string>()
  expect(status, text).toBe(200)
  const plans = await plansOf(pool, statements.splice(0))
  expect(plans.length).toBeGreaterThan(0)
  for (const plan of plans) {
    const scans = plan.nodes.filter((node) => node['Node Type'] === 'Seq Scan' && isLarge(node))
    expect(scans, `${path}?${query}\n${plan.text}`).toEqual([])
    for (const { 'Index Name': index, 'Node Type': type } of plan.nodes) {
      if (index !== undefined) used.add(index)
      if (index !== undefined && type === 'Bitmap Index Scan') bitmaps.add(index)
    }
  }
  return { next_cursor: body.next_cursor, used: [...used], bitmaps: [...bitmaps] }
}

const large = [
  'transaction',
  'stream_row',
  'webhook_event',
  'account',
  'item',
  'pull',
  'tally',
  'staged',
]

function isLarge({ 'Relation Name': name = '' }: PlanNode): boolean {
  return large.includes(name)
}
