// The door (L10), and what may be behind it only (L5): credentials are in no table, log line or
// answer, in no coding that somebody could read.
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { poll } from '../../src/plaid-api/ingest/poller.ts'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { registerApiKey } from '../../src/plaid-api/auth.ts'
import { createPlaidApi } from '../../src/plaid-api/service.ts'
import { listKeys, revokeKey } from '../../src/plaid-api/store/key.ts'
import { exec, sql } from '../../src/postgres/query.ts'
import { systemClock } from '../../src/std/clock.ts'
import { createLogger } from '../../src/std/log.ts'
import { Secret } from '../../src/std/secrets.ts'
import { testDatabase } from '../support/database.ts'
import { dump } from '../support/dump.ts'
import { type Caller, serve } from '../support/http.ts'
import { ModelBank } from '../support/model-bank.ts'
import { link, type TestApi, testKey, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal
const uuid = '00000000-0000-4000-8000-000000000000'
const doors: [string, string][] = [
  ['GET', '/accounts'],
  ['GET', '/accounts/x'],
  ['GET', '/transactions'],
  ['GET', '/transactions/incremental'],
  ['GET', '/schema'],
  ['GET', '/schema/accounts'],
  ['GET', '/schema/transactions'],
  ['GET', '/stats'],
  ['GET', '/items'],
  ['GET', '/openapi.json'],
  ['GET', `/sync/${uuid}`],
  ['GET', `/link/sessions/${uuid}`],
  ['GET', '/nowhere'],
  ['GET', '/Health'],
  ['GET', '/health/'],
  ['GET', '//health'],
  ['HEAD', '/accounts'],
  ['POST', '/sync'],
  ['POST', '/sync/full'],
  ['POST', '/link/sessions'],
  ['POST', '/items/sandbox'],
  ['POST', '/items/x/verify'],
  ['DELETE', '/items/x'],
  ['OPTIONS', '/accounts'],
]

describe('without open reads', () => {
  const cleanup = new AsyncDisposableStack()
  let api: TestApi
  let caller: Caller

  beforeAll(async () => {
    const db = cleanup.use(await testDatabase())
    const bank = cleanup.use(await ModelBank.start())
    api = cleanup.use(await testPlaidApi(db, bank))
    caller = await serve(api)
  })

  afterAll(() => cleanup.disposeAsync())

  test.each(doors)('%s %s needs a key that is known', async (method, path) => {
    const key = caller.key
    for (const authorization of [
      undefined,
      'Bearer wrong',
      'Bearer ',
      'Bearer',
      key,
      `Basic ${key}`,
      `Bearer ${key.slice(0, -1)}`,
      `Bearer ${key}x`,
      `Bearer ${key}, Bearer x`,
    ]) {
      const headers = authorization === undefined ? {} : { authorization }
      const answer = await caller.bare(path, { method, headers })
      expect(answer.status, authorization).toBe(401)
      expect(answer.headers['www-authenticate']).toBe('Bearer')
      if (method !== 'HEAD') expect(answer.body.error.code).toBe('UNAUTHORIZED')
    }
  })

  test('a key in the query or in another header opens nothing', async () => {
    const asQuery = await caller.bare(`/accounts?api_key=${caller.key}`)
    const asHeader = await caller.bare('/accounts', { headers: { 'x-api-key': caller.key } })
    expect([asQuery.status, asHeader.status]).toEqual([401, 401])
  })

  test('a key that is revoked opens nothing from the next request on', async () => {
    const [key, id] = ['tartan_for_a_while', 'select id from plaid.api_key where name = $1']
    const { pool } = api.context
    expect(await registerApiKey(pool, 'a while', new Secret(key))).toBe(true)
    const headers = { authorization: `Bearer ${key}` }
    expect((await caller.bare('/accounts', { headers })).status).toBe(200)
    const { rows } = await pool.query<{ id: string }>(id, ['a while'])
    await revokeKey(pool, rows[0]!.id)
    expect((await caller.bare('/accounts', { headers })).status).toBe(401)
    // and is not let in again by being made known again
    expect(await registerApiKey(pool, 'a while', new Secret(key))).toBe(false)
    expect((await caller.bare('/accounts', { headers })).status).toBe(401)
    expect((await caller.call('/accounts')).status).toBe(200)
  })

  test('a key tells when it was last used, to the minute', async () => {
    const { pool } = api.context
    const [name, key] = ['seldom used', 'tartan_seldom']
    await registerApiKey(pool, name, new Secret(key))
    const used = async () => (await listKeys(pool, 100)).find((one) => one.name === name)?.used_at
    const ask = () => caller.bare('/stats', { headers: { authorization: `Bearer ${key}` } })
    expect(await used()).toBeNull()
    expect((await ask()).status).toBe(200)
    const first = String(await used())
    expect(first).toMatch(/^\d{4}-/)
    await ask()
    expect(await used()).toBe(first)
    await exec(
      pool,
      sql`update plaid.api_key set used_at = used_at - interval '61 seconds' where name = ${name}`,
    )
    await ask()
    expect(String(await used()) > first).toBe(true)
  })

  test('the scheme may be written in any letters', async () => {
    const headers = { authorization: `bearer ${caller.key}` }
    expect((await caller.bare('/accounts', { headers })).status).toBe(200)
  })

  test('health is open to everybody and tells nothing but health', async () => {
    const answer = await caller.bare('/health', { headers: { host: 'example.org' } })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({ status: 'ok', database: 'ok', plaid: 'ok' })
  })
})

describe('with open reads', () => {
  const cleanup = new AsyncDisposableStack()
  let caller: Caller

  beforeAll(async () => {
    const db = cleanup.use(await testDatabase())
    const bank = cleanup.use(await ModelBank.start())
    caller = await serve(cleanup.use(await testPlaidApi(db, bank, { openReads: true })))
  })

  afterAll(() => cleanup.disposeAsync())

  test.each(['localhost', 'localhost:8080', '127.0.0.1:8080', '127.8.9.10', '[::1]:8080'])(
    'a GET for %s is answered',
    async (host) => {
      expect((await caller.bare('/stats', { headers: { host } })).status).toBe(200)
    },
  )

  test.each([
    'example.org',
    'localhost.example.org',
    'example.org:8080',
    '127.0.0.1.example.org',
    'evil@localhost',
    '10.0.0.1',
    'localhost:8080:1',
    'localhost,example.org',
  ])(
    'a GET for %j is refused: a page may have bound its own name to this machine',
    async (host) => {
      expect((await caller.bare('/stats', { headers: { host } })).status).toBe(401)
    },
  )

  test('a GET that a proxy brings is refused', async () => {
    for (const headers of [{ 'x-forwarded-for': '1.2.3.4' }, { forwarded: 'for=1.2.3.4' }]) {
      expect((await caller.bare('/stats', { headers })).status).toBe(401)
    }
  })

  test('a wrong key is refused even so', async () => {
    const headers = { authorization: 'Bearer wrong' }
    expect((await caller.bare('/stats', { headers })).status).toBe(401)
  })

  test.each(doors.filter(([method]) => method !== 'GET'))(
    '%s %s needs a key even so',
    async (method, path) => {
      expect((await caller.bare(path, { method })).status).toBe(401)
    },
  )

  test.each(['sandbox', 'production'] as const)('nothing starts for %s', async (environment) => {
    await using db = await testDatabase()
    const starting = createPlaidApi({
      databaseUrl: db.url,
      sealingKey: testKey,
      plaid: { environment, baseUrl: 'http://127.0.0.1:1', clientId: 'c', secret: new Secret('s') },
      host: '127.0.0.1',
      port: 0,
      openReads: true,
      pollEveryMs: 3_600_000,
      products: [],
      daysRequested: 730,
      countryCodes: ['US'],
      language: 'en',
      clientName: 'Test',
      logger: createLogger('plaid-api', 'silent'),
    })
    await expect(starting).rejects.toMatchObject({ code: 'OPEN_READS_FORBIDDEN', kind: 'config' })
  })
})

function codings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const inner = bytes.subarray(3, -3) // base64 of it, wherever it stands in a longer text
  const aligned = [0, 1, 2].map((i) => inner.subarray(i, i + 12).toString('base64'))
  return [secret, bytes.toString('hex'), encodeURIComponent(secret), ...aligned]
}

