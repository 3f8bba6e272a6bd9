// Faults on order, each met by a real client: Plaid's SDK, fetch, or a bare connection.
import { connect } from 'node:net'
import { Configuration, PlaidApi } from 'plaid'
import { describe, expect, test } from 'vitest'
import { errorCodes } from '../src/error-codes.ts'
import {
  type Bench,
  GINGHAM,
  type LinkedItem,
  PLATYPUS,
  startEmulator,
  temporaryFolder,
} from './support/emulator.ts'

function plaidSdk(basePath: string, timeout = 10_000): PlaidApi {
  const headers = { 'PLAID-CLIENT-ID': 'client', 'PLAID-SECRET': 'secret' }
  return new PlaidApi(new Configuration({ basePath, baseOptions: { headers, timeout } }))
}

async function codes(bench: Bench, item: LinkedItem, calls: number): Promise<unknown[]> {
  const found: unknown[] = []
  for (let i = 0; i < calls; i++) found.push((await bench.sync(item)).body.error_code ?? null)
  return found
}

const failing = (found: unknown[]): number => found.filter((code) => code !== null).length

/** The bytes of an answer as they came, and whether its connection was cut. */
function rawSync(bench: Bench, { accessToken }: LinkedItem): Promise<string> {
  const body = JSON.stringify({ access_token: accessToken, client_id: 'c', secret: 's' })
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(new URL(bench.url()).port), '127.0.0.1')
    socket.write(
      'POST /accounts/get HTTP/1.1\r\nHost: a\r\nConnection: close\r\n' +
        'Content-Type: application/json\r\n' +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    )
    socket.on('data', (data) => (answer += data.toString()))
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })
}

function parts(answer: string): { head: string; body: string; length: number } {
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  return { head, body, length: Number(/content-length: (\d+)/i.exec(head)?.[1]) }
}

