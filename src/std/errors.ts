// One axis of failure for the whole system: who can mend it. The same kind becomes the HTTP status,
// Airbyte's `failure_type`, the engine's decision to retry and the command line's exit code.

export type ErrorKind = 'config' | 'transient' | 'system'

export interface ErrorDetail {
  cause?: unknown
  /** The request field or option that is wrong, where one is. */
  field?: string
  /** An HTTP status finer than the kind's own. */
  status?: number
  /** Milliseconds after which another try makes sense, where the other side said so. */
  retryAfterMs?: number
}

/**
 * An operating error: classified once, where it arises. `code` is stable, `message` says what to
 * do.
 */
export class TartanError extends Error {
  readonly kind: ErrorKind
  readonly code: string
  readonly field: string | undefined
  readonly status: number
  readonly retryAfterMs: number | undefined

  constructor(kind: ErrorKind, code: string, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? {} : { cause: detail.cause })
    this.name = new.target.name
    this.kind = kind
    this.code = code
    this.field = detail.field
    this.status = detail.status ?? HTTP_STATUS[kind]
    this.retryAfterMs = detail.retryAfterMs
  }
}

/** The user must act: a wrong option, credential, address or request. */
export class ConfigError extends TartanError {
  constructor(code: string, message: string, detail: ErrorDetail = {}) {
    super('config', code, message, detail)
  }
}

/** Try again later: the network, a limit, a bank or a database that is down. */
export class TransientError extends TartanError {
  constructor(code: string, message: string, detail: ErrorDetail = {}) {
    super('transient', code, message, detail)
  }
}

/** Our own fault. */
export class SystemError extends TartanError {
  constructor(code: string, message: string, detail: ErrorDetail = {}) {
    super('system', code, message, detail)
  }
}

/** Anything thrown, as one of ours; what nobody classified is our own fault. */
export function classify(error: unknown): TartanError {
  if (error instanceof TartanError) return error
  const known = networkFault(error) ?? diskFault(error)
  if (known) return known
  return new SystemError('INTERNAL', messageOf(error), { cause: error })
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])

function networkFault(error: unknown): TransientError | undefined {
  let at: unknown = error
  // fetch hides the socket's error behind `cause`, some drivers two deep
  for (let depth = 0; depth < 4 && at !== undefined; depth++) {
    const code = errorCode(at)
    if (code !== undefined && NETWORK_CODES.has(code)) {
      return new TransientError('NETWORK', `the network failed: ${messageOf(at)}`, { cause: error })
    }
    at = at instanceof Error ? at.cause : undefined
  }
  // What answers there speaks no HTTP, or no TLS, or what it packed cannot be unpacked.
  const isFetch = error instanceof TypeError && FETCH_FAILED.has(error.message)
  if (!isFetch) return undefined
  const why = messageOf(error.cause ?? error).trim()
  return new TransientError('NETWORK', `the network failed: ${why}`, { cause: error })
}

/** What fetch itself says, before an answer and within one. */
const FETCH_FAILED = new Set(['fetch failed', 'terminated'])

function diskFault(error: unknown): TransientError | undefined {
  const code = errorCode(error)
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return undefined
  const sentence = `the disk is full: ${messageOf(error)}`
  return new TransientError('DISK_FULL', sentence, { cause: error })
}

/** The `code` of a Node or Postgres error, where it has one. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** A programmer's error: what must hold did not. */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new SystemError('ASSERTION', sentence)
}

/** The value, or a programmer's error that says why it had to be there. */
export function must<T>(value: T | null | undefined, sentence: string): T {
  assert(value !== null && value !== undefined, sentence)
  return value
}

const HTTP_STATUS: Record<ErrorKind, number> = { config: 400, transient: 503, system: 500 }

/** Exit codes of every program here; 2 is what a shell's own usage error gives. */
export const EXIT_CODE: Record<ErrorKind, number> = { config: 3, transient: 4, system: 1 }
