// Plaid's errors: for each code its type, its status and the sentences that its documentation
// gives. One table, from which answers, webhooks and the documentation derive.
interface ErrorCode {
  type: string
  status: number
  /** For developers. */
  message: string
  /** For the person whose account it is; null where Plaid has none. */
  display: string | null
}

/** A message, and where Plaid has one what may be shown to the person. */
type Sentences = string | [message: string, display: string]

function group(
  type: string,
  status: number,
  codes: Record<string, Sentences>,
): [string, ErrorCode][] {
  return Object.entries(codes).map(([code, sentences]) => {
    const [message, display] = typeof sentences === 'string' ? [sentences, null] : sentences
    return [code, { type, status, message, display }]
  })
}

const TOO_MANY = 'rate limit exceeded for attempts to access this item. please try again later'
const TOO_MANY_BY_ID =
  'rate limit exceeded for attempts to access "institutions get by id". please try again later'
const NOT_RESPONDING: Sentences = [
  'this institution is not currently responding to this request. please try again soon',
  'This financial institution is not currently responding to requests. We apologize for the ' +
    'inconvenience.',
]
const NO_INVESTMENTS =
  'There are no valid investment account(s) associated with this Item. See ' +
  'https://plaid.com/docs/api/#item-errors for more information.'

export const errorCodes: ReadonlyMap<string, ErrorCode> = new Map([
  ...group('INVALID_REQUEST', 400, {
    INCOMPATIBLE_API_VERSION:
      'The public_key cannot be used for this endpoint as of version 2020-09-14 of the API. ' +
      'Please use the client_id and secret instead.',
    INVALID_BODY: 'body could not be parsed as JSON',
    INVALID_CONFIGURATION: 'please ensure that the request body is formatted correctly',
    INVALID_FIELD: 'a field has an invalid value',
    INVALID_HEADERS: 'the following required headers are missing: Content-Type',
    MISSING_FIELDS: 'the following required fields are missing',
    SANDBOX_ONLY: 'access to this route is only available in the sandbox environment',
    UNKNOWN_FIELDS: 'the following fields are not recognized by this endpoint',
  }),
  ...group('INVALID_REQUEST', 404, {
    NO_LONGER_AVAILABLE: 'This endpoint has been discontinued as of version 2020-09-14 of the API.',
    NOT_FOUND: 'not found',
  }),
  ...group('INVALID_INPUT', 400, {
    ADDITIONAL_CONSENT_REQUIRED:
      'client does not have user consent to access the requested product',
    DIRECT_INTEGRATION_NOT_ENABLED:
      'your client ID is only authorized to use Plaid Link. head to the docs ' +
      '(https://plaid.com/docs) to get started.',
    INVALID_ACCESS_TOKEN: 'could not find matching access token',
    INVALID_ACCOUNT_ID: 'failed to find requested account ID for requested item',
    INVALID_API_KEYS: 'invalid client_id or secret provided',
    INVALID_INSTITUTION: 'invalid institution_id provided',
    INVALID_LINK_CUSTOMIZATION:
      'requested link customization is not set to update account selection',
    INVALID_LINK_TOKEN: 'invalid link_token provided',
    INVALID_PRODUCT: 'client is not authorized to access the requested product',
    INVALID_PUBLIC_TOKEN: 'could not find matching public token',
    INVALID_USER_ID: 'user.user_id must be a non-empty string',
    INVALID_USER_TOKEN: 'could not find matching user token',
    INVALID_WEBHOOK_VERIFICATION_KEY_ID:
      'invalid key_id provided. note that key_ids are specific to Plaid environments, and ' +
      'verification requests must be made to the same environment that the webhook was sent from',
    UNAUTHORIZED_ENVIRONMENT:
      'you are not authorized to create items in this api environment. Go to the Dashboard ' +
      '(https://dashboard.plaid.com) to see which environments you are authorized for.',
    UNAUTHORIZED_ROUTE_ACCESS:
      'you are not authorized to access this route in this api environment.',
    USER_PERMISSION_REVOKED:
      'the holder of this account has revoked their permission for your application to access it',
  }),
  ...group('INVALID_RESULT', 400, {
    LAST_UPDATED_DATETIME_OUT_OF_RANGE: 'requested datetime out of range',
  }),
  ...group('ITEM_ERROR', 400, {
    ACCESS_NOT_GRANTED: [
      'access to this product was not granted for the account',
      'The user did not grant the necessary permissions for this product on their account.',
    ],
    INSTANT_MATCH_FAILED:
      'Item cannot be verified through Instant Match. Ensure you are correctly enabling all auth ' +
      'features in Link.',
    INSUFFICIENT_CREDENTIALS: [
      'insufficient authorization was provided to complete the request',
      'INSUFFICIENT_CREDENTIALS',
    ],
    INVALID_CREDENTIALS: [
      'the provided credentials were not correct',
      'The provided credentials were not correct. Please try again.',
    ],
    INVALID_MFA: [
      'the provided MFA response(s) were not correct',
      'The provided MFA responses were not correct. Please try again.',
    ],
    INVALID_OTP: [
      'the provided OTP was invalid',
      'The provided OTP was invalid. Please try again.',
    ],
    INVALID_PHONE_NUMBER: [
      'the provided phone number was invalid',
      'The provided phone number was invalid. Please try again.',
    ],
    INVALID_SEND_METHOD: 'the provided MFA send_method was invalid',
    INVALID_UPDATED_USERNAME:
      'the username provided to /item/credentials/update does not match the original username ' +
      'for the item',
    ITEM_CONCURRENTLY_DELETED: 'This item was deleted while the operation was in progress',
    ITEM_LOCKED: [
      "the account is locked. prompt the user to visit the institution's site and unlock their " +
        'account',
      'The given account has been locked by the financial institution. Please visit your ' +
        "financial institution's website to unlock your account.",
    ],
    ITEM_LOGIN_REQUIRED:
      'the login details of this item have changed (credentials, MFA, or required user action) ' +
      "and a user login is required to update this information. use Link's update mode to " +
      'restore the item to a good state',
    ITEM_NOT_FOUND:
      'The Item you requested cannot be found. This Item does not exist, has been previously ' +
      'removed via /item/remove, or has had access removed by the user.',
    ITEM_NOT_SUPPORTED: [
      'this account is currently not supported',
      'The given account is not currently supported for this financial institution. We ' +
        'apologize for the inconvenience.',
    ],
    MANUAL_VERIFICATION_REQUIRED:
      'This Item could not be automatically verified. The user must manually verify their ' +
      'account through a separate Link session using the existing access token and with ' +
      "'investments_auth' initialized in the 'products' array.",
    MFA_NOT_SUPPORTED: [
      'this account requires a MFA type that we do not currently support for the institution',
      'The multi-factor security features enabled on this account are not currently supported ' +
        'for this financial institution. We apologize for the inconvenience.',
    ],
    NO_ACCOUNTS: [
      'no valid accounts were found for this item',
      'No valid accounts were found at the financial institution. Please visit your financial ' +
        "institution's website to confirm accounts are available.",
    ],
    NO_AUTH_ACCOUNTS:
      'There are no valid checking or savings account(s) associated with this Item. See ' +
      'https://plaid.com/docs/api/#item-errors for more.',
    NO_INVESTMENT_ACCOUNTS: NO_INVESTMENTS,
    NO_INVESTMENT_AUTH_ACCOUNTS: NO_INVESTMENTS,
    NO_LIABILITY_ACCOUNTS:
      'There are no valid liability account(s) associated with this Item. See ' +
      'https://plaid.com/docs/api/#item-errors for more information.',
    PASSWORD_RESET_REQUIRED: [
      'user must reset their password',
      'The user needs to reset their password for their account',
    ],
    PRODUCT_NOT_ENABLED:
      'A requested product was not enabled for the current access token. Please ensure it is ' +
      'included when when initializing Link and create the Item again.',
    PRODUCT_NOT_READY:
      'the requested product is not yet ready. please provide a webhook or try the request again ' +
      'later',
    PRODUCTS_NOT_SUPPORTED: 'the requested products are not supported by this institution',
    USER_INPUT_TIMEOUT: [
      'user must retry this operation',
      'The application timed out waiting for user input',
    ],
    USER_SETUP_REQUIRED: [
      "the account has not been fully set up. prompt the user to visit the issuing institution's " +
        'site and finish the setup process',
      "The given account is not fully setup. Please visit your financial institution's website " +
        'to setup your account.',
    ],
  }),
  ...group('INSTITUTION_ERROR', 400, {
    INSTITUTION_DOWN: NOT_RESPONDING,
    INSTITUTION_NO_LONGER_SUPPORTED: [
      'this institution is no longer supported',
      'This financial institution is no longer supported. We apologize for the inconvenience.',
    ],
    INSTITUTION_NOT_AVAILABLE: NOT_RESPONDING,
    INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT: 'Institution not enabled in this environment',
    INSTITUTION_NOT_RESPONDING: NOT_RESPONDING,
    INSTITUTION_REGISTRATION_REQUIRED: [
      'not yet registered to create items for this institution',
      'You must register your application with this institution before you can create items for ' +
        'it.',
    ],
    UNAUTHORIZED_INSTITUTION: [
      'not authorized to create items for this institution',
      'You are not authorized to create items for this institution at this time.',
    ],
    UNSUPPORTED_RESPONSE: [
      'the data returned from the financial institution is not valid',
      'The data returned from the financial institution is not valid.',
    ],
  }),
  ...group('TRANSACTIONS_ERROR', 400, {
    TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION:
      'Underlying transaction data changed since last page was fetched. Please restart ' +
      'pagination from last update.',
  }),
  ...group('INVALID_INPUT', 400, {
    WEBHOOK_EVENTS_CURSOR_EXPIRED:
      'the cursor is older than the 7-day retention window. restart with a start_time within the ' +
      'last 7 days',
    WEBHOOK_EVENTS_START_TIME_OUT_OF_RANGE:
      'start_time must not be earlier than the 7-day retention window',
  }),
  ...group('SANDBOX_ERROR', 400, {
    SANDBOX_PRODUCT_NOT_ENABLED: 'The product is not enabled on this item',
    SANDBOX_WEBHOOK_INVALID:
      "Webhook for this item is either not set up, or invalid. Please update the item's webhook " +
      'and try again.',
  }),
  ...group('RECAPTCHA_ERROR', 400, {
    RECAPTCHA_BAD: 'The provided challenge response was denied. Please try again',
    RECAPTCHA_REQUIRED: 'This request requires additional verification.',
  }),
  ...group('API_ERROR', 500, { INTERNAL_SERVER_ERROR: 'an unexpected error occurred' }),
  ...group('API_ERROR', 503, {
    PLANNED_MAINTENANCE:
      'the Plaid API is temporarily unavailable due to planned maintenance. visit ' +
      'https://status.plaid.com/ for more information',
  }),
  ...group('RATE_LIMIT_EXCEEDED', 429, {
    ACCOUNTS_BALANCE_GET_LIMIT: TOO_MANY,
    ACCOUNTS_LIMIT: TOO_MANY,
    AUTH_LIMIT: TOO_MANY,
    BALANCE_LIMIT: TOO_MANY,
    CREDITS_EXHAUSTED:
      'Free usage exhausted, please request full Production access to continue using this product',
    IDENTITY_LIMIT: TOO_MANY,
    INSTITUTION_RATE_LIMIT:
      'The institution is currently receiving too many requests. Please try again later.',
    INSTITUTIONS_GET_BY_ID_LIMIT: TOO_MANY_BY_ID,
    INSTITUTIONS_GET_LIMIT: TOO_MANY_BY_ID,
    INVESTMENT_HOLDINGS_GET_LIMIT: TOO_MANY,
    INVESTMENT_TRANSACTIONS_LIMIT: TOO_MANY,
    ITEM_GET_LIMIT: TOO_MANY,
    RATE_LIMIT: TOO_MANY,
    TRANSACTIONS_LIMIT: TOO_MANY,
    TRANSACTIONS_REFRESH_LIMIT: TOO_MANY,
    TRANSACTIONS_SYNC_LIMIT: TOO_MANY,
  }),
])
