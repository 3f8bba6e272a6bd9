// Every error that Plaid documents, met by a real request: ordered by a test user's password,
// ordered by the admin API, and, where something in the world leads to it, by that. Type and status
// stand here as the documentation has them, so that the emulator's own table is judged too.
import type { LinkTokenGetResponse } from 'plaid'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/std/secrets.ts'
import {
  type Answer,
  type Bench,
  NO_ACCOUNT,
  PLATYPUS,
  startEmulator,
  TATTERSALL,
} from './support/emulator.ts'

const DOCUMENTED: Record<string, [status: number, codes: string]> = {
  API_ERROR: [500, 'INTERNAL_SERVER_ERROR'],
  'API_ERROR ': [503, 'PLANNED_MAINTENANCE'],
  INSTITUTION_ERROR: [
    400,
    `INSTITUTION_DOWN INSTITUTION_NOT_RESPONDING INSTITUTION_NOT_AVAILABLE
     INSTITUTION_NO_LONGER_SUPPORTED INSTITUTION_REGISTRATION_REQUIRED UNAUTHORIZED_INSTITUTION
     UNSUPPORTED_RESPONSE`,
  ],
  INVALID_INPUT: [
    400,
    `ADDITIONAL_CONSENT_REQUIRED INVALID_ACCESS_TOKEN INVALID_ACCOUNT_ID INVALID_API_KEYS
     INVALID_INSTITUTION INVALID_LINK_TOKEN INVALID_PRODUCT INVALID_PUBLIC_TOKEN
     INVALID_WEBHOOK_VERIFICATION_KEY_ID UNAUTHORIZED_ENVIRONMENT UNAUTHORIZED_ROUTE_ACCESS
     USER_PERMISSION_REVOKED`,
  ],
  INVALID_REQUEST: [
    400,
    'INVALID_BODY INVALID_FIELD INVALID_HEADERS MISSING_FIELDS UNKNOWN_FIELDS',
  ],
  'INVALID_REQUEST ': [404, 'NOT_FOUND'],
  INVALID_RESULT: [400, 'LAST_UPDATED_DATETIME_OUT_OF_RANGE'],
  ITEM_ERROR: [
    400,
    `ACCESS_NOT_GRANTED INSUFFICIENT_CREDENTIALS INVALID_CREDENTIALS INVALID_MFA
     INVALID_UPDATED_USERNAME ITEM_CONCURRENTLY_DELETED ITEM_LOCKED ITEM_LOGIN_REQUIRED
     ITEM_NOT_FOUND ITEM_NOT_SUPPORTED MANUAL_VERIFICATION_REQUIRED MFA_NOT_SUPPORTED NO_ACCOUNTS
     NO_AUTH_ACCOUNTS NO_INVESTMENT_ACCOUNTS NO_LIABILITY_ACCOUNTS PASSWORD_RESET_REQUIRED
     PRODUCT_NOT_ENABLED PRODUCT_NOT_READY PRODUCTS_NOT_SUPPORTED USER_SETUP_REQUIRED`,
  ],
  RATE_LIMIT_EXCEEDED: [
    429,
    `ACCOUNTS_LIMIT ACCOUNTS_BALANCE_GET_LIMIT AUTH_LIMIT BALANCE_LIMIT CREDITS_EXHAUSTED
     IDENTITY_LIMIT INSTITUTIONS_GET_LIMIT INSTITUTIONS_GET_BY_ID_LIMIT INSTITUTION_RATE_LIMIT
     INVESTMENT_HOLDINGS_GET_LIMIT INVESTMENT_TRANSACTIONS_LIMIT ITEM_GET_LIMIT RATE_LIMIT
     TRANSACTIONS_LIMIT TRANSACTIONS_REFRESH_LIMIT TRANSACTIONS_SYNC_LIMIT`,
  ],
  TRANSACTIONS_ERROR: [400, 'TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION'],
}

const errors = Object.entries(DOCUMENTED).flatMap(([type, [status, codes]]) =>
  codes.split(/\s+/).map((code) => ({ code, type: type.trim(), status })),
)

