// Every error of Plaid's documentation, in its shape; and the paths that are Plaid's but not ours.
import { describe, expect, test } from 'vitest'
import { errorCodes } from '../src/error-codes.ts'
import { PlaidFault } from '../src/fault.ts'
import { isPlaidPath } from '../src/http/plaid-paths.ts'
import { sdkPaths } from './support/plaid-sdk.ts'
import { plaidOpenApi } from './support/plaid-openapi.ts'
import { startEmulator } from './support/emulator.ts'

describe('the table of errors', () => {
  test('has type and status as documented', () => {
    const documented: [string, string, number][] = [
      ['ADDITIONAL_CONSENT_REQUIRED', 'INVALID_INPUT', 400],
      ['INSTITUTION_DOWN', 'INSTITUTION_ERROR', 400],
      ['INTERNAL_SERVER_ERROR', 'API_ERROR', 500],
      ['INVALID_API_KEYS', 'INVALID_INPUT', 400],
      ['ITEM_LOGIN_REQUIRED', 'ITEM_ERROR', 400],
      ['LAST_UPDATED_DATETIME_OUT_OF_RANGE', 'INVALID_RESULT', 400],
      ['MISSING_FIELDS', 'INVALID_REQUEST', 400],
      ['NOT_FOUND', 'INVALID_REQUEST', 404],
      ['PLANNED_MAINTENANCE', 'API_ERROR', 503],
      ['SANDBOX_WEBHOOK_INVALID', 'SANDBOX_ERROR', 400],
      ['TRANSACTIONS_SYNC_LIMIT', 'RATE_LIMIT_EXCEEDED', 429],
      ['TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION', 'TRANSACTIONS_ERROR', 400],
      ['USER_PERMISSION_REVOKED', 'INVALID_INPUT', 400],
    ]
    for (const [code, type, status] of documented) {
      expect(errorCodes.get(code), code).toMatchObject({ type, status })
    }
  })

  test('says of the person’s part what the person may read', () => {
    const fault = new PlaidFault('ITEM_LOCKED').body('request')
    expect(fault).toEqual({
      causes: [],
      display_message: expect.stringMatching(/visit your financial institution/),
      documentation_url: 'https://plaid.com/docs/?ref=error#item-errors',
      error_code: 'ITEM_LOCKED',
      error_code_reason: null,
      error_message: expect.stringMatching(/the account is locked/),
      error_type: 'ITEM_ERROR',
      request_id: 'request',
      suggested_action: null,
    })
    const reason = new PlaidFault('ITEM_LOGIN_REQUIRED', { reason: 'OAUTH_CONSENT_EXPIRED' })
    expect(reason.body('').error_code_reason).toBe('OAUTH_CONSENT_EXPIRED')
    expect(new PlaidFault('INVALID_FIELD').body('').display_message).toBeNull()
  })
})

describe('a path', () => {
  test('of Plaid’s that is not modelled says so, as something final', async () => {
    await using bench = await startEmulator()
    for (const path of ['/asset_report/create', '/fdx/consents/abc', '/transfer/event/sync']) {
      expect(await bench.post(path, {}), path).toMatchObject({
        status: 400,
        body: {
          error_type: 'INVALID_INPUT',
          error_code: 'UNAUTHORIZED_ROUTE_ACCESS',
          error_message: expect.stringContaining(`${path} is an endpoint of Plaid that this`),
          request_id: expect.stringMatching(/^\w{15}$/),
        },
      })
    }
  })

  test('of nobody’s, or by another verb, is not found', async () => {
    await using bench = await startEmulator()
    for (const path of ['/transactions/sink', '/asset_report', '/fdx/consents/a/b', '/__proto__']) {
      expect(await bench.post(path, {}), path).toMatchObject({
        status: 404,
        body: { error_code: 'NOT_FOUND', error_message: 'not found' },
      })
    }
    const got = await fetch(`${bench.url()}/transactions/sync`)
    expect([got.status, await got.json()]).toMatchObject([404, { error_code: 'NOT_FOUND' }])
  })

  test('of Plaid’s document or its SDK is known, each of them', () => {
    const paths = [...sdkPaths(), ...(plaidOpenApi()?.paths ?? [])]
    expect(paths.length).toBeGreaterThan(300)
    expect(paths.filter((path) => !isPlaidPath(path))).toEqual([])
  })
})
