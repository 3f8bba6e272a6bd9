// Every request of the app: same origin, JSON, the session's cookie and nothing else. What is
// refused is a Problem with the server's own sentence.
import { noteServerTime } from '../words/clock.ts'

/** What is wrong at one field of a form, by JSON pointer. */
export interface FieldError {
  pointer: string
  message: string
}

interface ProblemDetail {
  field?: string | undefined
  errors?: FieldError[]
  position?: number | undefined
  hint?: string | undefined
}

export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly field: string | undefined
  readonly errors: FieldError[]
  /** Of a query: the character at which it is wrong, from one. */
  readonly position: number | undefined
  readonly hint: string | undefined

  constructor(
    status: number,
    code: string,
    message: string,
    { field, errors = [], position, hint }: ProblemDetail = {},
  ) {
    super(message)
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.field = field
    this.errors = errors
    this.position = position
    this.hint = hint
  }
}

export interface Asked {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  body?: unknown
  query?: Record<string, string | number | boolean | string[] | undefined>
  signal?: AbortSignal
}

/** Called when a session has ended; true where there is a new one and the request may go again. */
let renew: (() => Promise<boolean>) | undefined

export function onSessionEnd(enter: () => Promise<boolean>): void {
  renew = enter
}

export async function call<T>(path: string, asked: Asked = {}): Promise<T> {
  const first = await send(path, asked)
  if (first.status !== 401 || isDoor(path) || renew === undefined) return answer<T>(first)
  const entered = await renew()
  return answer<T>(entered ? await send(path, asked) : first)
}

async function send(path: string, { method = 'GET', body, query, signal }: Asked) {
  const url = new URL(path, document.baseURI)
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of value === undefined ? [] : [value].flat()) {
      url.searchParams.append(name, String(one))
    }
  }
  const changes = method !== 'GET'
  try {
    const response = await fetch(url, {
      method,
      redirect: 'error',
      ...(changes ? { headers: { 'content-type': 'application/json' } } : {}),
      ...(changes ? { body: JSON.stringify(body ?? {}) } : {}),
      ...(signal ? { signal } : {}),
    })
    noteServerTime(response.headers.get('x-tartan-time'))
    return response
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw new Problem(0, 'UNREACHABLE', 'Tartan does not answer: look at ./tartan status.')
  }
}

async function answer<T>(response: Response): Promise<T> {
  if (!response.ok) throw await problemOf(response)
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

/** Ours is {error: {code, message, field}}; Airbyte's {type, title, detail}. */
async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text()
  const body = parsed(text)
  const inner = (body['error'] ?? body) as Record<string, unknown>
  const word = (...keys: string[]) =>
    keys.map((key) => inner[key]).find((value) => typeof value === 'string' && value !== '') as
      | string
      | undefined
  const code = word('code', 'title') ?? `HTTP_${response.status}`
  const message = word('message', 'detail', 'title') ?? `It answered ${response.status}.`
  const { errors } = (body['data'] ?? {}) as { errors?: FieldError[] }
  return new Problem(response.status, code, message, {
    field: word('field'),
    hint: word('hint'),
    ...(typeof inner['position'] === 'number' ? { position: inner['position'] } : {}),
    ...(Array.isArray(errors) ? { errors } : {}),
  })
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function isDoor(path: string): boolean {
  return /^web\/(enter|login|logout|session)/.test(path)
}
