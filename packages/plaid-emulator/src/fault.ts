// A request that Plaid would refuse, in Plaid's shape. Programs read `error_type` and `error_code`;
// the sentences are for people.
import { errorCodes } from './error-codes.ts'

export function isErrorCode(code: string): boolean {
  return errorCodes.has(code)
}

/** Why an OAuth connection does not work, where Plaid says it. */
export type ErrorCodeReason = 'OAUTH_INVALID_TOKEN' | 'OAUTH_CONSENT_EXPIRED' | 'OAUTH_USER_REVOKED'

export interface PlaidErrorBody {
  error_type: string
  error_code: string
  error_code_reason: ErrorCodeReason | null
  error_message: string
  display_message: string | null
  documentation_url: string
  request_id: string
  suggested_action: string | null
  /** Of reports over many Items; none is modelled, so that it is empty. */
  causes: []
}

/** As Link shows an error, and reports it. */
export type LinkError = Pick<
  PlaidErrorBody,
  'error_type' | 'error_code' | 'error_message' | 'display_message'
>

interface Detail {
  /** Instead of the documented sentence. */
  message?: string | undefined
  /** Instead of the documented status. */
  status?: number | undefined
  reason?: ErrorCodeReason | undefined
  /** What a person may be shown, instead of the documented sentence. */
  display?: string | undefined
}

/** A request that Plaid would refuse, with the reason it would give. */
export class PlaidFault extends Error {
  readonly code: string
  readonly status: number
  readonly type: string
  readonly reason: ErrorCodeReason | null
  readonly #display: string | null

  constructor(code: string, detail: Detail | string = {}) {
    const {
      message,
      status,
      reason = null,
      display,
    } = typeof detail === 'string' ? { message: detail } : detail
    const known = errorCodes.get(code)
    super(message ?? known?.message ?? 'an unexpected error occurred')
    this.name = 'PlaidFault'
    this.code = known === undefined ? 'INTERNAL_SERVER_ERROR' : code
    this.status = status ?? known?.status ?? 500
    this.type = known?.type ?? 'API_ERROR'
    this.reason = reason
    this.#display = display ?? known?.display ?? null
  }

  body(requestId: string): PlaidErrorBody {
    return {
      causes: [],
      display_message: this.#display,
      documentation_url: `https://plaid.com/docs/?ref=error#${pageOf(this.type)}`,
      error_code: this.code,
      error_code_reason: this.reason,
      error_message: this.message,
      error_type: this.type,
      request_id: requestId,
      suggested_action: SUGGESTED[this.code] ?? null,
    }
  }
}

/** `item-errors`, `invalid-request-errors`: where the documentation speaks of the type. */
function pageOf(type: string): string {
  const name = type.toLowerCase().replaceAll('_', '-')
  return `${name.replace(/-error$/, '')}-errors`
}

const SUGGESTED: Readonly<Record<string, string>> = {
  ITEM_LOGIN_REQUIRED: 'Prompt the user to re-authenticate their account.',
}
