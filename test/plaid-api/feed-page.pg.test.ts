// A page of the feed, byte for byte: what is written of the columns is what the database itself
// makes of them, whatever is in the rows; and it ends by rows or by bytes, in bounded memory.
import { request } from 'node:http'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, many, one, sql } from '../../src/postgres/query.ts'
import { testDatabase } from '../support/database.ts'
import { type Caller, serve } from '../support/http.ts'
import { ModelBank } from '../support/model-bank.ts'
import { type TestApi, testPlaidApi } from '../support/plaid-api.ts'

const lines = { accept: 'application/x-ndjson' }
const cleanup = new AsyncDisposableStack()
let api: TestApi
let caller: Caller

beforeAll(async () => {
  const db = cleanup.use(await testDatabase())
  const bank = cleanup.use(await ModelBank.start())
  api = cleanup.use(await testPlaidApi(db, bank))
  caller = await serve(api, { judged: false })
})

afterAll(() => cleanup.disposeAsync())

interface Row {
  created: number
  deleted: number | null
  value: unknown
}

/** Microseconds from the year 1 on; each row is stamped after the one before. */
async function store(rows: Row[], firstMicros: number): Promise<void> {
  await exec(api.context.pool, sql`truncate plaid.transaction`)
  await exec(api.context.pool, sql`update plaid.feed_clock set at = now() + interval '1 hour'`)
  await exec(
    api.context.pool,
    sql`insert into plaid.transaction
          (transaction_id, item_id, account_id, updated_at, created_at, deleted_at, body)
        select n::text, 'i', 'a', first + n * n * interval '1 microsecond',
               first + created * interval '1 microsecond',
               first + deleted * interval '1 microsecond', body
        from unnest(${rows.map((row) => row.created)}::bigint[],
                    ${rows.map((row) => row.deleted)}::bigint[],
                    ${rows.map((row) => JSON.stringify({ v: row.value }).slice(1))}::text[])
             with ordinality row (created, deleted, body, n),
             (select timestamptz '0001-01-01Z' + ${firstMicros} * interval '1 microsecond')
               at (first)`,
  )
}

/** As the database writes it. */
async function expected(includeDeleted: boolean): Promise<string[]> {
  const rows = await many<{ line: string }>(
    api.context.pool,
    sql`select plaid.row_text(created_at, updated_at, '_ab_cdc_deleted_at', deleted_at, body)
               as line
        from plaid.transaction where ${includeDeleted} or deleted_at is null order by updated_at`,
  )
  return rows.map((row) => row.line)
}

interface Rest {
  next_cursor: string
  has_more: boolean
}

async function followed(path: string, asLines: boolean): Promise<string[]> {
  const found: string[] = []
  for (let cursor = ''; ;) {
    const headers = asLines ? lines : {}
    const answer = await caller.call<Rest>(`${path}${cursor}`, { headers })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.text)))
    const inside = asLines
      ? answer.text.replaceAll('\n', '\0')
      : /^\{"transactions":\[(.*)\],"next_cursor":/s.exec(answer.text)?.[1]
    if (inside) found.push(...(asLines ? inside.slice(0, -1).split('\0') : [inside]))
    if (answer.headers['x-has-more'] !== 'true') return found
    cursor = `&cursor=${String(answer.headers['x-next-cursor'])}`
  }
}

const yearMicros = 365 * 86_400 * 1_000_000
const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.replaceAll('\0', '')),
  fc.constantFrom('\\', '\\.', '\t\r\n', '\u2028"', '😀', '}}\n', ',"x":[', 'é'.repeat(40_000)),
  fc.jsonValue({ maxDepth: 2, noUnicodeString: false }),
)
const row = fc.record({
  created: fc.integer({ min: -1_000_000, max: 1_000_000 }),
  deleted: fc.option(fc.integer({ min: 0, max: 2_000_000 }), { freq: 4 }),
  value: value.filter((one) => !JSON.stringify(one).includes('\\u0000')),
})

test('whatever is in the rows, their text is the database’s own', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 20 }),
      fc.integer({ min: 2_000_000, max: 2_024 * yearMicros }),
      fc.integer({ min: 3, max: 12 }),
      fc.boolean(),
      async (rows, firstMicros, limit, includeDeleted) => {
        await store(rows, firstMicros)
        const whole = await expected(includeDeleted)
        const path = `/transactions/incremental?include_deleted=${includeDeleted}&limit=${limit}`
        expect(await followed(path, true)).toEqual(whole)
        expect((await followed(path, false)).join()).toBe(whole.join())
      },
    ),
    { numRuns: 20 },
  )
})

