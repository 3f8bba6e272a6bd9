// The door: Plaid's rules of transport. Every answer is JSON with a request_id; every refusal has
// Plaid's error shape; nothing that a stranger sends makes a 5xx or takes unbounded memory (L9).
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { alphanumericId } from '../../std/ids.ts'
import type { Logger } from '../../std/log.ts'
import { PlaidFault } from '../fault.ts'

const bodyBytesMax = 128 * 1024
const requestMsMax = 30_000
const headersMsMax = 10_000
const paramLengthMax = 256
const REQUEST_ID_LENGTH = 15

export function createServer(log: Logger): FastifyInstance {
  const app = fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: requestMsMax,
    http: { headersTimeout: headersMsMax },
    forceCloseConnections: true,
    genReqId: () => alphanumericId(REQUEST_ID_LENGTH),
    routerOptions: { maxParamLength: paramLengthMax },
    // a field of the wrong type is refused, not bent, and all wrong fields are named at once
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        allErrors: true,
      },
    },
    frameworkErrors: (error, request, reply) => {
      const fault = new PlaidFault('NOT_FOUND')
      log.debug({ code: error.code }, 'refused')
      const answer = reply as FastifyReply
      void answer.code(fault.status).send(fault.body(request.id))
    },
  })
  app.setErrorHandler<FastifyError | PlaidFault>(async (error, request, reply) => {
    const fault = asFault(error)
    if (fault.status >= 500 && !(error instanceof PlaidFault)) {
      log.error({ err: error, path: request.routeOptions.url }, 'a request failed')
    }
    return reply.code(fault.status).send(fault.body(request.id))
  })
  app.setNotFoundHandler(async (request, reply) => {
    const fault = new PlaidFault('NOT_FOUND')
    return reply.code(fault.status).send(fault.body(request.id))
  })
  return app
}

function asFault(error: FastifyError | PlaidFault): PlaidFault {
  if (error instanceof PlaidFault) return error
  if (error.validation !== undefined) return validationFault(error.validation)
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new PlaidFault('INVALID_HEADERS')
  const status = error.statusCode ?? 500
  if (status < 500) return new PlaidFault('INVALID_BODY', undefined, status)
  return new PlaidFault('INTERNAL_SERVER_ERROR')
}

type Findings = NonNullable<FastifyError['validation']>

/** What the schema found, as Plaid says it: fields that lack, that nobody knows, that are wrong. */
function validationFault(findings: Findings): PlaidFault {
  const named = (keyword: string, parameter: string): string[] =>
    findings
      .filter((finding) => finding.keyword === keyword)
      .map((finding) => pathOf(finding.instancePath, String(finding.params[parameter])))
  const missing = named('required', 'missingProperty')
  if (missing.length > 0) {
    const list = missing.join(', ')
    return new PlaidFault('MISSING_FIELDS', `the following required fields are missing: ${list}`)
  }
  const unknown = named('additionalProperties', 'additionalProperty')
  if (unknown.length > 0) {
    const list = unknown.slice(0, FIELDS_NAMED_MAX).join(', ')
    const text = `the following fields are not recognized by this endpoint: ${list}`
    return new PlaidFault('UNKNOWN_FIELDS', text)
  }
  const [first] = findings
  if (first === undefined || first.instancePath === '') return new PlaidFault('INVALID_BODY')
  return new PlaidFault('INVALID_FIELD', `${pathOf(first.instancePath)} ${first.message ?? ''}`)
}

const FIELDS_NAMED_MAX = 20

function pathOf(pointer: string, field?: string): string {
  const path = pointer.split('/').slice(1)
  return (field === undefined ? path : [...path, field]).join('.')
}

/** The credentials that Plaid takes from headers or from the body. */
export function credentialsOf(request: FastifyRequest): { clientId: string; secret: string } {
  const body = (request.body ?? {}) as Record<string, unknown>
  const read = (field: string, header: string): string => {
    const given = body[field] ?? request.headers[header]
    return typeof given === 'string' ? given : ''
  }
  const clientId = read('client_id', 'plaid-client-id')
  const secret = read('secret', 'plaid-secret')
  const missing = [clientId === '' && 'client_id', secret === '' && 'secret'].filter(Boolean)
  if (missing.length > 0) {
    const list = missing.join(', ')
    throw new PlaidFault('MISSING_FIELDS', `the following required fields are missing: ${list}`)
  }
  return { clientId, secret }
}
