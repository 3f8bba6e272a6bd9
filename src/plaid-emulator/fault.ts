// Plaid's errors in Plaid's shape: the type, the status and the documented sentence of each code.
// Programs read `error_type` and `error_code`; the sentences are for people.
interface Kind {
  type: string
  status: number
  message: string
}

function group(type: string, status: number, messages: Record<string, string>): [string, Kind][] {
  return Object.entries(messages).map(([code, message]) => [code, { type, status, message }])
}

const KINDS = new Map<string, Kind>([
  ...group('INVALID_REQUEST', 400, {
    MISSING_FIELDS: 'the following required fields are missing',
    UNKNOWN_FIELDS: 'the following fields are not recognized by this endpoint',
    INVALID_FIELD: 'a field has an invalid value',
    INVALID_BODY: 'body could not be parsed as JSON',
    INVALID_HEADERS: 'the Content-Type header must be application/json',
  }),
  ...group('INVALID_REQUEST', 404, { NOT_FOUND: 'the requested endpoint could not be found' }),
  ...group('INVALID_INPUT', 400, {
    INVALID_API_KEYS: 'invalid client_id or secret provided',
    UNAUTHORIZED_ENVIRONMENT: 'your client_id is not authorized to access this API environment',
    INVALID_ACCESS_TOKEN: 'could not find matching access token',
    INVALID_PUBLIC_TOKEN: 'could not find matching public token',
    INVALID_LINK_TOKEN: 'invalid link_token provided',
    INVALID_ACCOUNT_ID: 'failed to find requested account ID for requested item',
    INVALID_INSTITUTION: 'invalid institution_id provided',
    INVALID_PRODUCT: 'client is not authorized to access the requested product',
    USER_PERMISSION_REVOKED:
      'the holder of this account has revoked their permission for your application to access it',
    INVALID_WEBHOOK_VERIFICATION_KEY_ID: 'invalid key_id provided',
  }),
  ...group('ITEM_ERROR', 400, {
    ITEM_LOGIN_REQUIRED:
      'the login details of this item have changed (credentials, MFA, or required user action) ' +
      "and a user login is required to update this information. use Link's update mode to " +
      'restore the item to a good state',
    ITEM_NOT_FOUND:
      'The Item you requested cannot be found. This Item does not exist, has been previously ' +
      'removed via /item/remove, or has had access removed by the end user.',
    INVALID_CREDENTIALS: 'the provided credentials were not correct',
    INVALID_MFA: 'the provided MFA response(s) were not correct',
    INVALID_UPDATED_USERNAME: 'the username provided to /item/update is not correct',
    INSUFFICIENT_CREDENTIALS: 'the user did not provide the credentials that were asked for',
    ITEM_LOCKED: 'the account is locked. prompt the user to visit the institution and unlock it',
    ITEM_NOT_SUPPORTED: 'this account is currently not supported',
    ITEM_CONCURRENTLY_DELETED: 'This item was deleted while the operation was in progress',
    USER_SETUP_REQUIRED: 'the account has not been fully set up',
    MFA_NOT_SUPPORTED: 'this account requires a MFA type that is not currently supported',
    NO_ACCOUNTS: 'no valid accounts were found for this item',
    NO_AUTH_ACCOUNTS: 'no valid accounts exist for this item',
    NO_INVESTMENT_ACCOUNTS: 'no valid investment account(s) exist for this item',
    NO_LIABILITY_ACCOUNTS: 'no valid liability account(s) exist for this item',
    PRODUCT_NOT_READY: 'the requested product is not yet ready. please retry the request later',
    PRODUCT_NOT_ENABLED: 'the requested product is not enabled for this item',
    PRODUCTS_NOT_SUPPORTED: 'the requested products are not supported by this institution',
    ACCESS_NOT_GRANTED: 'access to this product was not granted for the account',
    ADDITIONAL_CONSENT_REQUIRED: 'client does not have user consent to access this product',
    PASSWORD_RESET_REQUIRED: 'user must reset their password',
    MANUAL_VERIFICATION_REQUIRED: 'user must verify the account manually',
  }),
  ...group('INSTITUTION_ERROR', 400, {
    INSTITUTION_DOWN: 'this institution is not currently responding to this request',
    INSTITUTION_NOT_RESPONDING: 'this institution is not currently responding to this request',
    INSTITUTION_NOT_AVAILABLE: 'this institution is not currently available',
    INSTITUTION_NO_LONGER_SUPPORTED: 'this institution is no longer supported',
    INSTITUTION_REGISTRATION_REQUIRED: 'this institution asks for a registration first',
    UNAUTHORIZED_INSTITUTION: 'not authorized to access this institution in this environment',
    UNSUPPORTED_RESPONSE: 'the data returned from the financial institution is not valid',
  }),
  ...group('TRANSACTIONS_ERROR', 400, {
    TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION:
      'Underlying transaction data changed since last page was fetched. Please restart ' +
      'pagination from last update.',
  }),
  ...group('API_ERROR', 500, { INTERNAL_SERVER_ERROR: 'an unexpected error occurred' }),
  ...group('API_ERROR', 503, {
    PLANNED_MAINTENANCE: "Plaid's systems are in maintenance and API operations are disabled",
  }),
  ...group('RATE_LIMIT_EXCEEDED', 429, {
    ACCOUNTS_LIMIT: 'rate limit exceeded for attempts to access this item. please try again later',
    ITEM_GET_LIMIT: 'rate limit exceeded for attempts to access this item. please try again later',
    RATE_LIMIT: 'rate limit exceeded. please try again later',
    TRANSACTIONS_LIMIT: 'rate limit exceeded for attempts to access this item. try again later',
    TRANSACTIONS_REFRESH_LIMIT: 'rate limit exceeded for refreshes of this item. try again later',
    TRANSACTIONS_SYNC_LIMIT:
      'rate limit exceeded for attempts to access this item. try again later',
    INSTITUTIONS_GET_BY_ID_LIMIT: 'rate limit exceeded for institutions. please try again later',
    CREDITS_EXHAUSTED: 'this application has used all of its live credentials',
  }),
])