describe('a fault', () => {
  test('is for an endpoint, an Item or an institution, so many times', async () => {
    await using bench = await startEmulator()
    const [item, other] = [await bench.link(), await bench.link(GINGHAM)]
    await bench.command({ fault: { item_id: item.itemId, error_code: 'NO_ACCOUNTS', times: 2 } })
    expect(await codes(bench, other, 1)).toEqual([null])
    expect(await codes(bench, item, 3)).toEqual(['NO_ACCOUNTS', 'NO_ACCOUNTS', null])
    const error_code = 'INTERNAL_SERVER_ERROR'
    await bench.command({ fault: { institution_id: GINGHAM, error_code } })
    expect(await codes(bench, item, 1)).toEqual([null])
    expect(await codes(bench, other, 2)).toEqual([error_code, null])
    await bench.command({ fault: { endpoint: '/accounts/*', error_code } })
    expect(await codes(bench, item, 1)).toEqual([null])
    const accounts = await bench.post('/accounts/get', { access_token: item.accessToken })
    expect(accounts.status).toBe(500)
    await bench.command({ fault: { item_id: 'last', error_code } })
    expect(await codes(bench, item, 1)).toEqual([null])
    expect(await codes(bench, other, 1)).toEqual([error_code])
    const create = { institution_id: GINGHAM, initial_products: ['transactions'] }
    await bench.command({ fault: { institution_id: GINGHAM, error_code: 'INSTITUTION_DOWN' } })
    const created = await bench.post('/sandbox/public_token/create', create)
    expect(created.body['error_code']).toBe('INSTITUTION_DOWN')
  })

  test('for an Item that will be is met when it is', async () => {
    await using bench = await startEmulator()
    const selector = { institution_id: GINGHAM, username: 'user_good', number: 2 }
    await bench.command({ fault: { item_id: selector, error_code: 'ITEM_LOCKED', times: 9 } })
    const items = [await bench.link(GINGHAM), await bench.link(), await bench.link(GINGHAM)]
    const found = await Promise.all(items.map((item) => codes(bench, item, 1)))
    expect(found).toEqual([[null], [null], ['ITEM_LOCKED']])
  })

  test('by chance comes the same way every time, from the seed', async () => {
    const story = async (seed: string): Promise<unknown[]> => {
      await using bench = await startEmulator({ seed })
      await bench.command({ fault: { error_code: 'RATE_LIMIT', probability: 0.4, endpoint: '*' } })
      const list = { institution_id: PLATYPUS, country_codes: ['US'] }
      const found: unknown[] = []
      for (let i = 0; i < 60; i++) {
        found.push((await bench.post('/institutions/get_by_id', list)).body['error_code'] ?? null)
      }
      return found
    }
    const [first, again, other] = [await story('a'), await story('a'), await story('b')]
    expect(failing(first)).toBeGreaterThan(12)
    expect(failing(first)).toBeLessThan(36)
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
  })

  test('has its time on the world’s clock', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    await bench.command({ fault: { error_code: 'RATE_LIMIT', after: '1h', for: '2h' } })
    expect(await codes(bench, item, 1)).toEqual([null])
    await bench.advance('1h')
    expect(await codes(bench, item, 3)).toEqual(['RATE_LIMIT', 'RATE_LIMIT', 'RATE_LIMIT'])
    await bench.advance('2h')
    expect(await codes(bench, item, 1)).toEqual([null])
  })

  test('gives any error of the table, with its status, by Plaid’s own client', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const plaid = plaidSdk(bench.url())
    for (const [code, { status, type, display }] of errorCodes) {
      await bench.command({ fault: code })
      const refused = plaid.accountsGet({ access_token: item.accessToken })
      await expect(refused, code).rejects.toMatchObject({
        response: {
          status,
          data: { error_code: code, error_type: type, display_message: display },
        },
      })
    }
    const fault = {
      error_code: 'ITEM_LOGIN_REQUIRED',
      error_message: 'as I say',
      error_code_reason: 'OAUTH_USER_REVOKED',
      status: 418,
    }
    await bench.command({ fault })
    const { status: _, ...said } = fault
    expect(await bench.sync(item)).toMatchObject({ status: 418, body: said })
  })

  test('keeps an answer waiting, with or without an error after it', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    await bench.command({ fault: { latency_ms: 300, jitter_ms: 100 } })
    await bench.command({ fault: { error_code: 'RATE_LIMIT' } })
    const began = performance.now()
    expect((await bench.sync(item)).body.error_code).toBe('RATE_LIMIT')
    expect(performance.now() - began).toBeGreaterThan(290)
    await bench.command({ fault: { latency_ms: 60_000 } })
    const impatient = plaidSdk(bench.url(), 200)
    const late = impatient.transactionsSync({ access_token: item.accessToken })
    await expect(late).rejects.toMatchObject({ code: 'ECONNABORTED' })
  })

  test('closes the connection before the work, or after it', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const remove = () => bench.post('/item/remove', { access_token: item.accessToken })
    await bench.command({ fault: { answer: 'dropped' } })
    await expect(remove()).rejects.toThrow(/fetch failed/)
    expect((await bench.sync(item)).status).toBe(200)
    await bench.command({ fault: { answer: 'lost' } })
    await expect(remove()).rejects.toThrow(/fetch failed/)
    expect((await bench.sync(item)).body.error_code).toBe('ITEM_NOT_FOUND')
  })

  test('cuts a body, makes it no JSON, calls it HTML, or lets it drip', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const order = (answer: string) => bench.command({ fault: { answer } })
    await order('truncated')
    const truncated = parts(await rawSync(bench, item))
    expect(truncated.head).toMatch(/^HTTP\/1\.1 200 /)
    expect(truncated.body.length).toBeGreaterThan(100)
    expect(truncated.body.length).toBeLessThan(truncated.length)
    await order('malformed')
    const malformed = parts(await rawSync(bench, item))
    expect(malformed.head).toMatch(/content-type: application\/json/i)
    expect(malformed.body.length).toBe(malformed.length)
    expect(() => JSON.parse(malformed.body)).toThrow(SyntaxError)
    await order('mistyped')
    const mistyped = parts(await rawSync(bench, item))
    expect(mistyped.head).toMatch(/content-type: text\/html/i)
    expect(JSON.parse(mistyped.body)).toHaveProperty('accounts')
    await order('slow')
    const began = performance.now()
    const slow = parts(await rawSync(bench, item))
    expect(performance.now() - began).toBeGreaterThan(4_000)
    expect(JSON.parse(slow.body)).toHaveProperty('accounts')
  })

  test('shows a proxy’s page instead of Plaid’s answer', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const call = () => plaidSdk(bench.url()).itemRemove({ access_token: item.accessToken })
    await bench.command({ fault: { answer: 'html' } })
    await expect(call()).rejects.toMatchObject({
      response: { status: 502, data: expect.stringContaining('<h1>502 Bad Gateway</h1>') },
    })
    await bench.command({ fault: { answer: 'html', status: 503 } })
    await expect(call()).rejects.toMatchObject({ response: { status: 503 } })
    expect((await bench.sync(item)).status).toBe(200)
  })

  test('can be taken back', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const fault = { error_code: 'RATE_LIMIT', times: 100 }
    const first = await bench.command({ fault })
    const second = await bench.command({ fault })
    expect([first.body, second.body]).toEqual([
      { fault_id: 1, waiting: 1 },
      { fault_id: 2, waiting: 2 },
    ])
    expect((await bench.command({ clear_faults: 1 })).body).toEqual({ cleared: 1 })
    expect(await codes(bench, item, 1)).toEqual(['RATE_LIMIT'])
    expect((await bench.command({ clear_faults: null })).body).toEqual({ cleared: 1 })
    expect(await codes(bench, item, 1)).toEqual([null])
  })

  test('outlives a restart, as does what was ordered of an institution', async () => {
    await using folder = await temporaryFolder()
    const { path: dataFolder } = folder
    await using bench = await startEmulator({ dataFolder })
    const [item, other] = [await bench.link(), await bench.link(GINGHAM)]
    const fault = { item_id: item.itemId, error_code: 'RATE_LIMIT', times: 2 }
    await bench.command({ fault })
    await bench.command({ institution: { institution_id: GINGHAM, health: 'down' } })
    expect(await codes(bench, item, 1)).toEqual(['RATE_LIMIT'])
    await bench.restart()
    expect(await codes(bench, item, 2)).toEqual(['RATE_LIMIT', null])
    expect(await codes(bench, other, 1)).toEqual(['INSTITUTION_DOWN'])
  })

  test('that says nothing right is refused with the field that is wrong', async () => {
    await using bench = await startEmulator()
    const wrong: [object | string | null, string, RegExp][] = [
      [{ error_code: 'NO_SUCH' }, 'error_code', /Plaid’s error codes/],
      ['NO_SUCH', 'error_code', /Plaid’s error codes/],
      [{ endpoint: '/item/get' }, 'error_code', /an answer or a latency_ms/],
      [null, 'error_code', /is missing/],
      [{ error_code: 'RATE_LIMIT', answer: 'lost' }, 'answer', /one of them/],
      [{ answer: 'burnt' }, 'answer', /fault\.answer must be one of (\w+, )*lost\b/],
      [{ answer: 'lost', times: 0 }, 'times', /fault\.times must be >= 1/],
      [{ answer: 'lost', for: '2 days' }, 'duration', /looks like 30d/],
      [{ answer: 'lost', endpoint: 'item' }, 'endpoint', /fault\.endpoint must match/],
      [{ answer: 'lost', item_id: { name: 'x' } }, 'item_id', /fault\.item_id/],
      [{ answer: 'lost', latency: 3 }, 'latency', /fault\.latency is not one of its fields/],
    ]
    for (const [fault, field, message] of wrong) {
      expect(await bench.command({ fault }), JSON.stringify(fault)).toMatchObject({
        status: 400,
        body: { error: { field, message: expect.stringMatching(message) } },
      })
    }
    const institution = { institution_id: 'ins_0', health: 'down' }
    expect((await bench.command({ institution })).status).toBe(404)
  })
})

