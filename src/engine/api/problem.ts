// Errors in Airbyte's shape: {status, type, title, detail, documentationUrl, data}. What the
// caller did wrong never becomes a 500.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import {
  classify,
  ConfigError,
  errorCode,
  type TartanError,
  TransientError,
} from '../../std/errors.ts'
import type { DoorWords } from '../../std/http-door.ts'
import { unstorable } from '../../std/schema-error.ts'
import { type TSchema, Type } from '../../std/type.ts'
import { failing } from '../../std/openapi.ts'
import { Problem } from './shapes.ts'

/** Airbyte's names of what can be wrong. */
type Title =
  | 'bad-request'
  | 'value-not-found'
  | 'unprocessable-entity'
  | 'resource-not-found'
  | 'try-again-later'
  | 'state-conflict'
  | 'unauthorized'
  | 'forbidden'

const STATUS: Record<Title, number> = {
  'bad-request': 400,
  'value-not-found': 400,
  unauthorized: 401,
  forbidden: 403,
  'resource-not-found': 404,
  'try-again-later': 409,
  'state-conflict': 409,
  'unprocessable-entity': 422,
}

export class ApiProblem extends ConfigError {
  readonly title: Title
  readonly data: Record<string, unknown>

  constructor(title: Title, sentence: string, data: Record<string, unknown> = {}) {
    super(title, sentence, { status: STATUS[title] })
    this.title = title
    this.data = data
  }
}

export function notFound(resourceType: string, resourceId: string): ApiProblem {
  const sentence = `Could not find a resource for: ${resourceType} ${resourceId}`
  return new ApiProblem('resource-not-found', sentence, { resourceType, resourceId })
}

/** What a route may fail with, beside what every route may (openapi.ts). */
export function failures(...statuses: number[]): Record<number, TSchema> {
  return failing(Problem, statuses)
}

/** The answers to a deletion. */
export const gone = { 204: Type.Null(), ...failures(404) }

/** What the door says, in Airbyte's shape. */
export const doorWords: DoorWords = {
  noHttp: () => problem(400, 'bad-request', 'the request could not be read as HTTP'),
  busy: (requestsMax) => {
    const sentence = `${requestsMax} requests are worked on at one time; ask again`
    return new TransientError('BUSY', sentence, { retryAfterMs: 1_000 })
  },
  tooDeep: (depthMax) =>
    new ApiProblem('bad-request', `the body is nested deeper than ${depthMax} levels`),
  unstorable: (field) => new ApiProblem('bad-request', `${field} ${unstorable}`, { field }),
}

/** A connector's failure is told to the caller, whose configuration it usually is. */
export async function asProblem<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new ApiProblem('unprocessable-entity', classify(error).message)
  }
}

export function onError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error)
  if (problem.status >= 500) request.log.error({ err: error }, 'a request failed')
  const waitMs = error instanceof TransientError ? error.retryAfterMs : undefined
  if (waitMs !== undefined) reply.header('retry-after', Math.ceil(waitMs / 1_000))
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer, Basic realm="airbyte"')
  void reply.status(problem.status).type('application/json').send(problem)
}

export function onUnknownRoute(request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split('?')[0] ?? ''
  onError(
    new ApiProblem('resource-not-found', `There is no ${request.method} ${path}`),
    request,
    reply,
  )
}

function problem(status: number, title: string, detail: string, data = {}): Problem {
  return { status, type: `error:${title}`, title, detail, data }
}

function problemOf(error: unknown): Problem {
  if (error instanceof ApiProblem) {
    return problem(error.status, error.title, error.message, error.data)
  }
  if (isFastifyError(error)) return ofFastify(error)
  // What PostgreSQL cannot read (a NUL, a number out of range, not a UUID) came from the caller.
  if (BAD_INPUT.has(errorCode(error) ?? '')) {
    return problem(400, 'bad-request', 'a value of the request cannot be stored or compared')
  }
  return ofOurs(classify(error))
}

const BAD_INPUT = new Set(['22021', '22P05', '22P02', '22003', '22007', '22008'])

const TITLE: Record<number, Title> = { 409: 'state-conflict', 429: 'try-again-later' }

function ofOurs(error: TartanError): Problem {
  const field = error.field === undefined ? {} : { field: error.field }
  if (error.status < 500) {
    return problem(error.status, TITLE[error.status] ?? 'bad-request', error.message, field)
  }
  if (error.kind === 'transient') {
    return problem(503, 'try-again-later', error.message)
  }
  return problem(500, 'unexpected-problem', 'the server failed; its log says why')
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
}

function ofFastify(error: FastifyError): Problem {
  const status = error.statusCode ?? 500
  if (status >= 500)
    return problem(500, 'unexpected-problem', 'the server failed; its log says why')
  return problem(status, 'bad-request', error.message)
}
