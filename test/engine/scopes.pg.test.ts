// What a client may do (L10): every route of the engine's document with every scope, and clients
// that end or ask too often.
import { expect, test } from 'vitest'
import { createApplication } from '../../src/engine/api/application.ts'
import { needs } from '../../src/engine/api/scopes.ts'
import { exec, sql } from '../../src/postgres/query.ts'
import { mayDo, type Scope, scopes } from '../../src/std/scope.ts'
import { startEngine, tokenOf } from '../support/engine.ts'

const nobody = '99999999-9999-4999-8999-999999999999'

async function start() {
  const engine = await startEngine()
  const { pool } = engine
  const client = async (rights: { scope: Scope; days?: number; perMinuteMax?: number }) => {
    const all = { days: null, perMinuteMax: null, ...rights }
    const made = await createApplication(pool, rights.scope, all)
    const text = `${made.clientId}:${made.clientSecret.reveal()}`
    return { ...made, basic: `Basic ${Buffer.from(text).toString('base64')}` }
  }
  const ask = (authorization: string, route: string, body?: object) => {
    const [method = '', path = ''] = route.split(' ')
    const at = engine.url + path.replace(/:\w+/, nobody)
    const type = { 'content-type': 'application/json' }
    const headers = { authorization, ...(method === 'GET' ? {} : type) }
    return fetch(at, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
  }
  return { engine, pool, client, ask, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() }
}

test('a route is refused to each client whose scope does not reach it, and to no other', async () => {
  await using here = await start()
  const clients = await Promise.all(scopes.map((scope) => here.client({ scope })))
  for (const [route, need] of Object.entries(needs)) {
    if (route.endsWith('/events') || need === 'open' || need === 'own') continue
    for (const [i, { basic }] of clients.entries()) {
      const { status } = await here.ask(basic, route)
      const scope = scopes[i]!
      expect([route, scope, status === 403]).toEqual([route, scope, !mayDo(scope, need)])
    }
    expect((await here.ask('Basic eDp5', route)).status).toBe(401)
  }
})

test('a token has the scope of its client; what empties tables needs an admin', async () => {
  await using here = await start()
  const client = await here.client({ scope: 'sync' })
  const token = `Bearer ${await tokenOf(here.engine.url, client)}`
  const route = 'POST /api/public/v1/jobs'
  const job = (jobType: string) => here.ask(token, route, { connectionId: nobody, jobType })
  expect([(await job('sync')).status, (await job('reset')).status]).toEqual([404, 403])
  const gone = await here.ask(token, 'DELETE /api/public/v1/sources/:sourceId')
  expect([gone.status, ((await gone.json()) as { title: string }).title]).toEqual([
    403,
    'forbidden',
  ])
})

test('the document says of each operation what it needs', async () => {
  await using here = await start()
  const { basic } = await here.client({ scope: 'read' })
  const document = (await (await here.ask(basic, 'GET /openapi.json')).json()) as {
    paths: Record<string, Record<string, { security: { bearer: string[] }[] }>>
  }
  const told = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => [
      `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      security[0]?.bearer[0] ?? 'open',
    ]),
  )
  expect(Object.fromEntries(told)).toEqual(needs)
})

test('a client opens until its time is over, and as often as it may', async () => {
  await using here = await start()
  const { basic, clientId } = await here.client({ scope: 'read', days: 1, perMinuteMax: 2 })
  const route = 'GET /api/public/v1/workspaces'
  const statuses = []
  for (let i = 0; i < 3; i++) statuses.push((await here.ask(basic, route)).status)
  expect(statuses).toEqual([200, 200, 429])
  expect(Number((await here.ask(basic, route)).headers.get('retry-after'))).toBeGreaterThan(0)
  const ended = sql`update engine.application set expires_at = now() where client_id = ${clientId}`
  await exec(here.pool, ended)
  expect((await here.ask(basic, route)).status).toBe(401)
})
