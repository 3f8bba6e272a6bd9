// Plaid's errors on our one axis: who can mend it. The code is Plaid's `error_code`, which Plaid
// calls safe for programs; the sentence is ours with Plaid's behind it. Never what is secret in the
// request, which whoever answers may repeat (L5). Source: Plaid's error pages; unknown codes follow
// their HTTP status.
import { jitter } from '../std/ids.ts'
import { ConfigError, SystemError, type TartanError, TransientError } from '../std/errors.ts'
import type { Secret } from '../std/secrets.ts'

/** The body of a Plaid error, as far as we read it. */
export interface PlaidErrorBody {
  error_type?: string
  error_code?: string
  error_message?: string
  request_id?: string
}

interface ErrorOrigin {
  retryAfterMs?: number | undefined
  /** Of the request. */
  secrets?: readonly Secret[]
}

/** What an Item's owner or operator must do about it; undefined where waiting is enough. */
export type ItemRemedy = 'update_mode' | 'new_link'

export function plaidError(
  path: string,
  status: number,
  body: PlaidErrorBody,
  { retryAfterMs, secrets = [] }: ErrorOrigin = {},
): TartanError {
  const code = told(body.error_code, secrets) ?? `HTTP_${status}`
  const said =
    told(body.error_message, secrets, SAID_CHARS_MAX) ??
    `Plaid answered ${status} without an error of its own`
  const requestId = told(body.request_id, secrets)
  const request = requestId === undefined ? '' : ` (request_id ${requestId})`
  const message = `Plaid ${path}: ${said}${request}`
  if (isRateLimit(code, status, body)) {
    return new TransientError(code, message, { retryAfterMs: limitedForMs(retryAfterMs) })
  }
  if (code === MUTATION || RETRY.has(code)) {
    return new TransientError(code, message, retryAfterMs === undefined ? {} : { retryAfterMs })
  }
  if (CONFIG.has(code) || UPDATE_MODE.has(code) || NEW_LINK.has(code) || UNAVAILABLE.has(code)) {
    return new ConfigError(code, message)
  }
  if (status >= 500 || body.error_code === undefined) {
    return new TransientError(code, message)
  }
  return status >= 400 ? new ConfigError(code, message) : new SystemError(code, message)
}

/** It is kept with the Item and said in lists (L5, L9), by a database that stores no NUL. */
export function told(
  text: string | undefined,
  secrets: readonly Secret[],
  charsMax = CODE_CHARS_MAX,
): string | undefined {
  let clean = text?.replaceAll('\0', '')
  for (const secret of secrets) clean = clean?.replaceAll(secret.reveal(), String(secret))
  return clean?.slice(0, charsMax).toWellFormed()
}

const SAID_CHARS_MAX = 2_000
const CODE_CHARS_MAX = 200

export const MUTATION = 'TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION'

export function remedyFor(code: string): ItemRemedy | undefined {
  if (UPDATE_MODE.has(code)) return 'update_mode'
  return NEW_LINK.has(code) ? 'new_link' : undefined
}

/** The Item is gone at Plaid: removing it again is done, not failed. */
export function isGone(code: string): boolean {
  return NEW_LINK.has(code)
}

/** What Plaid says of a cursor that is of another Item, too old or no cursor: one of the fields. */
export function refusesCursor(code: string): boolean {
  return code === 'INVALID_FIELD' || code === 'INVALID_CURSOR'
}

/** What an Item, its bank or this client has not: of the product there is none, and no failure. */
export function isUnavailable(code: string): boolean {
  return isNone(code) || NOT_OFFERED.has(code)
}

/** None of the Item's accounts is of the kind that the product is about: what was, is gone. */
export function isNone(code: string): boolean {
  return NO_ACCOUNTS.has(code)
}

export const NOT_READY = 'PRODUCT_NOT_READY'

const NO_ACCOUNTS = new Set(['NO_LIABILITY_ACCOUNTS', 'NO_INVESTMENT_ACCOUNTS', 'NO_AUTH_ACCOUNTS'])

const NOT_OFFERED = new Set([
  'PRODUCTS_NOT_SUPPORTED',
  'PRODUCT_NOT_ENABLED',
  'ADDITIONAL_CONSENT_REQUIRED',
  'INVALID_PRODUCT',
])

function isRateLimit(code: string, status: number, body: PlaidErrorBody): boolean {
  if (code === 'CREDITS_EXHAUSTED') return false
  return body.error_type === 'RATE_LIMIT_EXCEEDED' || status === 429
}

const MINUTE_MS = 60_000

/** Plaid counts by the minute; pauses differ, so that those who met the limit do not meet again. */
function limitedForMs(saidMs: number | undefined): number {
  return (saidMs ?? MINUTE_MS) + Math.round(jitter() * LIMIT_SPREAD_MS)
}

const LIMIT_SPREAD_MS = 5_000

const RETRY = new Set([
  'INTERNAL_SERVER_ERROR',
  'PLANNED_MAINTENANCE',
  'INSTITUTION_DOWN',
  'INSTITUTION_NOT_RESPONDING',
  'INSTITUTION_NOT_AVAILABLE',
  NOT_READY,
])

const UPDATE_MODE = new Set([
  'ITEM_LOGIN_REQUIRED',
  'ACCESS_NOT_GRANTED',
  'ADDITIONAL_CONSENT_REQUIRED',
  'NO_ACCOUNTS',
  'MANUAL_VERIFICATION_REQUIRED',
  'ITEM_LOCKED',
  'PASSWORD_RESET_REQUIRED',
  'USER_SETUP_REQUIRED',
])

const NEW_LINK = new Set([
  'ITEM_NOT_FOUND',
  'USER_PERMISSION_REVOKED',
  'INVALID_ACCESS_TOKEN',
  'ITEM_CONCURRENTLY_DELETED',
  'INVALID_UPDATED_USERNAME',
])

const UNAVAILABLE = new Set([
  'PRODUCTS_NOT_SUPPORTED',
  'PRODUCT_NOT_ENABLED',
  'INSTITUTION_NO_LONGER_SUPPORTED',
  'UNSUPPORTED_RESPONSE',
  'ITEM_NOT_SUPPORTED',
  'MFA_NOT_SUPPORTED',
])

const CONFIG = new Set([
  'INVALID_API_KEYS',
  'UNAUTHORIZED_ENVIRONMENT',
  'UNAUTHORIZED_ROUTE_ACCESS',
  'INVALID_PRODUCT',
  'MISSING_FIELDS',
  'UNKNOWN_FIELDS',
  'INVALID_FIELD',
  'CREDITS_EXHAUSTED',
  'INSTITUTION_REGISTRATION_REQUIRED',
  'UNAUTHORIZED_INSTITUTION',
])
