// plaid-api over HTTP: pages of rows as lines, each fetched while the one before is written. Rows
// stay bytes; only the headers are read. Failures are classified here, where they arise.
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { json } from 'node:stream/consumers'
import { ConfigError, SystemError, TartanError, TransientError } from '../std/errors.ts'
import { retry, type RetryPolicy } from '../std/retry.ts'
import type { SourceConfig } from './config.ts'

export interface Page {
  /** Whole lines, in the pieces in which they came. */
  rows: Buffer[]
  headers: IncomingHttpHeaders
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
): AsyncGenerator<Page> {
  let cursor: string | undefined
  let next: Promise<Page> | undefined = fetchPage(config, path, query, signal)
  while (next) {
    const page: Page = await next
    next = undefined
    if (header(page, 'x-has-more') === 'true') {
      cursor = nextCursor(page, cursor)
      next = fetchPage(config, path, { ...query, cursor }, signal)
      next.catch(() => {}) // seen at the await above, which may come later than the failure
    }
    yield page
  }
}

/** A page of at most `rowsPerPage` rows, tried again while the failure is transient. */
export function fetchPage(
  config: SourceConfig,
  path: string,
  query: Query,
  signal: AbortSignal,
  tries = policy,
): Promise<Page> {
  const search = new URLSearchParams({ limit: String(rowsPerPage), ...query })
  // A cursor holds where it came from and how far the reading goes.
  if (query['cursor'] !== undefined) {
    search.delete('updated_since')
    search.delete('epoch')
  }
  const url = `${config.baseUrl}${path}?${search.toString()}`
  return retry(tries, () => request(config, url, signal), { signal })
}

async function request(config: SourceConfig, url: string, signal: AbortSignal): Promise<Page> {
  const overdue = AbortSignal.timeout(requestMsMax)
  try {
    const response = await answer(config, url, AbortSignal.any([signal, overdue]))
    if (response.statusCode !== 200) throw await refusal(response)
    return { rows: await rowsOf(response), headers: response.headers }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof TartanError) throw error
    const why = overdue.aborted ? `did not answer within ${requestMsMax} ms` : 'is not reachable'
    throw new TransientError('PLAID_API_UNREACHABLE', `plaid-api at ${config.baseUrl} ${why}`, {
      cause: error,
    })
  }
}

/** Node's own client, and no `fetch`: its streams cost a third more for each byte (measured). */
function answer(config: SourceConfig, url: string, signal: AbortSignal): Promise<IncomingMessage> {
  const headers = {
    accept: NDJSON,
    // Between programs of one house compressing costs more than it saves.
    'accept-encoding': 'identity',
    authorization: `Bearer ${config.apiKey.reveal()}`,
  }
  const { get } = url.startsWith('https:') ? https : http
  return new Promise((resolve, reject) => {
    get(url, { headers, signal }, resolve).on('error', reject)
  })
}

async function rowsOf(response: IncomingMessage): Promise<Buffer[]> {
  if (!(response.headers['content-type'] ?? '').startsWith(NDJSON)) throw notPlaidApi()
  const rows: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > pageBytesMax) {
      throw new SystemError('PAGE_TOO_LARGE', `a page is larger than ${pageBytesMax} bytes`)
    }
    rows.push(chunk)
  }
  if (bytes > 0 && rows.at(-1)?.at(-1) !== NEWLINE) {
    throw new TransientError('PAGE_CUT', 'plaid-api’s answer ended within a row')
  }
  return rows
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