export function isErrorCode(code: string): boolean {
  return KINDS.has(code)
}

export interface PlaidErrorBody {
  error_type: string
  error_code: string
  error_message: string
  display_message: string | null
  documentation_url: string
  request_id: string
  suggested_action: string | null
}

/** A request that Plaid would refuse, with the reason it would give. */
export class PlaidFault extends Error {
  readonly code: string
  readonly status: number
  readonly type: string

  constructor(code: string, message?: string, status?: number) {
    const kind = KINDS.get(code)
    super(message ?? kind?.message ?? 'an unexpected error occurred')
    this.name = 'PlaidFault'
    this.code = kind === undefined ? 'INTERNAL_SERVER_ERROR' : code
    this.status = status ?? kind?.status ?? 500
    this.type = kind?.type ?? 'API_ERROR'
  }

  body(requestId: string): PlaidErrorBody {
    return {
      display_message: DISPLAY[this.code] ?? null,
      documentation_url: `https://plaid.com/docs/?ref=error#${pageOf(this.type)}`,
      error_code: this.code,
      error_message: this.message,
      error_type: this.type,
      request_id: requestId,
      suggested_action: null,
    }
  }
}

function pageOf(type: string): string {
  return `${type
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/-error$/, '')}-errors`
}

const DISPLAY: Readonly<Record<string, string>> = {
  INVALID_CREDENTIALS: 'The provided credentials were not correct. Please try again.',
  INSTITUTION_DOWN: 'This financial institution is not currently responding to requests.',
  INSTITUTION_NOT_RESPONDING: 'This financial institution is not currently responding to requests.',
  ITEM_LOCKED: 'Your account is locked. Please visit your institution to unlock it.',
}