describe('L5', () => {
  test('no credential is in any table, log line or answer, whatever went wrong', async () => {
    await using db = await testDatabase()
    await using bank = await ModelBank.start()
    const logged: string[] = []
    const sink = new Writable({
      write: (chunk: Buffer, _, done) => (logged.push(chunk.toString()), done()),
    })
    const logger = pino({ level: 'trace' }, sink)
    await using api = await testPlaidApi(db, bank, { logger })
    const caller = await serve(api)
    const item = bank.item('canary-access-token-in-clear')
    item.put({ transaction_id: 't', account_id: 'a', amount: 1, name: 'n', pending: false })
    await link(api, item)
    const session = await caller.call('/link/sessions', { method: 'POST' })
    bank.link.finish('Tartan Bank')
    await caller.call(`/link/sessions/${String(session.body['session_id'])}`)
    await caller.call('/items/sandbox', { method: 'POST', body: { institution_id: 'ins_1' } })
    const errors = ['ITEM_LOGIN_REQUIRED', 'INVALID_ACCESS_TOKEN', 'INTERNAL_SERVER_ERROR']
    for (const error_code of errors) {
      item.errors.push({ status: 400, body: { error_code, error_message: 'no' } })
      await pullItem(api.context, item.itemId, 'incremental', never).catch(() => {})
      await caller.call('/items')
    }
    bank.onCall = async () => {
      throw new Error('the bank is away')
    }
    const sync = await caller.call('/sync', { method: 'POST' })
    await api.context.runs.settled()
    await caller.call(`/sync/${String(sync.body['id'])}`)
    await caller.call(`/items/${item.itemId}/verify`, { method: 'POST' })
    bank.onCall = undefined
    item.errors.push({ status: 400, body: { error_code: 'ITEM_LOGIN_REQUIRED' } })
    await exec(api.context.pool, sql`update plaid.item set next_pull_at = now()`)
    const stop = new AbortController()
    const polling = poll(api.context, logger, stop.signal)
    while (!logged.join('').includes('LOGIN')) await systemClock.sleep(20)
    stop.abort()
    await polling
    for (const path of ['/accounts', '/transactions', '/transactions/incremental', '/stats']) {
      await caller.call(path)
    }
    const tokens = [item.token, ...bank.link.given, caller.key, 'plaid-secret']
    tokens.push(testKey.bytes.toString('base64'), new URL(db.url.reveal()).password)
    expect(tokens.length).toBeGreaterThan(8)
    const places = {
      tables: await dump(api.context.pool),
      log: logged.join('\n'),
      answers: caller.heard.join('\n'),
    }
    for (const [place, text] of Object.entries(places)) {
      for (const coded of tokens.flatMap(codings)) {
        expect(text.includes(coded), `${coded} is in the ${place}`).toBe(false)
      }
    }
  })
})
