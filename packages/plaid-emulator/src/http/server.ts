// The door: Plaid's rules of transport. Every answer is JSON with a request_id; every refusal has
// Plaid's error shape; nothing that a stranger sends makes a 5xx or takes unbounded memory (L9).
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { alphanumericId } from '../../../../src/std/ids.ts'
import {
  doorLimits,
  type DoorLimits,
  doorOptions,
  type DoorWords,
  keepDoor,
} from '../../../../src/std/http-door.ts'
import type { Logger } from '../../../../src/std/log.ts'
import { requestValidator } from '../../../../src/std/request-validator.ts'
import { PlaidFault } from '../fault.ts'
import { isPlaidPath } from './plaid-paths.ts'
import type { RequestLog } from '../admin/request-log.ts'
import { validationFault } from './validation.ts'

const limits: DoorLimits = {
  ...doorLimits,
  /** A custom user's password has 55 kB, which as JSON within JSON may be twice as long. */
  bodyBytesMax: 256 * 1024,
  paramCharsMax: 256,
}
const REQUEST_ID_LENGTH = 15

export function createServer(log: Logger, requests: RequestLog): FastifyInstance {
  const app = fastify({
    ...doorOptions(limits, words),
    genReqId: newRequestId,
    routerOptions: { maxParamLength: limits.paramCharsMax },
    frameworkErrors: (error, request, reply) => {
      log.debug({ code: error.code }, 'refused')
      refuse(reply, request.id, new PlaidFault('NOT_FOUND'))
    },
  })
  // a field of the wrong type is refused, not bent, and all wrong fields are named at once
  app.setValidatorCompiler(requestValidator({ allErrors: true }))
  app.addHook('onRequest', async (request, reply) => {
    const done = requests.begin(request)
    reply.raw.once('close', () => done(reply.raw.writableFinished ? reply.raw.statusCode : 0))
  })
  keepDoor(app, limits, words)
  app.removeContentTypeParser('text/plain')
  app.addHook('preValidation', async (request) => {
    if (isTyped(request)) request.body ??= NO_FIELDS
  })
  app.setErrorHandler<FastifyError | PlaidFault>(async (error, request, reply) => {
    const fault = asFault(error, request)
    requests.note(request, { errorCode: fault.code })
    if (fault.status >= 500 && !(error instanceof PlaidFault)) {
      log.error({ err: error, path: request.routeOptions.url }, 'a request failed')
    }
    return refuse(reply, request.id, fault)
  })
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const modelled = app.hasRoute({ url: path, method: 'POST' })
    const fault = !modelled && isPlaidPath(path) ? notModelled(path) : new PlaidFault('NOT_FOUND')
    requests.note(request, { errorCode: fault.code })
    return refuse(reply, request.id, fault)
  })
  return app
}

function newRequestId(): string {
  return alphanumericId(REQUEST_ID_LENGTH)
}

function refuse(reply: FastifyReply, requestId: string, fault: PlaidFault): FastifyReply {
  return reply.code(fault.status).send(fault.body(requestId))
}

/**
 * Plaid's own word for an endpoint that an application may not use. Clients take it as final: a
 * status of 501 would be tried again by all that repeat a 5xx.
 */
function notModelled(path: string): PlaidFault {
  return new PlaidFault(
    'UNAUTHORIZED_ROUTE_ACCESS',
    `${path} is an endpoint of Plaid that this emulator does not model; what it models stands in ` +
      'its docs/emulator.md',
  )
}

function asFault(error: FastifyError | PlaidFault, request: FastifyRequest): PlaidFault {
  if (error instanceof PlaidFault) return error
  const typed = isTyped(request)
  const isEmpty = request.body === NO_FIELDS
  if (error.validation !== undefined && typed && !isEmpty) return validationFault(error.validation)
  if (error.validation !== undefined || error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new PlaidFault(typed ? 'INVALID_BODY' : 'INVALID_HEADERS')
  }
  const status = error.statusCode ?? 500
  if (status < 500) return new PlaidFault('INVALID_BODY', { status })
  return new PlaidFault('INTERNAL_SERVER_ERROR')
}

/** Of a body of no bytes: enough where no field has to be there. */
const NO_FIELDS = Object.freeze({})

function isTyped({ headers }: FastifyRequest): boolean {
  return headers['content-type'] !== undefined
}

const words: DoorWords = {
  noHttp: () =>
    new PlaidFault('INVALID_HEADERS', 'the request could not be read as HTTP').body(newRequestId()),
  busy: (requestsMax) => {
    const message = `this emulator works on ${requestsMax} requests at a time. try again later`
    return new PlaidFault('RATE_LIMIT', message)
  },
  tooDeep: (depthMax) =>
    new PlaidFault('INVALID_BODY', `body is nested deeper than ${depthMax} levels`),
}
