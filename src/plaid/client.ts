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
import { createHash } from 'node:crypto'
import {
  classify,
  ConfigError,
  isAbort,
  SystemError,
  type TartanError,
  TransientError,
} from '../std/errors.ts'
import { systemClock } from '../std/clock.ts'
import { mayRound, parseExact } from '../std/exact-json.ts'
import { retry, type RetryPolicy } from '../std/retry.ts'
import type { Secret } from '../std/secrets.ts'
import { MUTATION, plaidError, type PlaidErrorBody } from './errors.ts'
import { createLimiter, type Limiter } from './limiter.ts'
import { limitsOf, type PlaidEnvironment } from './limits.ts'

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
/** Whoever says that it is away for longer is not waited for: the Item is asked again later. */
const RETRY_AFTER_MS_MAX = 300_000

export const plaidBaseUrl = {
  sandbox: 'https://sandbox.plaid.com',
  production: 'https://production.plaid.com',
}

export function createPlaidClient(settings: PlaidSettings): PlaidClient {
  const gate = createGate(settings.environment)
  const call = <T>(path: string, body: object, more: CallOptions = {}): Promise<T> =>
    retry(
      settings.retryPolicy ?? TRIES,
      async () => {
        await gate(path, more)
        return post<T>(settings, path, body, more.signal)
      },
      more.signal ? { signal: more.signal } : {},
    ).catch(unwrapFinal)
  return {
    environment: settings.environment,
    linkTokenCreate: (request) => call('/link/token/create', linkTokenBody(request)),
    linkTokenGet: (link_token) => call('/link/token/get', { link_token }),
    publicTokenExchange: (token) =>
      call('/item/public_token/exchange', { public_token: token.reveal() }),
    itemRemove: (token) => call('/item/remove', { access_token: token.reveal() }, { token }),
    accountsGet: (token, signal) =>
      call('/accounts/get', { access_token: token.reveal() }, { token, ...withSignal(signal) }),
    transactionsSync: (token, page, signal) =>
      call('/transactions/sync', syncBody(token, page), { token, ...withSignal(signal) }),
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
  /** Whose call it is: Plaid limits them by Item too. */
  token?: Secret
}

type Gate = (path: string, call: CallOptions) => Promise<void>

/** Waits until Plaid's limits allow one more call, of the Item's and of the client's. */
function createGate(environment: PlaidEnvironment): Gate {
  const gates = new Map<string, { item: Limiter; client: Limiter }>()
  return async (path, { token, signal }) => {
    let gate = gates.get(path)
    if (!gate) {
      const limits = limitsOf(environment, path)
      gate = { item: createLimiter(limits.item), client: createLimiter(limits.client) }
      gates.set(path, gate)
    }
    if (token) await gate.item.take(fingerprint(token), signal)
    await gate.client.take('', signal)
  }
}

/** The limiter's memory is no place for a token (L5). */
function fingerprint(token: Secret): string {
  return createHash('sha256').update(token.reveal()).digest('base64url')
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

/** What another try would not mend, though it is transient: it must reach the caller at once. */
class FinalError extends Error {
  readonly failure: TartanError
  constructor(failure: TartanError) {
    super(failure.message)
    this.failure = failure
  }
}

function unwrapFinal(error: unknown): never {
  throw error instanceof FinalError ? error.failure : error
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
      redirect: 'manual', // what carries a secret follows nobody
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
    throw refusal(path, response, text)
  } catch (error) {
    if (error instanceof FinalError || isAbort(error)) throw error
    if (timeout.aborted) {
      throw new TransientError('PLAID_TIMEOUT', `Plaid ${path}: no answer in ${CALL_MS_MAX} ms`)
    }
    throw classify(error)
  }
}

function refusal(path: string, response: Response, text: string): Error {
  if (response.status >= 300 && response.status < 400) {
    const sentence =
      `Plaid ${path}: the answer is a redirect, which is not followed with a secret; ` +
      'put the address where Plaid itself is into PLAID_URL'
    return new ConfigError('PLAID_REDIRECTS', sentence)
  }
  const retryAfterMs = retryAfter(response.headers.get('retry-after'))
  const failure = plaidError(path, response.status, errorBody(text), retryAfterMs)
  const isFinal = failure.code === MUTATION || (failure.retryAfterMs ?? 0) > RETRY_AFTER_MS_MAX
  return isFinal ? new FinalError(failure) : failure
}

/** Seconds, or a date. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : undefined
  const ms = seconds === undefined ? Date.parse(header) - systemClock.now() : seconds * 1_000
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined
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
    return mayRound(text) ? parseExact(text) : JSON.parse(text)
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
