// Bad input gets 4xx with a code, a sentence and the field, and never a 500: the database is never
// the one that refuses.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { testDatabase } from '../support/database.ts'
import { type Answer, type Caller, type Failure, serve } from '../support/http.ts'
import { ModelBank } from '../support/model-bank.ts'
import { link, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal
const cleanup = new AsyncDisposableStack()
let caller: Caller
let cursors: string[]

beforeAll(async () => {
  const db = cleanup.use(await testDatabase())
  const bank = cleanup.use(await ModelBank.start())
  const api = cleanup.use(await testPlaidApi(db, bank))
  const item = bank.item('a')
  for (let n = 0; n < 10; n++) {
    const row = { account_id: 'account-a', amount: n, name: `n${n}`, pending: false }
    item.put({ transaction_id: `t${n}`, ...row })
  }
  await link(api, item)
  await pullItem(api.context, item.itemId, 'incremental', never)
  caller = await serve(api)
  const paths = ['/transactions?limit=2', '/accounts', '/transactions/incremental?limit=2']
  const pages = await Promise.all(paths.map((path) => caller.call(path)))
  cursors = pages.map((page) => String(page.headers['x-next-cursor'] ?? page.body['next_cursor']))
})

afterAll(() => cleanup.disposeAsync())

function expectRefusal(answer: Answer<Failure>, status: number, field?: string): void {
  expect(answer.status, answer.text).toBe(status)
  expect(answer.body.error.code).toMatch(/^[A-Z_]+$/)
  expect(answer.body.error.message.length).toBeGreaterThan(10)
  if (field !== undefined) expect(answer.body.error.field).toBe(field)
}

test('a request that names JSON and has no body is one without a body', async () => {
  const headers = { 'content-type': 'application/json' }
  expect((await caller.call('/sync', { method: 'POST', headers })).status).toBe(202)
  expect((await caller.call('/items/x', { method: 'DELETE', headers })).status).toBe(404)
  const without = await caller.call('/items/sandbox', { method: 'POST' })
  const empty = await caller.call('/items/sandbox', { method: 'POST', headers })
  expect([empty.status, empty.body]).toEqual([400, without.body])
})

test.each([
  ['GET', '/accounts?limit=0', 'limit must be at least 1'],
  ['GET', '/accounts?limit=many', 'limit must be a whole number'],
  ['GET', '/accounts?colour=red', 'the query has a field that is not known here: colour'],
  ['GET', '/items?status=unwell', /^status must be one of linked, healthy, /],
  ['GET', '/transactions?pending=maybe', 'pending must be true or false'],
  ['GET', '/transactions?order=up', 'order must be one of asc, desc'],
  ['GET', '/transactions?end_date=2025-02-29', /^end_date must be a day of the calendar/],
  ['GET', '/transactions?search=%00', /^search has a character or a form that is not taken/],
  ['GET', `/transactions?search=${'x'.repeat(1_001)}`, 'search must have at most 1000 characters'],
  ['GET', '/link/sessions/1', 'session_id must be a UUID'],
  ['POST', '/items/sandbox', 'the body lacks institution_id', {}],
  ['POST', '/sync', 'item_id must be text', { item_id: {} }],
  ['POST', '/sync', 'the body has a field that is not known here: item', { item: 'a' }],
  ['POST', '/items/a/erase', 'the body has a field that is not known here: now', { now: 1 }],
])('what is wrong is said in plain words: %s %s', async (method, path, sentence, body?: object) => {
  const { message } = (await caller.call<Failure>(path, { method, body })).body.error
  if (typeof sentence === 'string') expect(message).toBe(sentence)
  else expect(message).toMatch(sentence)
})

describe('a wrong parameter', () => {
  test.each([
    ['/transactions', 'start_date', '2026-02-31'],
    ['/transactions', 'start_date', '2026-2-1'],
    ['/transactions', 'start_date', '0000-01-01'],
    ['/transactions', 'end_date', 'yesterday'],
    ['/transactions', 'end_date', ''],
    ['/transactions', 'end_date', '2025-02-29'],
    ['/transactions', 'min_amount', 'lots'],
    ['/transactions', 'min_amount', 'NaN'],
    ['/transactions', 'max_amount', 'Infinity'],
    ['/transactions', 'max_amount', '1e999'],
    ['/transactions', 'pending', 'maybe'],
    ['/transactions', 'order', 'sideways'],
    ['/transactions', 'limit', '0'],
    ['/transactions', 'limit', '5001'],
    ['/transactions', 'limit', '1.5'],
    ['/transactions', 'limit', '99999999999999999999'],
    ['/transactions', 'account_id', 'a\0b'],
    ['/transactions', 'category', 'a\0b'],
    ['/transactions', 'search', '\0'],
    ['/transactions', 'search', 'x'.repeat(1_001)],
    ['/transactions', 'cursor', 'bm9uc2Vuc2U'],
    ['/transactions', 'acount_id', 'a'],
    ['/accounts', 'limit', '-1'],
    ['/accounts', 'item_id', ''],
    ['/accounts', 'cursor', '{}'],
    ['/accounts', 'colour', 'red'],
    ['/transactions/incremental', 'updated_since', '2026-02-31T00:00:00Z'],
    ['/transactions/incremental', 'updated_since', '2026-02-31'],
    ['/transactions/incremental', 'updated_since', '0000-12-31T00:00:00Z'],
    ['/transactions/incremental', 'updated_since', '0001-01-01T00:00:00+14:00'],
    ['/transactions/incremental', 'updated_since', '9999-12-31T23:00:00-14:00'],
    ['/transactions/incremental', 'updated_since', '2026-01-01T00:00:00+19:00'],
    ['/transactions/incremental', 'updated_since', '2026-01-01T25:00:00Z'],
    ['/transactions/incremental', 'updated_since', '2026-01-01T00:00:00'],
    ['/transactions/incremental', 'updated_since', 'infinity'],
    ['/transactions/incremental', 'updated_since', '2026-01-01\0'],
    ['/transactions/incremental', 'cursor', 'AAAA'],
    ['/transactions/incremental', 'include_deleted', 'perhaps'],
    ['/transactions/incremental', 'limit', 'many'],
    ['/transactions/incremental', 'update_since', '2026-01-01'],
  ])('%s?%s=%j is refused by its name', async (path, name, value) => {
    const query = `${name}=${encodeURIComponent(value)}`
    expectRefusal(await caller.call<Failure>(`${path}?${query}`), 400, name)
  })

  test.each([
    ['GET', '/sync/not-a-uuid', 400, 'id'],
    ['GET', '/sync/%00', 400, 'id'],
    ['GET', '/sync/00000000-0000-4000-8000-000000000000', 404, undefined],
    ['GET', '/link/sessions/1', 400, 'session_id'],
    ['GET', '/link/sessions/00000000-0000-4000-8000-000000000000', 404, undefined],
    ['DELETE', '/items/nobody', 404, undefined],
    ['DELETE', '/items/a%00b', 400, 'item_id'],
    ['POST', '/items/nobody/verify', 404, undefined],
    ['GET', '/items/nobody', 404, undefined],
    ['POST', '/items/nobody/erase', 404, undefined],
    ['GET', '/items?status=unwell', 400, 'status'],
    ['GET', '/items?owner=me', 400, 'owner'],
    ['GET', '/items?standing=tall', 400, 'standing'],
    ['GET', '/items?order=worst&cursor=eyJsaW5rZWQiOiJhIiwiaXRlbSI6ImIifQ', 400, 'cursor'],
    ['GET', '/pulls/strips?since=2026-01-01T00:00:00Z&step_seconds=60', 400, 'item_id'],
    ['GET', '/pulls/strips?item_id=a&since=today&step_seconds=60', 400, 'since'],
    ['POST', '/items/a%00b/verify', 400, 'item_id'],
    ['DELETE', '/items/%ff', 400, undefined],
    ['DELETE', '/items/%', 400, undefined],
    ['DELETE', `/items/${'x'.repeat(2_000)}`, 414, undefined],
    ['GET', '/nowhere', 404, undefined],
    ['POST', '/accounts', 404, undefined],
    ['POST', '/sync?item_id=item-a', 400, 'item_id'],
  ])('%s %s is answered with %i', async (method, path, status, field) => {
    expectRefusal(await caller.call<Failure>(path, { method }), status, field)
  })

  test.each<[string, unknown, number, string | undefined]>([
    ['/sync', { item: 'a' }, 400, 'item'],
    ['/sync', { item_id: '' }, 400, 'item_id'],
    ['/sync', { item_id: 'a\0b' }, 400, 'item_id'],
    ['/sync', { item_id: null }, 400, 'item_id'],
    ['/sync', { item_id: 5 }, 400, 'item_id'],
    ['/sync', { item_id: '\ud800' }, 400, 'item_id'],
    ['/sync', { '\0': 1 }, 400, 'the name of a field'],
    ['/items/sandbox', { institution_id: false }, 400, 'institution_id'],
    ['/link/sessions', { account_selection_enabled: 'true' }, 400, 'account_selection_enabled'],
    ['/sync', { item_id: { a: 1 } }, 400, 'item_id'],
    ['/sync', { item_id: 'nobody' }, 404, undefined],
    ['/sync/full', [], 400, undefined],
    ['/sync/full', 'false', 400, undefined],
    ['/sync/full', '0', 400, undefined],
    ['/sync/full', '""', 400, undefined],
    ['/sync/full', '[null]', 400, undefined],
    ['/sync/full', '{"item_id":', 400, undefined],
    ['/sync/full', '{"__proto__":{"item_id":"a"}}', 400, undefined],
    ['/sync/full', { item_id: 'x'.repeat(100_000) }, 413, undefined],
    ['/items/sandbox', {}, 400, 'institution_id'],
    ['/items/sandbox', { institution_id: 'ins_1', password: 'x' }, 400, 'password'],
    ['/items/sandbox', 'null', 400, undefined],
    ['/items/item-a/resolve', {}, 400, 'choice'],
    ['/items/item-a/resolve', { choice: 'both' }, 400, 'choice'],
    ['/items/item-a/resolve', { choice: 'replace' }, 409, undefined],
    ['/items/item-a/resolve', { choice: 'replace', of: 'item-b' }, 400, 'of'],
    ['/items/item-a/erase', { really: true }, 400, 'really'],
    ['/items/item-a/verify', { full: true }, 400, 'full'],
    ['/link/sessions', { item: 'item-a' }, 400, 'item'],
    ['/link/sessions', { item_id: 'nobody' }, 404, undefined],
    ['/link/sessions', { client_user_id: 'x'.repeat(129) }, 400, 'client_user_id'],
    ['/link/sessions', { account_selection_enabled: true }, 400, 'account_selection_enabled'],
  ])('the body of POST %s, %j, is refused with %i', async (path, body, status, field) => {
    expectRefusal(await caller.call<Failure>(path, { method: 'POST', body }), status, field)
  })

  test('a body that is not JSON is refused', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'nonsense']) {
      const options = { method: 'POST', body: 'item_id=a', headers: { 'content-type': type } }
      const answer = await caller.call<Failure>('/sync', options)
      expectRefusal(answer, answer.status)
      expect([400, 415]).toContain(answer.status)
    }
  })
})

