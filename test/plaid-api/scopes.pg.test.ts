// What a key may do (L10): every route of the document with every scope, and keys that end, are
// replaced, or ask too often.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KeyList, KeyMade } from '../../src/plaid-api/shapes.ts'
import { needs } from '../../src/plaid-api/scopes.ts'
import { registerApiKey } from '../../src/plaid-api/auth.ts'
import { exec, sql } from '../../src/postgres/query.ts'
import { mayDo, scopes } from '../../src/std/scope.ts'
import { Secret } from '../../src/std/secrets.ts'
import { testDatabase } from '../support/database.ts'
import { type Caller, type Failure, serve } from '../support/http.ts'
import { ModelBank } from '../support/model-bank.ts'
import { type TestApi, testPlaidApi } from '../support/plaid-api.ts'

const cleanup = new AsyncDisposableStack()
const own = { authorization: 'Bearer own-key' }
let api: TestApi
let caller: Caller

beforeAll(async () => {
  const db = cleanup.use(await testDatabase())
  const bank = cleanup.use(await ModelBank.start())
  api = cleanup.use(await testPlaidApi(db, bank))
  caller = await serve(api)
  await registerApiKey(api.context.pool, 'own', new Secret('own-key'), { own: true })
})

afterAll(() => cleanup.disposeAsync())

async function make(body: object): Promise<KeyMade> {
  const answer = await caller.call<KeyMade>('/keys', { method: 'POST', headers: own, body })
  expect(answer.status).toBe(201)
  return answer.body
}

const asked = (key: string, path = '/stats', method = 'GET') =>
  caller.bare(path, { method, headers: { authorization: `Bearer ${key}` } })

test('a route is refused to each key whose scope does not reach it, and to no other', async () => {
  const keys = await Promise.all(scopes.map((scope) => make({ name: scope, scope })))
  for (const [route, need] of Object.entries(needs)) {
    const [method = '', path = ''] = route.split(' ')
    if (path === '/events' || need === 'open') continue
    // of an Item, a session, a key that is not there
    const at = path.replace(/:\w+/, '00000000-0000-4000-8000-000000000000')
    for (const { key, scope } of keys) {
      const { status } = await asked(key, at, method)
      const may = need !== 'own' && mayDo(scope, need)
      expect([route, scope, status === 403]).toEqual([route, scope, !may])
    }
    expect((await asked('unknown', at, method)).status).toBe(401)
  }
})

test('every answer, a refusal too, says that it is no page and that nobody keeps it', async () => {
  for (const answer of [await asked(caller.key), await asked('unknown'), await asked('x', '/no')]) {
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    })
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  }
})

test('the document says of each operation what it needs', () => {
  const { paths } = caller.document.api
  const told = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]): [string, string] => {
      const [scheme] = (security ?? []) as { apiKey: string[] }[]
      const route = `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`
      return [route, scheme?.apiKey[0] ?? 'open']
    }),
  )
  expect(Object.fromEntries(told)).toEqual(needs)
})

test('a key that was made before scopes may do everything but what is Tartan’s own', async () => {
  await registerApiKey(api.context.pool, 'old', new Secret('old-key'))
  expect((await asked('old-key', '/items/x', 'DELETE')).status).toBe(404)
  expect((await asked('old-key', '/keys')).status).toBe(403)
})

test('a key opens until its time is over', async () => {
  const { id, key, expires_at: end } = await make({ name: 'short', days: 1 })
  expect(end).toMatch(/^\d{4}-/)
  expect((await asked(key)).status).toBe(200)
  await exec(api.context.pool, sql`update plaid.api_key set expires_at = now() where id = ${id}`)
  expect((await asked(key)).status).toBe(401)
  const { keys } = (await caller.call<KeyList>('/keys', { headers: own })).body
  expect(keys.find((one) => one.id === id)?.expired).toBe(true)
  const path = `/keys/${id}/rotate`
  expect((await caller.call(path, { method: 'POST', headers: own })).status).toBe(409)
})

test('who asks too often waits as long as the answer says; no other key does', async () => {
  const { key } = await make({ name: 'busy', per_minute_max: 3 })
  const statuses = []
  for (let i = 0; i < 4; i++) statuses.push((await asked(key)).status)
  expect(statuses).toEqual([200, 200, 200, 429])
  const answer = await asked(key)
  expect(answer.body.error.code).toBe('TOO_MANY_REQUESTS')
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60)
  expect((await asked(caller.key)).status).toBe(200)
})

test('a key’s name is a text that PostgreSQL has', async () => {
  for (const name of ['a\0b', '\0', '\ud800', ' ']) {
    const options = { method: 'POST', headers: own, body: { name } }
    const answer = await caller.call<Failure>('/keys', options)
    expect([answer.status, answer.body.error.field]).toEqual([400, 'name'])
  }
})

test('a key is replaced by one with its rights, and opens beside it for a while', async () => {
  const rights = { scope: 'sync', days: 30, per_minute_max: 50 }
  const old = await make({ name: 'replaced', ...rights })
  const rotate = (body?: object) =>
    caller.call<KeyMade>(`/keys/${old.id}/rotate`, { method: 'POST', headers: own, body })
  const made = (await rotate({ grace_hours: 2 })).body
  expect(made).toMatchObject({ name: 'replaced', scope: 'sync', expires_at: old.expires_at })
  expect([(await asked(old.key)).status, (await asked(made.key)).status]).toEqual([200, 200])
  const { keys } = (await caller.call<KeyList>('/keys', { headers: own })).body
  const [before, after] = [old.id, made.id].map((id) => keys.find((one) => one.id === id)!)
  expect(after).toMatchObject({ per_minute_max: 50, expired: false })
  const left = Date.parse(before!.expires_at!) - Date.parse(after!.created_at)
  expect(left).toBe(2 * 3_600_000)
  // As 0 it would end the key that its caller still holds.
  expect((await rotate({ grace_hours: null })).status).toBe(400)
  await rotate({ grace_hours: 0 })
  expect((await asked(old.key)).status).toBe(401)
  expect((await rotate()).status).toBe(409)
})