describe('an institution', () => {
  const status = async (bench: Bench, institution_id: string) => {
    const { body } = await bench.post('/institutions/get_by_id', {
      institution_id,
      country_codes: ['US'],
      options: { include_status: true },
    })
    return (body['institution'] as { status: { item_logins: object } }).status.item_logins
  }

  test('that is down answers nothing, and says so of itself', async () => {
    await using bench = await startEmulator()
    const [item, other] = [await bench.link(GINGHAM), await bench.link()]
    expect(await status(bench, GINGHAM)).toMatchObject({ status: 'HEALTHY' })
    await bench.advance('1h')
    await bench.command({ institution: { institution_id: GINGHAM, health: 'down' } })
    expect(await codes(bench, item, 3)).toEqual(Array(3).fill('INSTITUTION_DOWN'))
    expect(await codes(bench, other, 1)).toEqual([null])
    expect((await bench.post('/item/get', { access_token: item.accessToken })).status).toBe(200)
    const create = { institution_id: GINGHAM, initial_products: ['transactions'] }
    const created = await bench.post('/sandbox/public_token/create', create)
    expect(created.body['error_code']).toBe('INSTITUTION_DOWN')
    expect(await status(bench, GINGHAM)).toMatchObject({
      status: 'DOWN',
      last_status_change: '2026-03-15T13:00:00Z',
      breakdown: { success: 0, error_institution: 1 },
    })
    await bench.command({ institution: { institution_id: GINGHAM, health: 'healthy' } })
    expect(await codes(bench, item, 1)).toEqual([null])
  })

  test('that is degraded fails now and then', async () => {
    await using bench = await startEmulator()
    const item = await bench.link(GINGHAM)
    await bench.command({ institution: { institution_id: GINGHAM, health: 'degraded' } })
    const found = await codes(bench, item, 30)
    expect(new Set(found)).toEqual(new Set([null, 'INSTITUTION_NOT_RESPONDING']))
    expect(failing(found)).toBeGreaterThan(6)
    expect(failing(found)).toBeLessThan(24)
    expect(await status(bench, GINGHAM)).toMatchObject({ status: 'DEGRADED' })
  })
})

