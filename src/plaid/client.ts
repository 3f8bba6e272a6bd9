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
  WebhookVerificationKeyGetResponse,
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
import { monotonicMs, systemClock } from '../std/clock.ts'
import type { Logger } from '../std/log.ts'
import { count, observe } from '../std/metrics.ts'
import { retry, type RetryPolicy } from '../std/retry.ts'
import type { Secret } from '../std/secrets.ts'
import { MUTATION, plaidError, type PlaidErrorBody, told } from './errors.ts'
import { createLimiter, type Limiter } from './limiter.ts'
import { type PlaidRequest, requestOf } from './request.ts'
import { cutPage, parseAnswer, type Records } from './sync-page.ts'
import { limitsOf, type PlaidEnvironment } from './limits.ts'

export interface PlaidSettings {
  environment: PlaidEnvironment
  baseUrl: string
  clientId: string
  secret: Secret
  retryPolicy?: RetryPolicy
  /** How long one call may take. */
  callMsMax?: number
  /** Hears of every call, with Plaid's own request id. */
  log?: Logger
  /**
   * Where other processes call for the same client: how many milliseconds to wait for one more call
   * of this path, of which there may be so many a minute.
   */
  shared?: (path: string, perMinute: number) => Promise<number>
}

export interface SyncPageRequest {
  cursor: string
  count: number
  daysRequested: number
}

type SyncList = 'added' | 'modified' | 'removed'
type SyncPage = Omit<TransactionsSyncResponse, SyncList> & Record<SyncList, Records | unknown[]>

export interface LinkTokenRequest {
  clientName: string
  userId: string
  countryCodes: string[]
  language: string
  daysRequested: number
  /** Beside transactions, of each bank that has them: what it has not keeps nobody out. */
  products: readonly string[]
  /** Update mode: for the Item of this token. */
  update?: { token: Secret; selectsAccounts: boolean }
  /** Where Plaid's page leads when it is done. */
  returnAddress?: string
  /** Where Plaid tells of the Item. */
  webhook?: string
}

export interface PlaidClient {
  environment: PlaidEnvironment
  linkTokenCreate(request: LinkTokenRequest): Promise<LinkTokenCreateResponse>
  linkTokenGet(linkToken: Secret): Promise<LinkTokenGetResponse>
  publicTokenExchange(publicToken: Secret): Promise<ItemPublicTokenExchangeResponse>
  itemRemove(token: Secret): Promise<ItemRemoveResponse>
  /** Where Plaid tells of the Item from now on; empty: nowhere. */
  itemWebhookUpdate(token: Secret, webhook: string): Promise<unknown>
  webhookVerificationKeyGet(
    keyId: string,
    signal: AbortSignal,
  ): Promise<WebhookVerificationKeyGetResponse>
  accountsGet(token: Secret, signal?: AbortSignal): Promise<AccountsGetResponse>
  /** An endpoint of a product, of one Item; what it answers is for its reader to judge. */
  productGet(path: string, token: Secret, body: object, signal?: AbortSignal): Promise<unknown>
  /** Plaid's taxonomy, which is the same for everybody. */
  categoriesGet(signal?: AbortSignal): Promise<unknown>
  transactionsSync(token: Secret, page: SyncPageRequest, signal?: AbortSignal): Promise<SyncPage>
  /** `looks`: with colour, address and logo. `status`: with how it does now. */
  institutionsGetById(
    id: string,
    countryCodes: string[],
    more?: 'looks' | 'status',
  ): Promise<InstitutionsGetByIdResponse>
  sandboxPublicTokenCreate(
    institutionId: string,
    options: {
      username?: string | undefined
      daysRequested: number
      webhook?: string | undefined
    },
  ): Promise<SandboxPublicTokenCreateResponse>
}

/** Real-time endpoints of Plaid may take 30 s and more. */
const CALL_MS_MAX = 90_000
/** A page of 500 transactions has one or two million; beyond it is somebody else's answer (L9). */
const ANSWER_BYTES_MAX = 32 * 1024 * 1024
const API_VERSION = '2020-09-14'
const TRIES: RetryPolicy = { triesMax: 4, firstDelayMs: 500, delayMsMax: 15_000, factor: 3 }
/** Whoever says that it is away for longer is not waited for: the Item is asked again later. */
const RETRY_AFTER_MS_MAX = 300_000

