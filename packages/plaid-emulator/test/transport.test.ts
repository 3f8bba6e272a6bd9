// Plaid's manners: credentials, fields, tokens and errors, and that nothing breaks the door.
import { connect } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/std/secrets.ts'
import { GINGHAM, NO_ACCOUNT, startEmulator } from './support/emulator.ts'

const UUID = '00000000-0000-4000-8000-000000000000'

/** What is answered to these bytes, by the time the connection closes. */
async function raw(url: string, request: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.end(request)
  let answer = ''
  for await (const part of socket) answer += String(part)
  return answer
}

describe('a request', () => {
  test('brings its credentials in the body or in headers', async () => {
    await using bench = await startEmulator({ clientId: 'me', secret: new Secret('mine') })
    const body = { institution_id: GINGHAM, country_codes: ['US'] }
    const path = '/institutions/get_by_id'
    const inBody = await bench.post(path, { ...body, client_id: 'me', secret: 'mine' }, {})
    const inHeaders = await bench.post(path, body, {
      'plaid-client-id': 'me',
      'plaid-secret': 'mine',
    })
    expect([inBody.status, inHeaders.status]).toEqual([200, 200])
    const none = await bench.post(path, body, {})
    expect(none.body).toMatchObject({
      error_code: 'MISSING_FIELDS',
      error_message: 'the following required fields are missing: client_id, secret',
    })
    const wrong = await bench.post(path, { ...body, client_id: 'me', secret: 'other' }, {})
    expect(wrong).toMatchObject({ status: 400, body: { error_code: 'INVALID_API_KEYS' } })
  })

  test('that names JSON and has no body is one without a body', async () => {
    await using bench = await startEmulator()
    expect((await bench.post('/categories/get', '')).status).toBe(200)
    for (const more of ['', 'Content-Length: 0\r\n', 'Transfer-Encoding: chunked\r\n']) {
      const end = more.startsWith('T') ? '0\r\n\r\n' : ''
      const head = `POST /categories/get HTTP/1.1\r\nHost: plaid\r\nConnection: close\r\n${more}`
      const text = `${head}Content-Type: application/json\r\n\r\n${end}`
      expect(await raw(bench.url(), text), more).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    }
  })

  test('that is wrong is refused in Plaid’s shape, with what is wrong', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const access_token = item.accessToken
    const cases: [string, unknown, string, RegExp][] = [
      ['/transactions/sync', {}, 'MISSING_FIELDS', /access_token/],
      ['/transactions/sync', { access_token, frob: 1 }, 'UNKNOWN_FIELDS', /: frob$/],
      ['/transactions/sync', { access_token, options: { x: 1 } }, 'UNKNOWN_FIELDS', /options\.x/],
      ['/transactions/sync', { access_token, count: '5' }, 'INVALID_FIELD', /^count must be/],
      [
        '/sandbox/item/fire_webhook',
        { access_token, webhook_code: 'NO_SUCH' },
        'INVALID_FIELD',
        /^webhook_code must be one of DEFAULT_UPDATE, /,
      ],
      ['/transactions/sync', { access_token, cursor: 'é'.repeat(300) }, 'INVALID_FIELD', /^cur/],
      ['/transactions/sync', '{"access_token":', 'INVALID_BODY', /JSON/],
      ['/transactions/sync', '[]', 'INVALID_BODY', /JSON/],
      ['/transactions/sync', '', 'INVALID_BODY', /JSON/],
      ['/item/get', { access_token: 'secret' }, 'INVALID_ACCESS_TOKEN', /invalid format/],
      ['/item/get', { access_token: `access-production-${UUID}` }, 'INVALID_ACCESS_TOKEN', /wrong/],
      ['/item/get', { access_token: `access-sandbox-${UUID}` }, 'INVALID_ACCESS_TOKEN', /matching/],
      [
        '/accounts/get',
        { access_token, options: { account_ids: [NO_ACCOUNT] } },
        'INVALID_ACCOUNT_ID',
        /./,
      ],
      [
        '/accounts/get',
        { access_token, options: { account_ids: ['not-real'] } },
        'INVALID_FIELD',
        /^options.account_ids.0 must/,
      ],
      [
        '/transactions/sync',
        { access_token, options: { account_id: 'not-real' } },
        'INVALID_FIELD',
        /^options.account_id must/,
      ],
      [
        '/transactions/recurring/get',
        { access_token, account_ids: [''] },
        'INVALID_FIELD',
        /^account_ids.0 must/,
      ],
      ['/link/token/get', { link_token: 'bad token' }, 'INVALID_FIELD', /^link_token must/],
      ['/item/public_token/exchange', { public_token: 'x' }, 'INVALID_PUBLIC_TOKEN', /format/],
      ['/link/token/get', { link_token: `link-sandbox-${UUID}` }, 'INVALID_LINK_TOKEN', /./],
      [
        '/institutions/get_by_id',
        { institution_id: 'ins_1', country_codes: ['US'] },
        'INVALID_INSTITUTION',
        /./,
      ],
      [
        '/sandbox/public_token/create',
        { institution_id: GINGHAM, initial_products: ['transactions', 'income_verifications'] },
        'PRODUCTS_NOT_SUPPORTED',
        /\["income_verifications"\]/,
      ],
      [
        '/sandbox/public_token/create',
        { institution_id: GINGHAM, initial_products: ['balance'] },
        'INVALID_PRODUCT',
        /\["balance"\]/,
      ],
      [
        '/sandbox/public_token/create',
        {
          institution_id: GINGHAM,
          initial_products: ['transactions'],
          options: { override_username: 'nobody' },
        },
        'INVALID_CREDENTIALS',
        /./,
      ],
      [
        '/sandbox/public_token/create',
        {
          institution_id: GINGHAM,
          initial_products: ['transactions'],
          options: { override_password: 'error_NO_SUCH' },
        },
        'INVALID_CREDENTIALS',
        /./,
      ],
    ]
    for (const [path, body, code, message] of cases) {
      const answer = await bench.post(path, body)
      expect(answer, `${path} ${code}`).toMatchObject({
        status: 400,
        body: {
          error_code: code,
          error_message: expect.stringMatching(message),
          error_type: expect.stringMatching(/^[A-Z_]+$/),
          request_id: expect.stringMatching(/^\w{15}$/),
        },
      })
      expect(Object.keys(answer.body)).toContain('display_message')
    }
  })

  test('to another address or by another verb is NOT_FOUND', async () => {
    await using bench = await startEmulator()
    const other = await bench.post('/transactions/sink', {})
    expect(other).toMatchObject({ status: 404, body: { error_code: 'NOT_FOUND' } })
    const got = await fetch(`${bench.url()}/transactions/sync`)
    expect([got.status, await got.json()]).toMatchObject([404, { error_code: 'NOT_FOUND' }])
    const damaged = await fetch(`${bench.url()}/%zz`, { method: 'POST' })
    expect([damaged.status, await damaged.json()]).toMatchObject([404, { error_code: 'NOT_FOUND' }])
  })
})

