// The thin client for Plaid. Not the SDK: that has no time-out, no retry, and an error of its own
// whose JSON shows the secret and the access token (L5). Every call is bounded in time and tries;
// errors come out classified and clean.
import type {
  AccountsGetResponse,
  InstitutionsGetByIdResponse,
  ItemPublicTokenExchangeResponse,
  ItemRemoveResponse,
  LinkTokenCreateResponse,
  LinkTokenGetResponse,
  SandboxPublicTokenCreateResponse,
  TransactionsSyncResponse,
} from 'plaid'
import { classify, isAbort, SystemError, type TartanError, TransientError } from '../std/errors.ts'
import { retry, type RetryPolicy } from '../std/retry.ts'
import type { Secret } from '../std/secrets.ts'
import { MUTATION, plaidError, type PlaidErrorBody } from './errors.ts'
import { createLimiter, type Limiter } from './limiter.ts'

export type PlaidEnvironment = 'emulator' | 'sandbox' | 'production'

export interface PlaidSettings {
  environment: PlaidEnvironment
  baseUrl: string
  clientId: string
  secret: Secret
  retryPolicy?: RetryPolicy
}

export interface SyncPageRequest {
  cursor: string
  count: number
  daysRequested: number
}

export interface LinkTokenRequest {
  clientName: string
  userId: string
  countryCodes: string[]
  language: string
  webhook?: string
  daysRequested: number
  /** Update mode: for the Item of this token. */
  update?: { token: Secret; selectsAccounts: boolean }
}

export interface PlaidClient {
  environment: PlaidEnvironment
  linkTokenCreate(request: LinkTokenRequest): Promise<LinkTokenCreateResponse>
  linkTokenGet(linkToken: string): Promise<LinkTokenGetResponse>
  publicTokenExchange(publicToken: Secret): Promise<ItemPublicTokenExchangeResponse>
  itemRemove(token: Secret): Promise<ItemRemoveResponse>
  accountsGet(token: Secret, signal?: AbortSignal): Promise<AccountsGetResponse>
  transactionsSync(
    token: Secret,
    page: SyncPageRequest,
    signal?: AbortSignal,
  ): Promise<TransactionsSyncResponse>
  institutionsGetById(id: string, countryCodes: string[]): Promise<InstitutionsGetByIdResponse>
  sandboxPublicTokenCreate(
    institutionId: string,
    options: { username?: string | undefined; daysRequested: number },
  ): Promise<SandboxPublicTokenCreateResponse>
}

/** Real-time endpoints of Plaid may take 30 s and more. */
const CALL_MS_MAX = 90_000
/** A page of 500 transactions has one or two million; beyond it is somebody else's answer (L9). */
const ANSWER_CHARS_MAX = 32 * 1024 * 1024
const API_VERSION = '2020-09-14'
const TRIES: RetryPolicy = { triesMax: 4, firstDelayMs: 500, delayMsMax: 15_000, factor: 3 }
/** Plaid's production limit for /transactions/sync, a client and a minute; the sandbox has less. */
const SYNC_CALLS_PER_MINUTE = { emulator: Infinity, sandbox: 1_000, production: 2_500 }
const BURST_CALLS = 50

export const plaidBaseUrl = {
  sandbox: 'https://sandbox.plaid.com',
  production: 'https://production.plaid.com',
}