export const plaidBaseUrl = {
  sandbox: 'https://sandbox.plaid.com',
  production: 'https://production.plaid.com',
}

export function createPlaidClient(settings: PlaidSettings): PlaidClient {
  const gate = createGate(settings)
  const call = <T>(path: string, body: object, more: CallOptions = {}): Promise<T> => {
    const request = requestOf(path, body, settings.secret)
    return retry(
      settings.retryPolicy ?? TRIES,
      async () => {
        const from = monotonicMs()
        await gate(path, more)
        const waited = (monotonicMs() - from) / 1_000
        count('tartan_plaid_limit_wait_seconds_total', { endpoint: path }, waited)
        return watched(settings, request, () => post<T>(settings, request, more))
      },
      more.signal ? { signal: more.signal } : {},
    ).catch(unwrapFinal)
  }
  return {
    environment: settings.environment,
    linkTokenCreate: (request) => call('/link/token/create', linkTokenBody(request)),
    linkTokenGet: (link_token) => call('/link/token/get', { link_token }),
    publicTokenExchange: (public_token) => call('/item/public_token/exchange', { public_token }),
    itemRemove: (token) => call('/item/remove', { access_token: token }, { token }),
    itemWebhookUpdate: (token, webhook) =>
      call(
        '/item/webhook/update',
        { access_token: token, webhook: webhook === '' ? null : webhook },
        { token },
      ),
    webhookVerificationKeyGet: (key_id, signal) =>
      call('/webhook_verification_key/get', { key_id }, { signal }),
    accountsGet: (token, signal) =>
      call('/accounts/get', { access_token: token }, { token, ...withSignal(signal) }),
    productGet: (path, token, body, signal) =>
      call(path, { access_token: token, ...body }, { token, ...withSignal(signal) }),
    categoriesGet: (signal) => call('/categories/get', {}, withSignal(signal)),
    transactionsSync: (token, page, signal) =>
      call('/transactions/sync', syncBody(token, page), {
        token,
        read: (bytes) => cutPage(bytes) ?? parseAnswer(bytes),
        ...withSignal(signal),
      }),
    institutionsGetById: (institution_id, country_codes, more) =>
      call('/institutions/get_by_id', {
        institution_id,
        country_codes,
        ...(more === 'looks' ? { options: { include_optional_metadata: true } } : {}),
        ...(more === 'status' ? { options: { include_status: true } } : {}),
      }),
    sandboxPublicTokenCreate: (institution_id, { username, daysRequested, webhook }) =>
      call('/sandbox/public_token/create', {
        institution_id,
        initial_products: ['transactions'],
        options: {
          transactions: { days_requested: daysRequested },
          ...(username === undefined ? {} : { override_username: username }),
          ...(webhook === undefined ? {} : { webhook }),
        },
      }),
  }
}

/** Each try is told of: to Prometheus by what became of it, to the log with Plaid's request id. */
async function watched<T>(
  { log }: PlaidSettings,
  { path: endpoint, secrets }: PlaidRequest,
  ask: () => Promise<T>,
): Promise<T> {
  const from = monotonicMs()
  const tell = (outcome: string, said: object) => {
    const ms = monotonicMs() - from
    count('tartan_plaid_requests_total', { endpoint, outcome })
    observe('tartan_plaid_request_duration_seconds', { endpoint }, ms / 1_000)
    log?.debug({ endpoint, outcome, ms: Math.round(ms), ...said }, 'Plaid was asked')
  }
  try {
    const answer = await ask()
    const { request_id: id } = answer as { request_id?: unknown }
    tell('ok', typeof id === 'string' ? { plaid_request: told(id, secrets) } : {})
    return answer
  } catch (error) {
    if (isAbort(error)) tell('aborted', {})
    else {
      const { code, kind, message } = classify(error instanceof FinalError ? error.failure : error)
      tell(/RATE_LIMIT/.test(code) ? 'limited' : kind, { code, message })
    }
    throw error
  }
}

interface CallOptions {
  signal?: AbortSignal
  /** Whose call it is: Plaid limits them by Item too. */
  token?: Secret
  read?: (answer: Buffer) => unknown
}

