// The door: Plaid's rules of transport. Every answer is JSON with a request_id; every refusal has
// Plaid's error shape; nothing that a stranger sends makes a 5xx or takes unbounded memory (L9).
import type { Socket } from 'node:net'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { alphanumericId } from '../../../../src/std/ids.ts'
import type { Logger } from '../../../../src/std/log.ts'
import { PlaidFault } from '../fault.ts'
import { isPlaidPath } from './plaid-paths.ts'
import type { RequestLog } from '../admin/request-log.ts'
import { validationFault } from './validation.ts'

/** A custom user's password has 55 kB, which as JSON within JSON may be twice as long. */
const bodyBytesMax = 256 * 1024
/** The address and all headers together. */
const headerBytesMax = 32 * 1024
const jsonDepthMax = 64
const requestMsMax = 30_000
const headersMsMax = 10_000
/** How often connections are looked at for what is late. */
const lateCheckMs = 1_000
/** How long one that was refused may take to read why; then it is closed on both sides. */
const lingerMs = 1_000
const keepAliveMs = 72_000
const connectionsMax = 2_000
/** Requests that are worked on at one time. */
const requestsMax = 1_000
const paramLengthMax = 256
const REQUEST_ID_LENGTH = 15

export function createServer(log: Logger, requests: RequestLog): FastifyInstance {
  const app = fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: requestMsMax,
    keepAliveTimeout: keepAliveMs,
    http: {
      headersTimeout: headersMsMax,
      connectionsCheckingInterval: lateCheckMs,
      maxHeaderSize: headerBytesMax,
    },
    forceCloseConnections: true,
    genReqId: newRequestId,
    routerOptions: { maxParamLength: paramLengthMax },
    clientErrorHandler: refuseNoHttp,
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
      log.debug({ code: error.code }, 'refused')
      refuse(reply, request.id, new PlaidFault('NOT_FOUND'))
    },
  })
  app.server.maxConnections = connectionsMax
  limitRequests(app, requests)
  parseJson(app)
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
  const isTyped = request.headers['content-type'] !== undefined
  if (error.validation !== undefined && isTyped) return validationFault(error.validation)
  if (error.validation !== undefined || error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new PlaidFault(isTyped ? 'INVALID_BODY' : 'INVALID_HEADERS')
  }
  const status = error.statusCode ?? 500
  if (status < 500) return new PlaidFault('INVALID_BODY', { status })
  return new PlaidFault('INTERNAL_SERVER_ERROR')
}

function limitRequests(app: FastifyInstance, requests: RequestLog): void {
  let running = 0
  app.addHook('onRequest', async (request, reply) => {
    running++
    const done = requests.begin(request)
    reply.raw.once('close', () => {
      running--
      done(reply.raw.writableFinished ? reply.raw.statusCode : 0)
    })
    if (running <= requestsMax) return
    const message = `this emulator works on ${requestsMax} requests at a time. try again later`
    throw new PlaidFault('RATE_LIMIT', message)
  })
}

/** Fastify's own parser refuses `__proto__`; that depth is bounded is ours. */
function parseJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body)
    if (depthOf(text) > jsonDepthMax) {
      const message = `body is nested deeper than ${jsonDepthMax} levels`
      return done(new PlaidFault('INVALID_BODY', message))
    }
    return void parse(request, text, done)
  })
}

/** How deep a JSON text is nested; of any other text, some number. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (inString) {
      if (code === BACKSLASH) i++
      else if (code === QUOTE) inString = false
    } else if (code === QUOTE) inString = true
    else if (code === BRACE || code === BRACKET) deepest = Math.max(deepest, ++depth)
    else if (code === BRACE + 2 || code === BRACKET + 2) depth--
  }
  return deepest
}

const [QUOTE, BACKSLASH, BRACKET, BRACE] = [0x22, 0x5c, 0x5b, 0x7b]

/** What is no HTTP gets an answer all the same, in Plaid's shape, and its connection is closed. */
function refuseNoHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const [status, reason] = NO_HTTP[error.code ?? ''] ?? [400, 'Bad Request']
  const message = 'the request could not be read as HTTP'
  const body = JSON.stringify(new PlaidFault('INVALID_HEADERS', message).body(newRequestId()))
  // whoever never closes would else hold one of the connections that there are
  setTimeout(() => socket.destroy(), lingerMs).unref()
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

const NO_HTTP: Readonly<Record<string, [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
}
