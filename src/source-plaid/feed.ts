// plaid-api over HTTP: pages of rows as lines, each fetched while the one before is written. Rows
// stay bytes; only the headers are read. Failures are classified here, where they arise.
import { existsSync, readFileSync } from 'node:fs'
import http, {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http'
import https from 'node:https'
import { json } from 'node:stream/consumers'
import { getCACertificates } from 'node:tls'
import {
  ConfigError,
  errorCode,
  messageOf,
  SystemError,
  TartanError,
  TransientError,
} from '../std/errors.ts'
import { retry, type RetryPolicy } from '../std/retry.ts'
import { isTlsCode } from '../std/tls-code.ts'
import type { SourceConfig } from './config.ts'

export interface Page {
  /** Whole lines, in memory that the page after the next one takes. */
  rows: Buffer
  headers: IncomingHttpHeaders
}

/** What plaid-api shall put around each row; it says so in `x-wrapped-rows`, or leaves it to us. */
export interface Around {
  prefix: string
  suffix: string
}

/** The saved position is worth nothing: another store, or older than the tombstones kept. */
export class FeedExpired extends ConfigError {}

export type Query = Record<string, string>

const NDJSON = 'application/x-ndjson'
const NEWLINE = 10
/** Two megabytes; in memory is one page that is written and one that comes (L9). */
const rowsPerPage = 1_000
/** A row is 1 to 2 kB; a page beyond this is somebody else's answer (L9). */
const pageBytesMax = 256 * 1024 * 1024
const requestMsMax = 120_000
/** For a check, which somebody waits for. */
export const once: RetryPolicy = { triesMax: 1, firstDelayMs: 0, delayMsMax: 0, factor: 1 }
const policy: RetryPolicy = { triesMax: 6, firstDelayMs: 500, delayMsMax: 15_000, factor: 2 }

/** Follows the cursors of one reading to its end, always one page ahead. */
export async function* pages(
  config: SourceConfig,
  path: string,
  query: Query,
  signal: AbortSignal,
  around?: () => Around,
): AsyncGenerator<Page> {
  let cursor: string | undefined
  let [memory, other] = [new PageMemory(), new PageMemory()]
  const fetch = (query: Query) => {
    ;[memory, other] = [other, memory]
    return fetchPage(config, path, query, signal, { memory, around: around?.() })
  }
  let next: Promise<Page> | undefined = fetch(query)
  while (next) {
    const page: Page = await next
    next = undefined
    if (header(page, 'x-has-more') === 'true') {
      cursor = nextCursor(page, cursor)
      next = fetch({ ...query, cursor })
      next.catch(() => {}) // seen at the await above, which may come later than the failure
    }
    yield page
  }
}

interface FetchOptions {
  tries?: RetryPolicy
  memory?: PageMemory
  around?: Around | undefined
}

/** A page of at most `rowsPerPage` rows, tried again while the failure is transient. */
export function fetchPage(
  config: SourceConfig,
  path: string,
  query: Query,
  signal: AbortSignal,
  { tries = policy, memory = new PageMemory(), around }: FetchOptions = {},
): Promise<Page> {
  const search = new URLSearchParams({ limit: String(rowsPerPage), ...query })
  // A cursor holds where it came from and how far the reading goes.
  if (query['cursor'] !== undefined) {
    search.delete('updated_since')
    search.delete('epoch')
  }
  const url = `${config.baseUrl}${path}?${search.toString()}`
  const headers = headersOf(config, around)
  return retry(tries, () => request(config, url, headers, memory, signal), { signal })
}

async function request(
  config: SourceConfig,
  url: string,
  headers: OutgoingHttpHeaders,
  memory: PageMemory,
  signal: AbortSignal,
): Promise<Page> {
  const overdue = AbortSignal.timeout(requestMsMax)
  try {
    const until = AbortSignal.any([signal, overdue])
    const response = await answer(url, headers, config.ca, until)
    if (response.statusCode !== 200) throw await refusal(response)
    return { rows: await rowsOf(response, memory), headers: response.headers }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof TartanError) throw error
    throw unreachable(config, error, overdue.aborted)
  }
}

function unreachable({ baseUrl }: SourceConfig, cause: unknown, isOverdue: boolean): TartanError {
  const place = `plaid-api at ${baseUrl}`
  const code = errorCode(cause)
  if (isTlsCode(code)) {
    return new ConfigError('TLS_FAILED', `${place}: TLS failed (${messageOf(cause)})`, {
      cause,
      field: 'ca_certificate',
    })
  }
  const why = isOverdue
    ? `did not answer within ${requestMsMax} ms`
    : `is not reachable (${code ?? messageOf(cause)})`
  return new TransientError('PLAID_API_UNREACHABLE', `${place} ${why}`, { cause })
}

/** Longer ones than plaid-api takes are left to us; it takes ASCII. */
const aroundCharsMax = 1_000
const notAscii = /[^ -~]/g