type Gate = (path: string, call: CallOptions) => Promise<void>

/** Waits until Plaid's limits allow one more call, of the Item's and of the client's. */
function createGate({ environment, shared }: PlaidSettings): Gate {
  const gates = new Map<string, { item: Limiter; client: Limiter }>()
  return async (path, { token, signal }) => {
    let gate = gates.get(path)
    if (!gate) {
      const limits = limitsOf(environment, path)
      const client = shared ? sharedLimiter(shared, limits.client) : createLimiter(limits.client)
      gate = { item: createLimiter(limits.item), client }
      gates.set(path, gate)
    }
    if (token) await gate.item.take(fingerprint(token), signal)
    await gate.client.take(path, signal)
  }
}

function sharedLimiter(ask: NonNullable<PlaidSettings['shared']>, perMinute: number): Limiter {
  return {
    take: async (path, signal) => {
      const wait = perMinute === Infinity ? 0 : await ask(path, perMinute)
      if (wait > 0) await systemClock.sleep(wait, signal)
    },
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
    access_token: token,
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
  const { update, products } = request
  return {
    client_name: request.clientName,
    language: request.language,
    country_codes: request.countryCodes,
    user: { client_user_id: request.userId },
    ...(request.webhook === undefined ? {} : { webhook: request.webhook }),
    // An Item keeps the products and the history that it began with.
    ...(update
      ? {
          access_token: update.token,
          update: { account_selection_enabled: update.selectsAccounts },
          ...(products.length === 0 ? {} : { additional_consented_products: products }),
        }
      : {
          products: ['transactions'],
          ...(products.length === 0 ? {} : { required_if_supported_products: products }),
          transactions: { days_requested: request.daysRequested },
        }),
    hosted_link:
      request.returnAddress === undefined ? {} : { completion_redirect_uri: request.returnAddress },
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
  request: PlaidRequest,
  { signal, read = parseAnswer }: CallOptions,
): Promise<T> {
  const { callMsMax = CALL_MS_MAX } = settings
  const timeout = AbortSignal.timeout(callMsMax)
  try {
    const response = await fetch(settings.baseUrl + request.path, {
      method: 'POST',
      redirect: 'manual', // what carries a secret follows nobody
      headers: {
        'content-type': 'application/json',
        'plaid-client-id': settings.clientId,
        'plaid-secret': settings.secret.reveal(),
        'plaid-version': API_VERSION,
      },
      body: request.body,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    const answer = await bytesOf(response)
    if (response.ok) return read(answer) as T
    throw refusal(request, response, answer.toString())
  } catch (error) {
    if (error instanceof FinalError || isAbort(error)) throw error
    if (timeout.aborted) {
      const sentence = `Plaid ${request.path}: no answer in ${callMsMax} ms`
      // Tried again at once, a bank that hangs would hold its place for as long again (L7).
      throw new FinalError(new TransientError('PLAID_TIMEOUT', sentence))
    }
    throw classify(error)
  }
}

function refusal({ path, secrets }: PlaidRequest, response: Response, text: string): Error {
  if (response.status >= 300 && response.status < 400) {
    const sentence =
      `Plaid ${path}: the answer is a redirect, which is not followed with a secret; ` +
      'put the address where Plaid itself is into PLAID_URL'
    return new ConfigError('PLAID_REDIRECTS', sentence)
  }
  const retryAfterMs = retryAfter(response.headers.get('retry-after'))
  const failure = plaidError(path, response.status, errorBody(text), { retryAfterMs, secrets })
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

async function bytesOf(response: Response): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of response.body ?? []) {
    pieces.push(piece)
    length += piece.length
    if (length > ANSWER_BYTES_MAX) {
      const sentence = `Plaid answered with more than ${ANSWER_BYTES_MAX} bytes`
      throw new SystemError('PLAID_ANSWER_TOO_LARGE', sentence)
    }
  }
  return Buffer.concat(pieces, length)
}

/** Plaid's own words are texts; a gateway between has others under the same names. */
function errorBody(text: string): PlaidErrorBody {
  try {
    const body: unknown = JSON.parse(text)
    const words = Object.entries(body ?? {}).filter(([, word]) => typeof word === 'string')
    return Object.fromEntries(words)
  } catch {
    return {} // a proxy's page
  }
}