describe('an Item', () => {
  test('has a public token that is good once, for half an hour', async () => {
    await using bench = await startEmulator()
    const create = () =>
      bench.post('/sandbox/public_token/create', {
        institution_id: GINGHAM,
        initial_products: ['transactions'],
      })
    const exchange = (public_token: unknown) =>
      bench.post('/item/public_token/exchange', { public_token })
    const first = await create()
    expect((await exchange(first.body['public_token'])).status).toBe(200)
    const twice = await exchange(first.body['public_token'])
    expect(twice.body['error_code']).toBe('INVALID_PUBLIC_TOKEN')
    const second = await create()
    await bench.advance('31m')
    const late = await exchange(second.body['public_token'])
    expect(late.body).toMatchObject({
      error_code: 'INVALID_PUBLIC_TOKEN',
      error_message: expect.stringMatching(/expired/),
    })
  })

  test('that was removed is not found', async () => {
    await using bench = await startEmulator()
    const { accessToken: access_token } = await bench.link()
    expect(Object.keys((await bench.post('/item/remove', { access_token })).body)).toEqual([
      'request_id',
    ])
    for (const path of ['/item/get', '/item/remove', '/transactions/sync', '/accounts/get']) {
      expect((await bench.post(path, { access_token })).body['error_code']).toBe('ITEM_NOT_FOUND')
    }
  })

  test('whose login was reset says so, until update mode repairs it', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const { accessToken: access_token } = item
    const reset = await bench.post('/sandbox/item/reset_login', { access_token })
    expect(reset.body['reset_login']).toBe(true)
    for (const path of ['/transactions/sync', '/accounts/get', '/transactions/refresh']) {
      const { body } = await bench.post(path, { access_token })
      expect(body['error_code']).toBe('ITEM_LOGIN_REQUIRED')
    }
    const get = await bench.post('/item/get', { access_token })
    expect(get.body).toMatchObject({ item: { error: { error_code: 'ITEM_LOGIN_REQUIRED' } } })
    const link = await bench.post<{ hosted_link_url: string; link_token: string }>(
      '/link/token/create',
      {
        client_name: 'Test',
        language: 'en',
        country_codes: ['US'],
        user: { client_user_id: 'u' },
        access_token,
        hosted_link: {},
      },
    )
    const url = link.body.hosted_link_url
    const consent = new URLSearchParams({ username: 'user_good', password: 'pass_good' })
    expect((await fetch(url, { method: 'POST', body: consent })).status).toBe(200)
    expect((await bench.sync(item)).status).toBe(200)
    const results = await bench.post('/link/token/get', { link_token: link.body.link_token })
    expect(results.body).toMatchObject({ link_sessions: [{ results: { item_add_results: [] } }] })
  })

  test('follows Plaid’s times: not ready, the last month, the whole history', async () => {
    await using bench = await startEmulator({ readiness: 'plaid' })
    const item = await bench.link()
    const early = await bench.sync(item)
    expect(early.body).toMatchObject({
      accounts: [],
      added: [],
      modified: [],
      removed: [],
      next_cursor: '',
      has_more: false,
      transactions_update_status: 'NOT_READY',
    })
    await bench.advance('15s')
    const initial = await bench.sync(item)
    expect(initial.body.transactions_update_status).toBe('INITIAL_UPDATE_COMPLETE')
    expect(initial.body.added.length).toBeGreaterThan(20)
    expect(initial.body.added.every((row) => (row.authorized_date ?? '') >= '2026-02-13')).toBe(
      true,
    )
    await bench.advance('1m')
    const history = await bench.sync(item, initial.body.next_cursor)
    expect(history.body.transactions_update_status).toBe('HISTORICAL_UPDATE_COMPLETE')
    expect(history.body.added.length).toBe(500)
    expect([history.body.modified, history.body.removed]).toEqual([[], []])
  })

  test('without transactions begins their history at the first call for them', async () => {
    await using bench = await startEmulator()
    const { body } = await bench.post('/sandbox/public_token/create', {
      institution_id: GINGHAM,
      initial_products: ['auth'],
    })
    const { body: tokens } = await bench.post<{ access_token: string; item_id: string }>(
      '/item/public_token/exchange',
      body['public_token'] === undefined ? {} : { public_token: body['public_token'] },
    )
    const item = { itemId: tokens.item_id, accessToken: tokens.access_token }
    const accounts = await bench.post<{ accounts: object[] }>('/accounts/get', {
      access_token: item.accessToken,
    })
    expect(accounts.body.accounts.length).toBe(4)
    const few = await bench.sync(item, '', 500, { days_requested: 10 })
    const still = await bench.sync(item, '', 500, { days_requested: 700 })
    expect(few.body.added.length).toBeGreaterThan(0)
    expect(still.body.added).toEqual(few.body.added)
  })
})

const FUZZED_FIELDS =
  'access_token cursor count options products institution_id country_codes initial_products ' +
  'link_token public_token hosted_link client_name language user __proto__ ' +
  'advance mutate fault institution maintenance'

describe('nothing a stranger sends', () => {
  test('makes a 5xx, whatever the body', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const paths = [
      '/link/token/create',
      '/link/token/get',
      '/item/public_token/exchange',
      '/item/get',
      '/accounts/get',
      '/transactions/sync',
      '/institutions/get_by_id',
      '/sandbox/public_token/create',
      '/emulator/commands',
    ]
    const field = fc.constantFrom(...FUZZED_FIELDS.split(' '))
    const value = fc.oneof(fc.jsonValue(), fc.constant(item.accessToken), fc.constant('user_good'))
    const body = fc.oneof(fc.dictionary(field, value), fc.jsonValue(), fc.string())
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), body, async (path, body) => {
        const admin = path.startsWith('/emulator')
        const { status } = await (admin ? bench.command(body) : bench.post(path, body))
        expect(status).toBeLessThan(500)
      }),
      { numRuns: 400 },
    )
  })
})
