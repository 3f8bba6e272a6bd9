// One request to a service of ours, or to an Airbyte: JSON in, JSON out, its error as one of ours.
import { hostname, userInfo } from 'node:os'
import { byHeader } from '../../std/audited.ts'
import {
  classify,
  ConfigError,
  errorCode,
  messageOf,
  SystemError,
  TransientError,
} from '../../std/errors.ts'
import { retry, type RetryPolicy } from '../../std/retry.ts'
import type { Secret } from '../../std/secrets.ts'

export interface Request {
  /** Whom it goes to, in words, for the sentence of an error. */
  service: string
  url: string
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  bearer?: Secret
  body?: object
  /** A bank's whole history takes its time. */
  msMax?: number
  /** The answer is no JSON, and is given as it is. */
  asText?: true
}

const requestMsMax = 60_000
/** No answer of ours is near it; a stranger's may never end (L9). */
export const answerBytesMax = 64 * 1024 * 1024

/** About a minute in all. */
const restartPolicy: RetryPolicy = {
  triesMax: 40,
  firstDelayMs: 250,
  delayMsMax: 2_000,
  factor: 2,
}

/**
 * Waits for a service, or its database, that died: the supervisor has it back in seconds, for as
 * long as there is one (`mayReturn`).
 */
export function throughRestarts<T>(mayReturn: () => boolean, work: () => Promise<T>): Promise<T> {
  return retry(restartPolicy, async (attempt) => {
    if (attempt === 3) tellWaiting()
    try {
      return await work()
    } catch (cause) {
      if (mayReturn() || classify(cause).kind !== 'transient') throw cause
      const sentence =
        'everything was stopped: after make airbyte-start, what was interrupted goes on'
      throw new ConfigError('STOPPED', sentence, { cause })
    }
  })
}

/** For a command's person, and of a service for its log. */
function tellWaiting(): void {
  process.stderr.write('… no answer: waiting for a restart, a minute at most\n')
}

/** Whoever runs this command, for the audit of a service of ours. */
export function userOfMachine(): string {
  return `${userName()}@${hostname()}`.replaceAll(/[^ -~]/g, '?')
}

/** In a container the user has a number alone. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.() ?? ''}`
  }
}

export async function request<T>(what: Request): Promise<T> {
  if (!URL.canParse(what.url)) {
    const sentence = `${what.service} has no address that can be asked: see TARTAN_HOST`
    throw new ConfigError('ADDRESS_INVALID', sentence)
  }
  const { status, location, text } = await exchange(what)
  if (status >= 300 && status < 400) throw redirected(what, location)
  if (status < 300) return (what.asText ? text : parse(what, text)) as T
  throw refusal(what, status, text)
}

interface Answer {
  status: number
  location: string | null
  text: string
}

/** The whole exchange, the answer's body included, within its time (L9). */
async function exchange(what: Request): Promise<Answer> {
  const { service, url, method, bearer, body, msMax } = what
  try {
    const response = await fetch(url, {
      method: method ?? (body ? 'POST' : 'GET'),
      redirect: 'manual', // what carries a secret follows nobody (L5)
      headers: {
        accept: 'application/json',
        ...(bearer ? { [byHeader]: userOfMachine() } : {}),
        ...(bearer ? { authorization: `Bearer ${bearer.reveal()}` } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(msMax ?? requestMsMax),
    })
    const { status, headers } = response
    return { status, location: headers.get('location'), text: await textOf(what, response) }
  } catch (cause) {
    if (cause instanceof SystemError) throw cause
    const { origin } = new URL(url)
    if (errorCode(cause) === 'ECONNREFUSED' || isRefused(cause)) {
      throw new TransientError(
        'SERVICE_DOWN',
        `${service} does not answer at ${origin}: see make airbyte-status and make airbyte-logs`,
        { cause },
      )
    }
    // fetch itself says no more than “fetch failed”
    const reason = messageOf(cause instanceof Error && cause.cause ? cause.cause : cause)
    throw new TransientError(
      'SERVICE_SILENT',
      `${service} does not answer at ${origin} (${reason}): see make airbyte-status`,
      { cause },
    )
  }
}

async function textOf({ service, url }: Request, { body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > answerBytesMax) {
      const at = `${service} at ${new URL(url).origin}`
      const sentence = `${at} answers more than ${answerBytesMax} bytes: see who listens there`
      throw new SystemError('ANSWER_TOO_LARGE', sentence)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function redirected({ service, url }: Request, location: string | null): ConfigError {
  const to = location !== null && URL.canParse(location, url) ? new URL(location, url).origin : '?'
  const from = new URL(url).origin
  const sentence = `${service} at ${from} sends to ${to}, which gets no secret of ours`
  return new ConfigError('REDIRECTED', `${sentence}: see who listens there`)
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && errorCode(error.cause) === 'ECONNREFUSED'
}

function parse({ service }: Request, text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new SystemError('NOT_JSON', `${service} answered with something that is not JSON`, {
      cause,
    })
  }
}

/** Plaid-api's, the emulator's and Airbyte's error bodies, as far as we read them. */
interface ErrorBody {
  error?: { code?: string; message?: string }
  error_code?: string
  error_message?: string
  title?: string
  detail?: string
  message?: string
  /** Airbyte's own says here what is wrong, and in `detail` that something is. */
  data?: { message?: string }
}

function refusal({ service }: Request, status: number, text: string): Error {
  const body = errorBody(text)
  const code = body.error?.code ?? body.error_code ?? `HTTP_${status}`
  const said = [
    body.error?.message,
    body.error_message,
    body.data?.message,
    body.detail,
    body.message,
    body.title,
  ].find((one) => typeof one === 'string')
  const message = `${service} answers ${status}: ${said ?? 'no reason given'}`
  if (status === 409 || status === 429 || status === 502 || status === 503 || status === 504) {
    return new TransientError(code, message, { status })
  }
  return status < 500
    ? new ConfigError(code, message, { status })
    : new SystemError(code, message, { status })
}

function errorBody(text: string): ErrorBody {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : {}
  } catch {
    return {} // a proxy's page
  }
}
