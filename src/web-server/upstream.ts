// Asking a service behind us, with our own credential for it. Whatever it answers, a browser learns
// neither that credential nor that it was refused as if it were its own.
import { classify, errorCode, must, SystemError, TransientError } from '../std/errors.ts'
import { passedRequestId } from '../std/request-id.ts'
import { byHeader, byWeb, passedPerson } from '../std/audited.ts'
import type { Upstream } from './context.ts'

export interface Question {
  method: string
  /** With its query. */
  path: string
  body?: string
  accept?: string
  lastEventId?: string | undefined
  /** For whom it is asked. */
  person?: string
  signal: AbortSignal
}

export async function ask(upstream: Upstream, question: Question): Promise<Response> {
  const { method, path, body, accept, lastEventId, person, signal } = question
  const authorization = await upstream.authorization()
  try {
    const response = await fetch(upstream.url + path, {
      method,
      redirect: 'manual', // what carries a credential follows nobody (L5)
      headers: {
        authorization,
        [byHeader]: byWeb,
        ...passedPerson(person),
        accept: accept ?? 'application/json',
        ...passedRequestId(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      ...(body === undefined ? {} : { body }),
      signal,
    })
    if (response.status !== 401 && response.status !== 403) return response
    await response.body?.cancel()
    const sentence = `${upstream.name} refuses our credential: run make airbyte-start`
    throw new SystemError('CREDENTIAL_REFUSED', sentence, { status: 502 })
  } catch (cause) {
    if (cause instanceof Error && 'kind' in cause) throw cause
    throw silent(upstream, cause)
  }
}

function silent({ name }: Upstream, cause: unknown): TransientError {
  const late = cause instanceof Error && cause.name === 'TimeoutError'
  if (late) {
    const sentence = `${name} has not answered in time; what it was told may go on there`
    return new TransientError('SERVICE_SLOW', sentence, { status: 504, cause })
  }
  const reason = errorCode(cause instanceof Error ? cause.cause : cause) ?? classify(cause).message
  return new TransientError('SERVICE_DOWN', `${name} does not answer (${reason})`, { cause })
}

/** With its question mark; empty where there is none. */
export function queryOf(url: string): string {
  const at = url.indexOf('?')
  return at === -1 ? '' : url.slice(at)
}

/** A JSON answer; anything but 2xx is an error of ours with what it said. */
export async function askJson<T>(
  upstream: Upstream,
  method: string,
  path: string,
  { body, msMax }: { body?: object; msMax: number },
): Promise<T> {
  const signal = AbortSignal.timeout(msMax)
  const text = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await ask(upstream, { method, path, signal, ...text })
  if (!response.ok) throw await refused(upstream, response)
  return (await response.json().catch(() => ({}))) as T
}

async function refused({ name }: Upstream, response: Response): Promise<TransientError> {
  const said = (await response.json().catch(() => ({}))) as Problem
  const { code, message } = problemOf(response.status, said)
  return new TransientError(code, `${name}: ${message}`, { status: response.status })
}

const openMsMax = 3_000

/** What changes there, as Server-Sent Events: after the one with that id, or from now on. */
export async function openEvents(
  upstream: Upstream,
  path: string,
  lastEventId: string | undefined,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const late = new AbortController()
  const timer = setTimeout(
    () => late.abort(new Error(`not within ${openMsMax / 1_000} s`)),
    openMsMax,
  )
  try {
    const response = await ask(upstream, {
      method: 'GET',
      path,
      accept: 'text/event-stream',
      lastEventId,
      signal: AbortSignal.any([signal, late.signal]),
    })
    if (!response.ok) throw await refused(upstream, response)
    return must(response.body, 'an answer that goes on has a body')
  } finally {
    clearTimeout(timer)
  }
}

/** Plaid-api's, the emulator's and Airbyte's error bodies, as far as we read them. */
interface Problem {
  error?: { code?: string; message?: string; field?: string }
  type?: string
  title?: string
  detail?: string
  message?: string
  data?: { message?: string }
}

/** In our own shape, whoever said it. */
export function problemOf(
  status: number,
  said: Problem,
): { code: string; message: string; field?: string } {
  const { code, message, field } = said.error ?? {}
  const words = message ?? said.detail ?? said.message ?? said.title ?? `it answers ${status}`
  const type = said.type?.split('/').at(-1)?.toUpperCase().replaceAll(/\W+/g, '_')
  return { code: code ?? (type || `HTTP_${status}`), message: words, ...(field ? { field } : {}) }
}