const names = ['account_id', 'item_id', 'start_date', 'end_date', 'min_amount', 'max_amount']
  .concat(['category', 'pending', 'search', 'order', 'limit', 'cursor', 'updated_since'])
  .concat(['epoch', 'include_deleted', '__proto__', 'constructor'])
const digits = fc.stringMatching(/^[-+]?\d{1,4}(-\d\d){0,2}([T ]\d\d:\d\d(:\d\d(\.\d{0,8})?)?Z?)?$/)
const cursorLike = fc.dictionary(
  fc.constantFrom('list', 'date', 'id', 'after', 'epoch', 'head', 'kind'),
  fc.oneof(fc.string(), digits, fc.constant(null), fc.integer(), fc.constant('\0')),
)
const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  digits,
  fc.double().map(String),
  fc.bigInt().map(String),
  fc.constantFrom('', '\0', 'true', 'null', '1e400', '-0', '0x10', '[]', "'", '\\', '%'),
  cursorLike.map((one) => Buffer.from(JSON.stringify(one)).toString('base64url')),
)
const encoded = fc.oneof(
  value.map(encodeURIComponent),
  fc.constantFrom('%', '%00', '%ff', '%ed%a0%80', '%zz', '+', 'a[b]=c', '&&', '='),
)
const paths = fc.constantFrom('/transactions', '/accounts', '/transactions/incremental')

