// The door (L10): every request has an API key whose scope the route asks for (scopes.ts), except
// health, the probes and, where an option that only the emulated world may set says so, reads from
// this machine. Such a read's Host must be a loopback name too: a web page that rebinds its own
// name to 127.0.0.1 sends that name.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ConfigError, TransientError } from '../std/errors.ts'
import { isMetricsToken } from '../std/metrics.ts'
import { mayDo, type Need } from '../std/scope.ts'
import { hashToken, type Secret } from '../std/secrets.ts'
import { window } from '../std/window.ts'
import type { Pool } from '../postgres/pool.ts'
import type { ServiceContext } from './context.ts'
import { findOpenKey, insertKey, openByKey, type OpenKey, revokeOwnBut } from './store/key.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The one that opened; null where none had to. */
    apiKey: OpenKey | null
  }
}

/**
 * Lets a key in that may do everything; only its hash is kept. Safe to repeat; false where it was
 * revoked.
 */
export async function registerApiKey(
  pool: Pool,
  name: string,
  key: Secret,
  { own = false } = {},
): Promise<boolean> {
  const hash = hashToken(key.reveal())
  const rights = { scope: 'admin', days: null, perMinuteMax: null } as const
  await insertKey(pool, { hash, name, own, ...rights })
  return (await findOpenKey(pool, hash)) !== undefined
}

/** Ends every key of this installation but the one that it holds now. */
export async function revokeOtherOwnKeys(pool: Pool, held: Secret): Promise<number> {
  return revokeOwnBut(pool, hashToken(held.reveal()))
}

const minuteMs = 60_000

export function guard(
  app: FastifyInstance,
  { pool, openReads, metricsToken }: Pick<ServiceContext, 'pool' | 'openReads' | 'metricsToken'>,
): void {
  const requests = window(Infinity, minuteMs)
  app.decorateRequest('apiKey', null)
  app.addHook('onRequest', async (request) => {
    const { config, url } = request.routeOptions
    const { need } = config
    if (need === 'open') return
    const { authorization } = request.headers
    if (url === '/metrics' && isMetricsToken(authorization, metricsToken)) return
    const key = bearer(request)
    if (key === undefined) {
      if (openReads && request.method === 'GET' && isLocal(request) && need !== 'own') return
      throw refused('send an API key: Authorization: Bearer … (./tartan credentials shows it)')
    }
    // Looked up by its hash, so that the time taken tells nothing about the key; and at each
    // request, so that one that is revoked opens nothing from then on.
    const found = await openByKey(pool, hashToken(key))
    if (!found) throw refused('this API key is not known, has expired, or was revoked')
    request.apiKey = found
    const wait = requests.take(found.id, found.per_minute_max ?? Infinity)
    if (wait !== undefined) throw tooMany(found, wait)
    requireScope(found, need)
  })
}

/** What no route is gets its 404 with any key. */
function requireScope(key: OpenKey, need: Need = 'read'): void {
  if (need === 'open') return
  if (need === 'own' ? key.own : mayDo(key.scope, need)) return
  const sentence =
    need === 'own'
      ? 'only Tartan’s own key may do this: ./tartan keys does it'
      : `this needs a key with the scope ${need}, and this one has ${key.scope}: ./tartan keys add`
  throw new ConfigError('FORBIDDEN', sentence, { status: 403 })
}

function tooMany({ per_minute_max: max }: OpenKey, retryAfterMs: number): TransientError {
  const sentence = `${max} requests a minute are this key’s limit`
  return new TransientError('TOO_MANY_REQUESTS', sentence, { status: 429, retryAfterMs })
}

function bearer(request: FastifyRequest): string | undefined {
  return /^bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1]?.trim()
}

const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i

function isLocal(request: FastifyRequest): boolean {
  const forwarded = request.headers['x-forwarded-for'] ?? request.headers.forwarded
  if (forwarded !== undefined) return false // a proxy on this machine speaks for somebody else
  const address = request.socket.remoteAddress ?? ''
  return LOOPBACK_ADDRESS.test(address) && LOOPBACK_HOST.test(request.headers.host ?? '')
}

function refused(message: string): ConfigError {
  return new ConfigError('UNAUTHORIZED', message, { status: 401 })
}