test.each(['0001-01-01T00:00:00.000001Z', '1999-12-31T23:59:59.999999Z', '2000-01-01T00:00:00Z'])(
  'a stamp of %s is written as the database writes it',
  async (stamp) => {
    await store([{ created: 0, deleted: 0, value: 1 }], 2_000_000)
    await exec(
      api.context.pool,
      sql`update plaid.transaction
          set updated_at = ${stamp}, created_at = ${stamp}, deleted_at = ${stamp}`,
    )
    const found = await followed('/transactions/incremental?limit=5', true)
    expect(found).toEqual(await expected(true))
  },
)

test('lines are wrapped as their reader says, within limits; JSON never is', async () => {
  const values = ['a', '}}\n', 'é', null]
  await store(
    values.map((each) => ({ created: 0, deleted: null, value: each })),
    2_000 * yearMicros,
  )
  const path = '/transactions/incremental'
  const [plain, json] = [await expected(true), await caller.call(path)]
  const wrapped = async (headers: Record<string, string>) => {
    const answer = await caller.call(path, { headers: { ...lines, ...headers } })
    return [answer.headers['x-wrapped-rows'], answer.text]
  }
  const [prefix, suffix] = ['{"data" : ', ' , "x":"\\u00e9"}']
  const text = (before: string, behind: string) =>
    plain.map((line) => `${before}${line}${behind}\n`).join('')
  expect(await wrapped({ 'x-row-prefix': '{"data" :', 'x-row-suffix': suffix.trim() })).toEqual([
    '4',
    text(prefix.trim(), suffix.trim()),
  ])
  expect(await wrapped({ 'x-row-suffix': '!' })).toEqual(['4', text('', '!')])
  expect(await wrapped({})).toEqual([undefined, text('', '')])
  const asJson = await caller.call(path, { headers: { 'x-row-prefix': '[' } })
  expect(asJson.text).toBe(json.text)
  for (const refused of ['é', 'x'.repeat(1_001)]) {
    const answer = await caller.call(path, { headers: { ...lines, 'x-row-suffix': refused } })
    expect(answer.status).toBe(400)
    expect(answer.body['error']).toMatchObject({ field: 'x-row-suffix' })
  }
})

test('a page of long rows ends before its limit, with a row at least, and none is lost', async () => {
  const long = 'x'.repeat(900_000)
  const longest = 'y'.repeat(7_000_000)
  const values = [1, long, long, longest, long, long, long, long, 2, 3, longest]
  await store(
    values.map((each) => ({ created: 0, deleted: null, value: each })),
    2_000 * yearMicros,
  )
  const first = await caller.call('/transactions/incremental?limit=5000', { headers: lines })
  expect(first.headers['x-has-more']).toBe('true')
  expect(first.text.length).toBeLessThan(10_000_000)
  const found = await followed('/transactions/incremental?limit=5000', true)
  expect(found.map((text) => text.length)).toEqual((await expected(true)).map((t) => t.length))
  expect(found).toEqual(await expected(true))
})

test('beside readers who take nothing the others read on, in smaller pages', async () => {
  // More than the systems between take of a page that nobody reads.
  const sizes = [...Array.from({ length: 24 }, () => 100_000), 12_000_000, 1]
  const rows = sizes.map((size) => ({ created: 0, deleted: null, value: 'x'.repeat(size) }))
  await store(rows, 2_000 * yearMicros)
  const headers = { ...lines, authorization: `Bearer ${caller.key}` }
  const stuck = await Promise.all(
    Array.from({ length: 30 }, async () => {
      const asked = request({ port: caller.port, path: '/transactions/incremental', headers })
      asked.on('error', () => {})
      const answered = new Promise((resolve) => asked.once('response', resolve))
      asked.end()
      await answered
      return asked
    }),
  )
  const beside = await caller.call('/transactions/incremental', { headers: lines })
  expect(beside.headers['x-has-more']).toBe('true')
  expect(beside.text.split('\n')).toHaveLength(2)
  const path = '/transactions/incremental?limit=5000'
  expect(await followed(path, true)).toEqual(await expected(true))
  for (const asked of stuck) asked.destroy()
  await expect
    .poll(async () => (await caller.call(path, { headers: lines })).text.length)
    .toBeGreaterThan(1_000_000)
  const { n } = await one<{ n: number }>(
    api.context.pool,
    sql`select count(*)::int as n from pg_stat_activity
        where application_name = 'plaid-api feed' and datname = current_database()`,
  )
  expect(n).toBeLessThanOrEqual(5)
})