describe('any query string', () => {
  test('gets an answer or a refusal that says why', async () => {
    const pairs = fc.array(fc.tuple(fc.constantFrom(...names), encoded), { maxLength: 4 })
    const lines = fc.boolean()
    await fc.assert(
      fc.asyncProperty(paths, pairs, lines, async (path, given, asLines) => {
        const query = given.map(([name, one]) => `${name}=${one}`).join('&')
        const headers = { accept: asLines ? 'application/x-ndjson' : '*/*' }
        const answer = await caller.call<Failure>(`${path}?${query}`, { headers })
        if (answer.status !== 200) expectRefusal(answer, answer.status)
        expect(answer.status, `${query} ${answer.text}`).toBeLessThan(500)
      }),
      { numRuns: 1_500 },
    )
  })

  test('a cursor that was tampered with anywhere is refused or read, and breaks nothing', async () => {
    const change = fc.record({ of: fc.nat({ max: 2 }), at: fc.nat(), to: fc.nat({ max: 255 }) })
    await fc.assert(
      fc.asyncProperty(paths, change, async (path, { of, at, to }) => {
        const bytes = Buffer.from(cursors[of] ?? '', 'base64url')
        bytes[at % bytes.length] = to
        const answer = await caller.call<Failure>(`${path}?cursor=${bytes.toString('base64url')}`)
        expect([200, 400, 410], answer.text).toContain(answer.status)
      }),
      { numRuns: 600 },
    )
  })
})
