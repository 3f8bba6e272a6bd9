// The OpenAPI document is the service: every route is in it, whole, and each of them was asked here
// and answered as it says. That every other answer of these tests fits too, `serve` sees to.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalog } from '../../src/catalog/catalog.ts'
import { registerApiKey } from '../../src/plaid-api/auth.ts'
import type { HeldTransaction, TransactionsPage } from '../../src/plaid-api/store/shapes.ts'
import type { KeyMade } from '../../src/plaid-api/shapes.ts'
import { readTaxonomy } from '../../src/plaid-api/ingest/taxonomy.ts'
import { Secret } from '../../src/std/secrets.ts'
import type { Document } from '../support/document.ts'
import { LinkedWorld } from '../support/linked-world.ts'

let world: LinkedWorld
let document: Document

beforeAll(async () => {
  world = await LinkedWorld.make()
  document = world.caller.document
})
afterAll(() => world[Symbol.asyncDispose]())

test('every operation says what it is for, its success, its failures, and who may ask', () => {
  expect(document.api.openapi).toBe('3.1.0')
  expect(document.flaws()).toEqual([])
})

test('an answer that is not as it says is noticed', async () => {
  const { text, headers } = await world.caller.call('/health')
  const answer = { method: 'GET', path: '/health', status: 200, text }
  const type = String(headers['content-type'])
  expect(() => document.judge({ ...answer, type })).not.toThrow()
  expect(() => document.judge({ ...answer, type, status: 418 })).toThrow(/not documented/)
  expect(() => document.judge({ ...answer, type: 'text/plain' })).toThrow(/not documented/)
  for (const wrong of ['{}', text.replace('"ok"', '1'), text.replace('{', '{"secret":1,')]) {
    expect(() => document.judge({ ...answer, type, text: wrong })).toThrow(/does not fit/)
  }
})

test('every operation was asked, and answered as it says', async () => {
  const item = await world.sandbox()
  await world.sync()
  await world.post('/sync/full', undefined, 202)
  await world.api.context.runs.settled()
  await world.post(`/items/${item}/verify`)
  await world.link({ item_id: item })
  await world.webhook(item)
  await listsAreAsked()
  const strips = `/pulls/strips?item_id=${item}&since=2020-01-01T00:00:00Z&step_seconds=60`
  for (const path of [
    `/items/${item}`,
    '/items',
    '/items/standings',
    '/institutions/ins_109509',
    '/institutions/ins_109509/status',
    '/pulls',
    strips,
    '/webhooks',
  ]) {
    expect((await get(path)).status).toBe(200)
  }
  expect((await get('/institutions/ins_109509/logo')).status).toBe(200)
  await keysAreAsked()
  const second = await world.sandbox()
  await world.post(`/items/${second}/resolve`, { choice: 'discard' })
  await tombstonesAreAsked(item)
  expect((await world.caller.call(`/items/${item}`, { method: 'DELETE' })).status).toBe(204)
  expect(await followed()).toContain('text/event-stream')
  // Only Plaid has that answered well: webhook-door.pg.test.ts.
  expect(document.unproven()).toEqual(['GET /events', 'POST /webhooks/plaid'])
})

const lines = { accept: 'application/x-ndjson' }

function get<T>(path: string, headers = {}) {
  return world.caller.call<T>(path, { headers })
}

async function listsAreAsked(): Promise<void> {
  for (const path of [
    '/health',
    '/live',
    '/ready',
    '/metrics',
    '/stats',
    '/stats?since=2020-01-01T00:00:00Z',
    '/webhooks/status',
    '/schema',
  ]) {
    expect((await get(path)).status).toBe(200)
  }
  expect((await get('/openapi.json')).status).toBe(200)
  await readTaxonomy(world.api.context, new AbortController().signal)
  for (const { name, product } of catalog) {
    expect((await get(`/schema/${name}`)).status).toBe(200)
    const lists = ['items', 'transactions'].includes(name) ? [] : [`/${name}`]
    for (const path of [...lists, `/${name}/incremental`]) {
      const [json, rows] = [await get(path), await get(path, lines)]
      expect([json.status, rows.status]).toEqual([200, 200])
      if (product === null) expect(rows.text, path).toMatch(/"updated_at":"\d{4}.*\n/)
    }
  }
}

async function tombstonesAreAsked(item: string): Promise<void> {
  const page = await get<TransactionsPage>(`/transactions?item_id=${item}&limit=1`)
  const { transaction_id: id, account_id: account } = page.body.transactions[0]!
  expect((await get(`/accounts/${account}`)).status).toBe(200)
  expect((await get<HeldTransaction>(`/transactions/${id}`)).body.deleted_at).toBeNull()
  await world.post(`/items/${item}/erase`, undefined, 204)
  expect((await get<HeldTransaction>(`/transactions/${id}`)).body.deleted_at).not.toBeNull()
  expect((await get('/transactions/incremental', lines)).text).toContain(`"${id}"`)
  expect((await get('/transactions/incremental')).text).toContain('"_ab_cdc_deleted_at":"')
}

async function keysAreAsked(): Promise<void> {
  const { api, caller } = world
  await registerApiKey(api.context.pool, 'own', new Secret('own-key'), { own: true })
  const headers = { authorization: 'Bearer own-key' }
  const made = await caller.call<KeyMade>('/keys', { method: 'POST', headers, body: { name: 'a' } })
  expect((await caller.call('/keys', { headers })).status).toBe(200)
  const path = `/keys/${made.body.id}/rotate`
  expect((await caller.call(path, { method: 'POST', headers })).status).toBe(201)
  const gone = await caller.call(`/keys/${made.body.id}`, { method: 'DELETE', headers })
  expect(gone.status).toBe(204)
}

/** It does not end by itself: its head is looked at. */
async function followed(): Promise<string> {
  const { key, port } = world.caller
  const leave = new AbortController()
  const headers = { authorization: `Bearer ${key}` }
  const url = `http://127.0.0.1:${port}/events`
  const answer = await fetch(url, { headers, signal: leave.signal })
  expect(document.api.paths['/events']?.['get']?.responses[answer.status]).toBeDefined()
  leave.abort()
  return answer.headers.get('content-type') ?? ''
}
