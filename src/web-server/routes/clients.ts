// Clients of an Airbyte's API find it here too: what brings `Authorization` is handed to the engine
// as it is, with the caller's own credential. A cookie counts for nothing here, and none is handed
// on. To ask for a token, and for health, nobody needs one.
import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ConfigError, TransientError } from '../../std/errors.ts'
import { notFound } from '../app/routes.ts'
import type { WebContext } from '../context.ts'
import { queryOf } from '../upstream.ts'

const PREFIXES = ['/api/public/v1', '/api/v1', '/v1']
const OPEN = /^\/(?:api\/public\/v1|api\/v1|v1)\/(?:applications\/token|health)$/
const answerMsMax = 60_000
const bodyBytesMax = 4 * 1024 * 1024
/** What belongs to the one connection that it came by, or is the browser's and not the client's. */
const NOT_ASKED = new Set(
  (
    'connection keep-alive te trailer transfer-encoding upgrade expect proxy-authorization ' +
    'proxy-connection cookie host content-length'
  ).split(' '),
)
const NOT_ANSWERED = new Set(
  (
    'connection keep-alive transfer-encoding content-length content-encoding set-cookie ' +
    'access-control-allow-origin access-control-allow-credentials'
  ).split(' '),
)

export async function clientRoutes(app: FastifyInstance, context: WebContext): Promise<void> {
  await app.register(async (routes) => {
    routes.removeAllContentTypeParsers()
    routes.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )
    for (const prefix of PREFIXES) {
      routes.route({
        method: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
        url: `${prefix}/*`,
        bodyLimit: bodyBytesMax,
        config: { access: 'client' },
        handler: (request, reply) => handOn(context, request, reply),
      })
    }
  })
}

async function handOn(
  { engine }: WebContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const [path = ''] = request.url.split('?', 1)
  if (request.headers.authorization === undefined && !OPEN.test(path)) {
    const sentence = 'send the credentials of an API client: ./tartan credentials shows them'
    throw new ConfigError('UNAUTHORIZED', sentence, { status: 401 })
  }
  // As the engine will read it: `..`, in whatever spelling, leads out of the API's own paths.
  const target = new URL(`${engine.url}${path}`)
  if (!PREFIXES.some((prefix) => target.pathname.startsWith(`${prefix}/`))) throw notFound()
  target.search = queryOf(request.url)
  const left = new AbortController()
  reply.raw.once('close', () => left.abort())
  const body = request.body as Buffer | undefined
  const answer = await fetch(target, {
    method: request.method,
    redirect: 'manual',
    headers: asked(request.headers),
    signal: AbortSignal.any([left.signal, AbortSignal.timeout(answerMsMax)]),
    ...(body && body.length > 0 ? { body: new Uint8Array(body) } : {}),
  }).catch((cause: unknown) => {
    throw new TransientError('SERVICE_DOWN', 'the engine does not answer', { cause })
  })
  reply.code(answer.status)
  const isBrowser = request.headers['sec-fetch-mode'] !== undefined
  for (const [name, value] of answer.headers) {
    const asksPerson = name === 'www-authenticate' && isBrowser
    if (!NOT_ANSWERED.has(name) && !asksPerson) reply.header(name, value)
  }
  return answer.body === null ? reply.send() : reply.send(Readable.fromWeb(answer.body))
}

function asked(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !NOT_ASKED.has(name) ? [[name, value]] : [],
    ),
  )
}