export function createPlaidClient(settings: PlaidSettings): PlaidClient {
  const syncLimiter = createLimiter(SYNC_CALLS_PER_MINUTE[settings.environment], BURST_CALLS)
  const open = createLimiter(Infinity, 1)
  const call = <T>(path: string, body: object, more: CallOptions = {}): Promise<T> =>
    retry(
      settings.retryPolicy ?? TRIES,
      async () => {
        await (more.limiter ?? open).take(more.signal)
        return post<T>(settings, path, body, more.signal)
      },
      more.signal ? { signal: more.signal } : {},
    ).catch(unwrapMutation)
  return {
    environment: settings.environment,
    linkTokenCreate: (request) => call('/link/token/create', linkTokenBody(request)),
    linkTokenGet: (link_token) => call('/link/token/get', { link_token }),
    publicTokenExchange: (token) =>
      call('/item/public_token/exchange', { public_token: token.reveal() }),
    itemRemove: (token) => call('/item/remove', { access_token: token.reveal() }),
    accountsGet: (token, signal) =>
      call('/accounts/get', { access_token: token.reveal() }, withSignal(signal)),
    transactionsSync: (token, page, signal) =>
      call('/transactions/sync', syncBody(token, page), {
        ...withSignal(signal),
        limiter: syncLimiter,
      }),
    institutionsGetById: (institution_id, country_codes) =>
      call('/institutions/get_by_id', { institution_id, country_codes }),
    sandboxPublicTokenCreate: (institution_id, { username, daysRequested }) =>
      call('/sandbox/public_token/create', {
        institution_id,
        initial_products: ['transactions'],
        options: {
          transactions: { days_requested: daysRequested },
          ...(username === undefined ? {} : { override_username: username }),
        },
      }),
  }
}

interface CallOptions {
  signal?: AbortSignal
  limiter?: Limiter
}

function withSignal(signal: AbortSignal | undefined): CallOptions {
  return signal ? { signal } : {}
}

function syncBody(token: Secret, page: SyncPageRequest): object {
  return {
    access_token: token.reveal(),
    ...(page.cursor === '' ? {} : { cursor: page.cursor }),
    count: page.count,
    options: {
      include_original_description: true,
      personal_finance_category_version: 'v2',
      days_requested: page.daysRequested,
    },
  }
}

function linkTokenBody(request: LinkTokenRequest): object {
  const { update } = request
  return {
    client_name: request.clientName,
    language: request.language,
    country_codes: request.countryCodes,
    user: { client_user_id: request.userId },
    // An Item keeps the products and the history that it began with.
    ...(update
      ? {
          access_token: update.token.reveal(),
          update: { account_selection_enabled: update.selectsAccounts },
        }
      : {
          products: ['transactions'],
          transactions: { days_requested: request.daysRequested },
        }),
    hosted_link: {},
    ...(request.webhook === undefined ? {} : { webhook: request.webhook }),
  }
}

/** Trying a mutated page again makes the error recur: it must reach the loop at once. */
class MutationError extends Error {
  readonly failure: TartanError
  constructor(failure: TartanError) {
    super(failure.message)
    this.failure = failure
  }
}

function unwrapMutation(error: unknown): never {
  throw error instanceof MutationError ? error.failure : error
}

async function post<T>(
  settings: PlaidSettings,
  path: string,
  body: object,
  signal: AbortSignal | undefined,
): Promise<T> {
  const timeout = AbortSignal.timeout(CALL_MS_MAX)
  try {
    const response = await fetch(settings.baseUrl + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'plaid-client-id': settings.clientId,
        'plaid-secret': settings.secret.reveal(),
        'plaid-version': API_VERSION,
      },
      body: JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    const text = await textOf(response)
    if (response.ok) return parse(path, text) as T
    const failure = plaidError(path, response.status, errorBody(text))
    throw failure.code === MUTATION ? new MutationError(failure) : failure
  } catch (error) {
    if (error instanceof MutationError || isAbort(error)) throw error
    if (timeout.aborted) {
      throw new TransientError('PLAID_TIMEOUT', `Plaid ${path}: no answer in ${CALL_MS_MAX} ms`)
    }
    throw classify(error)
  }
}

/** Piece by piece: a page of a megabyte in one buffer is what only full collections free (L9). */
async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true })
    if (text.length > ANSWER_CHARS_MAX) {
      const sentence = `Plaid answered with more than ${ANSWER_CHARS_MAX} characters`
      throw new SystemError('PLAID_ANSWER_TOO_LARGE', sentence)
    }
  }
  return text + decoder.decode()
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new TransientError('PLAID_NOT_JSON', `Plaid ${path}: something between answered no JSON`)
  }
}

function errorBody(text: string): PlaidErrorBody {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : {}
  } catch {
    return {} // a proxy's page
  }
}
