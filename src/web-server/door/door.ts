// The door (L10), in this order: the name by which we were called, for a change where it comes from
// and in which form, then who asks, how often, and whether they may. What stands in the table of
// routes decides; a route without a rule is nobody's.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { systemClock } from '../../std/clock.ts'
import { ConfigError, must, TransientError } from '../../std/errors.ts'
import { PROBES } from '../../std/probes.ts'
import { hashToken } from '../../std/secrets.ts'
import { window } from '../../std/window.ts'
import type { WebContext } from '../context.ts'
import { cookieName, readCookie } from '../session/cookie.ts'
import { findSession, type Session, touchSession } from '../store/session.ts'
import { securityHeaders } from './headers.ts'
import { type Place, placeOf } from './place.ts'
import { mayBe, type Who } from './table.ts'
import type { Role } from '../shapes.ts'

/** `client`: an API client, which brings its own credential, and no cookie counts. */
export type Access = Who | 'client'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    place: Place
    session: Session | null
  }
}

/** Under every name: who asks them knows an address only. */
const OPEN = new Set(['/healthz', ...PROBES])

const perMinuteMax = 600
const minuteMs = 60_000

export function keepWebDoor(app: FastifyInstance, context: WebContext): void {
  const perSession = window(perMinuteMax, minuteMs)
  app.decorateRequest('session', null)
  app.addHook('onRequest', async (request, reply) => {
    request.place = placeOf(seen(request), context.place)
    sayAlways(request, reply)
    const { access } = request.routeOptions.config
    if (access === 'client' || OPEN.has(request.routeOptions.url ?? '')) return
    if (!request.place.ours) throw misdirected(context)
    if (isChange(request)) requireSameOrigin(request)
    const session = await sessionOf(context, request)
    request.session = session ?? null
    if (access === undefined || access === 'anyone') return
    if (!session) {
      throw new ConfigError('UNAUTHENTICATED', 'log in first', { status: 401 })
    }
    const wait = perSession.take(session.id)
    if (wait !== undefined) throw tooMany(wait, `${perMinuteMax} requests a minute are the limit`)
    requireRole(session, access)
  })
}

export function sessionOfRequest(request: FastifyRequest): Session {
  return must(request.session, 'the door let nobody in without a session')
}

export function requireRole(session: Session, needed: Role): void {
  if (mayBe(session.role, needed)) return
  const article = needed === 'viewer' ? 'a' : 'an'
  const sentence = `this needs ${article} ${needed}, and you are ${session.role}: ask an admin`
  throw new ConfigError('FORBIDDEN', sentence, { status: 403 })
}

export function tooMany(waitMs: number, sentence: string): TransientError {
  return new TransientError('TOO_MANY_REQUESTS', sentence, { status: 429, retryAfterMs: waitMs })
}

function seen(request: FastifyRequest) {
  return {
    headers: request.headers,
    peer: request.socket.remoteAddress ?? '',
    encrypted: 'encrypted' in request.socket,
  }
}

function sayAlways(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers(securityHeaders(request.place))
  reply.header('x-tartan-time', String(systemClock.now()))
  if (request.url.startsWith('/web/')) reply.header('cache-control', 'no-store')
}

function misdirected({ place }: WebContext): ConfigError {
  const names = `localhost:${place.port}`
  const ours = place.publicUrl ? `${names} and ${place.publicUrl.host}` : names
  const sentence = `this is ${ours}: another name needs TARTAN_WEB_URL`
  return new ConfigError('MISDIRECTED', sentence, { status: 421 })
}

function isChange({ method }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD'
}

/** No other page's form or script, whatever the browser does with cookies. */
function requireSameOrigin({ headers, place }: FastifyRequest): void {
  const site = headers['sec-fetch-site']
  if (headers.origin !== place.origin || (site !== undefined && site !== 'same-origin')) {
    const sentence = `a change must come from this page itself: Origin ${place.origin}`
    throw new ConfigError('ORIGIN_FOREIGN', sentence, { status: 403 })
  }
  const [type] = (headers['content-type'] ?? '').split(';')
  if (type?.trim().toLowerCase() !== 'application/json') {
    const sentence = 'a change is sent as Content-Type: application/json'
    throw new ConfigError('CONTENT_TYPE_WRONG', sentence, { status: 415 })
  }
}

async function sessionOf(
  context: WebContext,
  request: FastifyRequest,
): Promise<Session | undefined> {
  if (!request.url.startsWith('/web/')) return undefined
  const name = cookieName(context.place.port, request.place.secure)
  const token = readCookie(request.headers.cookie, name)
  if (token === undefined) return undefined
  const session = await findSession(context.pool, hashToken(token))
  if (session) await touchSession(context.pool, session.id)
  return session
}