function expectError({ status, body }: Answer, code: string): void {
  const documented = errors.find((error) => error.code === code)
  expect([code, status, body['error_code'], body['error_type']]).toEqual([
    code,
    documented?.status,
    code,
    documented?.type,
  ])
  const text = expect.stringMatching(/./)
  expect(body).toMatchObject({
    error_message: text,
    documentation_url: expect.stringMatching(/^https:\/\/plaid\.com\/docs\//),
    request_id: expect.stringMatching(/^\w{15}$/),
  })
  expect([null, 'string'], 'display_message').toContain(
    body['display_message'] === null ? null : typeof body['display_message'],
  )
  expect(Object.keys(body)).toContain('suggested_action')
}

describe('every documented error', () => {
  test('is what a test user’s password orders', async () => {
    await using bench = await startEmulator()
    for (const { code } of errors) {
      const options = { override_username: 'user_good', override_password: `error_${code}` }
      const body = { institution_id: PLATYPUS, initial_products: ['transactions'], options }
      expectError(await bench.post('/sandbox/public_token/create', body), code)
    }
  })

  test('is what the admin API orders, as often as it was told', async () => {
    await using bench = await startEmulator()
    const { itemId: item_id, accessToken: access_token } = await bench.link()
    const endpoint = '/accounts/get'
    for (const { code: error_code } of errors) {
      const order = { endpoint, item_id, error_code, times: 2 }
      expect((await bench.command({ fault: order })).status).toBe(200)
      for (let i = 0; i < 2; i++) {
        expectError(await bench.post(endpoint, { access_token }), error_code)
      }
      expect((await bench.post(endpoint, { access_token })).status).toBe(200)
    }
  })
})

const UUID = '00000000-0000-4000-8000-000000000000'
const US = { country_codes: ['US'] }

/** What in the world leads to an error; each is given a linked Item's token. */
const CAUSES: Record<string, (bench: Bench, access_token: string) => Promise<Answer>> = {
  INVALID_BODY: (bench) => bench.post('/item/get', '{"access_token":'),
  INVALID_FIELD: (bench, access_token) =>
    bench.post('/transactions/sync', { access_token, count: 501 }),
  MISSING_FIELDS: (bench) => bench.post('/item/get', {}),
  UNKNOWN_FIELDS: (bench, access_token) => bench.post('/item/get', { access_token, x: 1 }),
  NOT_FOUND: (bench) => bench.post('/transactions/sink', {}),
  UNAUTHORIZED_ROUTE_ACCESS: (bench) => bench.post('/asset_report/create', {}),
  INVALID_ACCESS_TOKEN: (bench) =>
    bench.post('/item/get', { access_token: `access-sandbox-${UUID}` }),
  INVALID_PUBLIC_TOKEN: (bench) =>
    bench.post('/item/public_token/exchange', { public_token: `public-sandbox-${UUID}` }),
  INVALID_LINK_TOKEN: (bench) =>
    bench.post('/link/token/get', { link_token: `link-sandbox-${UUID}` }),
  INVALID_ACCOUNT_ID: (bench, access_token) =>
    bench.post('/accounts/get', { access_token, options: { account_ids: [NO_ACCOUNT] } }),
  INVALID_INSTITUTION: (bench) =>
    bench.post('/institutions/get_by_id', { ...US, institution_id: 'ins_0' }),
  INVALID_PRODUCT: (bench) =>
    bench.post('/sandbox/public_token/create', {
      institution_id: PLATYPUS,
      initial_products: ['balance'],
    }),
  PRODUCTS_NOT_SUPPORTED: (bench) =>
    bench.post('/sandbox/public_token/create', {
      institution_id: PLATYPUS,
      initial_products: ['beacons'],
    }),
  INVALID_CREDENTIALS: (bench) =>
    bench.post('/sandbox/public_token/create', {
      institution_id: PLATYPUS,
      initial_products: ['transactions'],
      options: { override_username: 'user_good', override_password: 'pass_bad' },
    }),
  INVALID_WEBHOOK_VERIFICATION_KEY_ID: (bench) =>
    bench.post('/webhook_verification_key/get', { key_id: UUID }),
  ITEM_LOGIN_REQUIRED: async (bench, access_token) => {
    await bench.post('/sandbox/item/reset_login', { access_token })
    return bench.post('/accounts/get', { access_token })
  },
  ITEM_NOT_FOUND: async (bench, access_token) => {
    await bench.post('/item/remove', { access_token })
    return bench.post('/item/get', { access_token })
  },
  USER_PERMISSION_REVOKED: async (bench, access_token) => {
    await bench.command({ revoke: { item_id: 'first' } })
    return bench.post('/accounts/get', { access_token })
  },
  NO_INVESTMENT_ACCOUNTS: (bench, access_token) =>
    bench.post('/investments/holdings/get', { access_token }),
  NO_LIABILITY_ACCOUNTS: async (bench) => {
    const { accessToken: access_token } = await bench.link(TATTERSALL)
    return bench.post('/liabilities/get', { access_token })
  },
  NO_AUTH_ACCOUNTS: async (bench) => {
    const override_accounts = [{ type: 'credit', subtype: 'credit card', starting_balance: 10 }]
    const { accessToken: access_token } = await bench.link(PLATYPUS, {
      override_username: 'user_custom',
      override_password: JSON.stringify({ override_accounts }),
    })
    return bench.post('/auth/get', { access_token })
  },
  PRODUCT_NOT_ENABLED: async (bench) => {
    const { accessToken: access_token } = await bench.link(PLATYPUS, {}, ['auth'])
    return bench.post('/transactions/refresh', { access_token })
  },
  ADDITIONAL_CONSENT_REQUIRED: async (bench) => {
    const { accessToken: access_token } = await linkByPage(bench)
    return bench.post('/auth/get', { access_token })
  },
  PRODUCT_NOT_READY: async () => {
    await using slow = await startEmulator({ readiness: 'plaid' })
    const { accessToken: access_token } = await slow.link()
    const range = { start_date: '2026-01-01', end_date: '2026-03-15' }
    return await slow.post('/transactions/get', { access_token, ...range })
  },
  INSTITUTION_DOWN: async (bench, access_token) => {
    await bench.command({ institution: { institution_id: PLATYPUS, health: 'down' } })
    return bench.post('/transactions/refresh', { access_token })
  },
  PLANNED_MAINTENANCE: async (bench, access_token) => {
    await bench.command({ maintenance: '1h' })
    return bench.post('/item/get', { access_token })
  },
  TRANSACTIONS_REFRESH_LIMIT: (bench, access_token) =>
    beyondLimit(bench, '/transactions/refresh', { access_token }, 2),
  ITEM_GET_LIMIT: (bench, access_token) => beyondLimit(bench, '/item/get', { access_token }, 40),
  INSTITUTIONS_GET_BY_ID_LIMIT: (bench) =>
    beyondLimit(bench, '/institutions/get_by_id', { ...US, institution_id: PLATYPUS }, 400),
  TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION: async (bench, access_token) => {
    const first = await bench.post('/transactions/sync', { access_token, count: 5 })
    const item = await bench.post<{ item: { item_id: string } }>('/item/get', { access_token })
    await bench.command({ mutate: { item_id: item.body.item.item_id, modify: 1 } })
    const cursor = first.body['next_cursor']
    return bench.post('/transactions/sync', { access_token, cursor })
  },
}

/** An Item whose person consented to what was asked for, and to nothing else. */
async function linkByPage(bench: Bench): Promise<{ accessToken: string }> {
  const { body } = await bench.post<{ hosted_link_url: string; link_token: string }>(
    '/link/token/create',
    {
      ...US,
      client_name: 'Errors',
      language: 'en',
      user: { client_user_id: 'me' },
      products: ['transactions'],
      hosted_link: {},
    },
  )
  const form = { institution_id: PLATYPUS, username: 'user_good', password: 'pass_good' }
  await fetch(body.hosted_link_url, { method: 'POST', body: new URLSearchParams(form) })
  const { link_token } = body
  const { body: got } = await bench.post<LinkTokenGetResponse>('/link/token/get', { link_token })
  const [result] = got.link_sessions?.[0]?.results?.item_add_results ?? []
  const exchanged = await bench.post('/item/public_token/exchange', {
    public_token: result?.public_token,
  })
  return { accessToken: String(exchanged.body['access_token']) }
}

/** The first answer after as many as Plaid's Sandbox allows in a minute. */
async function beyondLimit(bench: Bench, path: string, body: object, allowed: number) {
  await bench.command({ rate_limits: 'sandbox' })
  for (let i = 0; i < allowed; i++) expect((await bench.post(path, body)).status).toBe(200)
  return bench.post(path, body)
}

describe('an error with a cause', () => {
  test.for(Object.entries(CAUSES))('%s comes of it', async ([code, provoke]) => {
    await using bench = await startEmulator()
    const { accessToken } = await bench.link()
    expectError(await provoke(bench, accessToken), code)
  })

  test('INVALID_API_KEYS comes of another secret', async () => {
    await using bench = await startEmulator({ clientId: 'me', secret: new Secret('mine') })
    const body = { ...US, institution_id: PLATYPUS, client_id: 'me', secret: 'other' }
    expectError(await bench.post('/institutions/get_by_id', body), 'INVALID_API_KEYS')
  })

  test('INVALID_HEADERS comes of a body that does not say what it is', async () => {
    await using bench = await startEmulator()
    const untyped = { method: 'POST', body: Buffer.from('{}') }
    const response = await fetch(`${bench.url()}/item/get`, untyped)
    const body = (await response.json()) as Record<string, unknown>
    expectError({ status: response.status, body }, 'INVALID_HEADERS')
  })
})
