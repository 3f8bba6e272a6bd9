// Errors as this server says them: `{error: {code, message, field?}}`, with the kind's status.
import type { FastifyError, FastifyReply } from 'fastify'
import { classify, ConfigError, type TartanError, TransientError } from '../std/errors.ts'
import type { DoorWords } from '../std/http-door.ts'
import { unstorable } from '../std/schema-error.ts'

export const doorWords: DoorWords = {
  noHttp: () => errorBody(new ConfigError('REQUEST_INVALID', 'the request is no HTTP')),
  busy: (requestsMax) =>
    new TransientError('BUSY', `${requestsMax} requests are worked on at one time; ask again`, {
      retryAfterMs: 1_000,
    }),
  tooDeep: (depthMax) =>
    new ConfigError('REQUEST_INVALID', `the body is nested deeper than ${depthMax} levels`),
  unstorable: (field) => new ConfigError('REQUEST_INVALID', `${field} ${unstorable}`, { field }),
}

/** What a query's author is told beyond the sentence. */
export interface Told {
  position?: number
  hint?: string
}

function errorBody({ code, message, field, ...more }: TartanError & { told?: Told }): object {
  return { error: { code, message, field, ...more.told } }
}

export function refuse(reply: FastifyReply, failure: TartanError): FastifyReply {
  if (failure.retryAfterMs) reply.header('retry-after', Math.ceil(failure.retryAfterMs / 1000))
  return reply.code(failure.status).type('application/json').send(errorBody(failure))
}

/** What Fastify itself refuses is the caller's error. */
export function asFailure(error: FastifyError | TartanError): TartanError {
  const status = 'statusCode' in error ? error.statusCode : undefined
  if ('kind' in error || status === undefined || status >= 500) return classify(error)
  return new ConfigError('REQUEST_INVALID', error.message, { status })
}