function headersOf(config: SourceConfig, around: Around | undefined): OutgoingHttpHeaders {
  const headers = {
    accept: NDJSON,
    // Between programs of one house compressing costs more than it saves.
    'accept-encoding': 'identity',
    authorization: `Bearer ${config.apiKey.reveal()}`,
  }
  if (!around) return headers
  const prefix = around.prefix.replace(notAscii, escaped)
  if (prefix.length > aroundCharsMax) return headers
  return { ...headers, 'x-row-prefix': prefix, 'x-row-suffix': around.suffix }
}

/** As JSON says it. */
function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Node's own client, and no `fetch`: its streams cost a third more for each byte (measured). */
function answer(
  url: string,
  headers: OutgoingHttpHeaders,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const isEncrypted = url.startsWith('https:')
  const trusted =
    isEncrypted && ca !== undefined ? { ca: [...getCACertificates(), ca, ...followed()] } : {}
  return new Promise((resolve, reject) => {
    const { get } = isEncrypted ? https : http
    get(url, { headers, signal, ...trusted }, resolve).on('error', reject)
  })
}

/** Whom the worker that started us trusts by now: the configuration is of the last set-up. */
function followed(): string[] {
  const path = process.env['TARTAN_TLS_CA_FILE']
  return path !== undefined && existsSync(path) ? [readFileSync(path, 'utf8')] : []
}

async function rowsOf(response: IncomingMessage, memory: PageMemory): Promise<Buffer> {
  if (!(response.headers['content-type'] ?? '').startsWith(NDJSON)) throw notPlaidApi()
  memory.clear()
  for await (const chunk of response as AsyncIterable<Buffer>) memory.add(chunk)
  const rows = memory.bytes()
  if (rows.length > 0 && rows.at(-1) !== NEWLINE) {
    throw new TransientError('PAGE_CUT', 'plaid-api’s answer ended within a row')
  }
  return rows
}

/** Twice what Node's streams take before they ask their writer to wait until all is out. */
const heldBytesMax = 128 * 1024

/** A page in one piece, used again: pieces that are kept for a page outlive Node's nursery. */
class PageMemory {
  #piece = Buffer.alloc(0)
  #length = 0

  clear(): void {
    this.#length = 0
  }

  add(chunk: Buffer): void {
    const length = this.#length + chunk.length
    if (length > pageBytesMax) {
      throw new SystemError('PAGE_TOO_LARGE', `a page is larger than ${pageBytesMax} bytes`)
    }
    if (length > this.#piece.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#piece.length))
      this.#piece.copy(larger, 0, 0, this.#length)
      this.#piece = larger
    }
    chunk.copy(this.#piece, this.#length)
    this.#length = length
  }

  /** Of a page that a pipe may still hold when it was taken, a copy. */
  bytes(): Buffer {
    const rows = this.#piece.subarray(0, this.#length)
    return rows.length < heldBytesMax ? Buffer.from(rows) : rows
  }
}

async function refusal(response: IncomingMessage): Promise<Error> {
  const status = response.statusCode ?? 0
  const said = await sentence(response)
  if (status >= 300 && status < 400) {
    return new ConfigError(
      'PLAID_API_REDIRECTS',
      'base_url leads to a redirect, not followed with a key: give plaid-api’s own address',
      { field: 'base_url' },
    )
  }
  if (status === 401 || status === 403) {
    return new ConfigError(
      'API_KEY_REFUSED',
      'plaid-api refuses the API key; put a valid one into api_key (./tartan credentials)',
      { field: 'api_key' },
    )
  }
  if (status === 410) return new FeedExpired('FEED_EXPIRED', said ?? 'the position has expired')
  if (status === 429 || status >= 500) {
    const seconds = Number(response.headers['retry-after'] ?? 0)
    return new TransientError(
      'PLAID_API_UNAVAILABLE',
      `plaid-api answers ${status}: ${said ?? 'no reason given'}`,
      Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {},
    )
  }
  if (said === undefined) return notPlaidApi()
  return new ConfigError('PLAID_API_REFUSED', `plaid-api answers ${status}: ${said}`)
}

/** The sentence of plaid-api's error shape. */
async function sentence(response: IncomingMessage): Promise<string | undefined> {
  try {
    const { error } = (await json(response)) as { error: { message: string } }
    return error.message
  } catch {
    return undefined
  }
}

function notPlaidApi(): ConfigError {
  return new ConfigError(
    'NOT_PLAID_API',
    'base_url does not lead to plaid-api; give its address, such as http://localhost:8080',
    { field: 'base_url' },
  )
}

/** A reading that does not move on would never end. */
function nextCursor(page: Page, before: string | undefined): string {
  const cursor = header(page, 'x-next-cursor')
  if (cursor === undefined || cursor === before) {
    throw new SystemError('CURSOR_STUCK', 'plaid-api says has_more without a new cursor')
  }
  return cursor
}

export function header(page: Page, name: string): string | undefined {
  const value = page.headers[name]
  return typeof value === 'string' ? value : undefined
}
