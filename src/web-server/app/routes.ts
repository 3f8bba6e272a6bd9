// The app's files, and its page for every route that is the app's own. It holds no data: whoever
// may see anything is decided at /web.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ConfigError } from '../../std/errors.ts'
import type { ServedFile } from './files.ts'

const yearSeconds = 31_536_000
/** Addresses that are never the app's: what is not found there is not found. */
const NOT_APP = /^\/(web|api|v1|assets|healthz|live|ready)(\/|$)/

export function appRoutes(
  app: FastifyInstance,
  files: Map<string, ServedFile>,
  page: ServedFile,
  prefix: string,
): void {
  app.get('/healthz', { config: { access: 'anyone' } }, async () => ({ status: 'ok' }))
  for (const [from, to] of OLD_PAGES) {
    app.get(from, { config: { access: 'anyone' } }, (request, reply) =>
      reply.redirect(prefix + to(request.params as Record<string, string>), 302),
    )
  }
  app.route({
    method: ['GET', 'HEAD'],
    url: '/*',
    config: { access: 'anyone' },
    handler: async (request, reply) => {
      const path = request.url.split('?', 1)[0] ?? '/'
      const file = path === '/index.html' ? page : files.get(path)
      if (file) return give(file, request, reply)
      if (NOT_APP.test(path)) throw notFound()
      return give(page, request, reply)
    },
  })
}

export function notFound(): ConfigError {
  return new ConfigError('NOT_FOUND', 'there is nothing under this address', { status: 404 })
}

function give(file: ServedFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply
    .type(file.type)
    .header('etag', file.etag)
    .header('vary', 'accept-encoding')
    .header(
      'cache-control',
      file.immutable ? `public, max-age=${yearSeconds}, immutable` : NO_CACHE,
    )
  const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim())
  if (known?.includes(file.etag)) return reply.code(304).send()
  const accepted = request.headers['accept-encoding'] ?? ''
  if (file.brotli && /\bbr\b/.test(accepted)) {
    return reply.header('content-encoding', 'br').send(file.brotli)
  }
  if (file.gzip && /\bgzip\b/.test(accepted)) {
    return reply.header('content-encoding', 'gzip').send(file.gzip)
  }
  return reply.send(file.body)
}

const NO_CACHE = 'no-cache'

type To = (ids: Record<string, string>) => string
const at = (place: string, id = '') => `${place}/${encodeURIComponent(id)}`

/** Where clients and notifications of an Airbyte link to. */
const OLD_PAGES: [string, To][] = [
  ['/workspaces/:w', () => 'connections'],
  ['/workspaces/:w/connections', () => 'connections'],
  ['/workspaces/:w/connections/:id', ({ id }) => at('connections', id)],
  [
    '/workspaces/:w/connections/:id/:tab',
    ({ id, tab = '' }) => at('connections', id) + (TABS[tab] ?? ''),
  ],
  ['/workspaces/:w/source', () => 'sources'],
  ['/workspaces/:w/source/:id', ({ id }) => at('sources', id)],
  ['/workspaces/:w/source/:id/:tab', ({ id }) => at('sources', id)],
  ['/workspaces/:w/destination', () => 'destinations'],
  ['/workspaces/:w/destination/:id', ({ id }) => at('destinations', id)],
  ['/workspaces/:w/destination/:id/:tab', ({ id }) => at('destinations', id)],
]

const TABS: Record<string, string | undefined> = {
  replication: '?tab=streams',
  settings: '?tab=settings',
}
