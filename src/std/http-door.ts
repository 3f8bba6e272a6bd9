// The door of an HTTP service: what a caller meets before anybody knows who it is. Every wait,
// queue and size has its limit (L9), the same for all services: who connects and says nothing, who
// says it slowly, too long or too deeply nested, costs a bounded time and no memory. Whoever is
// refused by its headers has no body read.
import type { RequestListener, Server, ServerOptions } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyHttpOptions, FastifyInstance } from 'fastify'
import type { ServerTls } from './server-tls.ts'

export interface DoorLimits {
  bodyBytesMax: number
  /** The address and all headers together. */
  headerBytesMax: number
  /** How deep a JSON body may be nested. */
  jsonDepthMax: number
  /** From the first byte of a request to its last. */
  requestMsMax: number
  headersMsMax: number
  /** How long a connection may say nothing between two requests. */
  keepAliveMs: number
  connectionsMax: number
  /** Requests that are worked on at one time. */
  requestsMax: number
  /** Of a part of the address. */
  paramCharsMax: number
}

export const doorLimits: DoorLimits = {
  bodyBytesMax: 64 * 1024,
  headerBytesMax: 32 * 1024,
  jsonDepthMax: 64,
  requestMsMax: 30_000,
  headersMsMax: 10_000,
  keepAliveMs: 72_000,
  connectionsMax: 2_000,
  requestsMax: 1_000,
  paramCharsMax: 1_000,
}

/** How often connections are looked at for what is late. */
const lateCheckMs = 1_000
/** How long one that was refused may take to read why; then it is closed on both sides. */
const lingerMs = 1_000

/** What a service says in its own shape. */
export interface DoorWords {
  /** The body for what is no HTTP. */
  noHttp(): object
  busy(requestsMax: number): Error
  tooDeep(depthMax: number): Error
  /** Of a service that hands what it is told on to PostgreSQL. */
  unstorable?(field: string): Error
}

/** With `tls` it speaks that alone. */
export function doorOptions(limits: DoorLimits, words: DoorWords, tls?: ServerTls) {
  const http = {
    headersTimeout: limits.headersMsMax,
    connectionsCheckingInterval: lateCheckMs,
    maxHeaderSize: limits.headerBytesMax,
  }
  return {
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestMsMax,
    keepAliveTimeout: limits.keepAliveMs,
    http,
    ...(tls ? { serverFactory: encrypted(tls, http, limits) } : {}),
    forceCloseConnections: true,
    clientErrorHandler: (error: Error & { code?: string }, socket: Socket) =>
      refuseNoHttp(error, socket, words),
  } satisfies FastifyHttpOptions<Server>
}

function encrypted(tls: ServerTls, http: ServerOptions, limits: DoorLimits) {
  return (handler: RequestListener): Server => {
    const server = tls.createServer(http, handler)
    server.requestTimeout = limits.requestMsMax
    server.keepAliveTimeout = limits.keepAliveMs
    // What Fastify and we use of a server, both kinds have.
    return server
  }
}

/** Call it before anything else is added: what it refuses costs nothing more. */
export function keepDoor(app: FastifyInstance, limits: DoorLimits, words: DoorWords): void {
  app.server.maxConnections = limits.connectionsMax
  limitRequests(app, limits, words)
  leaveUnread(app)
  parseJson(app, limits, words)
  refuseUnstorable(app, words)
}

/**
 * What every answer of an API says, refusals too: it is no page, nobody keeps it, and no other
 * site's page reads it. A route that may be kept says so itself.
 */
export function apiHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
  })
}

function limitRequests(app: FastifyInstance, { requestsMax }: DoorLimits, words: DoorWords): void {
  let running = 0
  app.addHook('onRequest', async (_, reply) => {
    running++
    reply.raw.once('close', () => running--)
    if (running > requestsMax) throw words.busy(requestsMax)
  })
}

/** Who was answered before its body came sends it to nobody: it may read why, and is gone. */
function leaveUnread(app: FastifyInstance): void {
  app.addHook('onResponse', async ({ raw }) => {
    if (raw.complete) return
    const late = () => void (raw.complete || raw.socket.destroy())
    setTimeout(late, lingerMs).unref()
  })
}

/**
 * Fastify's own parser refuses `__proto__`; that depth is bounded, and that nothing at all is no
 * body, is ours: many clients name the type of a body that they do not send.
 */
function parseJson(app: FastifyInstance, { jsonDepthMax }: DoorLimits, words: DoorWords): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body)
    if (text === '') return done(null, undefined)
    if (depthOf(text) > jsonDepthMax) return done(words.tooDeep(jsonDepthMax))
    return void parse(request, text, done)
  })
}

/** No text of PostgreSQL’s has a NUL or half a surrogate pair: refused here, for all routes. */
function refuseUnstorable(app: FastifyInstance, { unstorable }: DoorWords): void {
  if (!unstorable) return
  app.addHook('preValidation', async ({ params, query, body }) => {
    for (const part of [params, query, body]) {
      if (isStorable(part)) continue
      const entries = typeof part === 'object' && part !== null ? Object.entries(part) : []
      const [field = 'the body'] = entries.find((entry) => !isStorable(entry)) ?? []
      throw unstorable(isStorable(field) ? field : 'the name of a field')
    }
  })
}

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0')
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return true
  if (Array.isArray(value)) return value.every(isStorable)
  return Object.entries(value).every(([name, inner]) => isStorable(name) && isStorable(inner))
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

/** What is no HTTP gets an answer all the same, and its connection is closed. */
function refuseNoHttp(
  error: Error & { code?: string },
  socket: Socket,
  words: Pick<DoorWords, 'noHttp'>,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const [status, reason] = NO_HTTP[error.code ?? ''] ?? [400, 'Bad Request']
  const body = JSON.stringify(words.noHttp())
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