test('planned maintenance stops every endpoint for its time', async () => {
  await using bench = await startEmulator()
  const item = await bench.link()
  await bench.command({ maintenance: '2h' })
  for (const path of ['/transactions/sync', '/item/get', '/accounts/get']) {
    const { status, body } = await bench.post(path, { access_token: item.accessToken })
    expect([status, body['error_code']]).toEqual([503, 'PLANNED_MAINTENANCE'])
  }
  await bench.advance('2h')
  expect((await bench.sync(item)).status).toBe(200)
})

describe('rate limits', () => {
  test('are off unless asked for, and then Plaid’s own, by Item and by client', async () => {
    await using bench = await startEmulator()
    const [item, other] = [await bench.link(), await bench.link()]
    const get = (path: string, { accessToken: access_token } = item) =>
      bench.post(path, { access_token })
    const until429 = async (path: string): Promise<[number, unknown]> => {
      for (let count = 0; ; count++) {
        const { status, body } = await get(path)
        if (status === 429) return [count, body['error_code']]
        if (count > 200) return [count, 'none']
      }
    }
    expect(await until429('/item/get')).toEqual([201, 'none'])
    await bench.command({ rate_limits: 'sandbox' })
    expect(await until429('/item/get')).toEqual([40, 'ITEM_GET_LIMIT'])
    expect((await get('/item/get', other)).status).toBe(200)
    expect(await until429('/transactions/refresh')).toEqual([2, 'TRANSACTIONS_REFRESH_LIMIT'])
    await bench.advance('1m')
    expect((await get('/item/get')).status).toBe(200)
    await bench.command({ rate_limits: 'production' })
    await bench.advance('1m')
    expect(await until429('/item/get')).toEqual([15, 'ITEM_GET_LIMIT'])
    expect(await until429('/accounts/get')).toEqual([15, 'ACCOUNTS_LIMIT'])
    await bench.command({ rate_limits: 'off' })
    expect((await get('/item/get')).status).toBe(200)
  })

  test('of the client hold over all Items', async () => {
    await using bench = await startEmulator({ rateLimits: 'sandbox' })
    const call = (client: string) =>
      bench.post(
        '/institutions/get_by_id',
        { institution_id: PLATYPUS, country_codes: ['US'] },
        { 'plaid-client-id': client, 'plaid-secret': 's' },
      )
    for (let i = 0; i < 400; i++) expect((await call('one')).status).toBe(200)
    expect(await call('one')).toMatchObject({
      status: 429,
      body: { error_type: 'RATE_LIMIT_EXCEEDED', error_code: 'INSTITUTIONS_GET_BY_ID_LIMIT' },
    })
    expect((await call('two')).status).toBe(200)
  })
})
