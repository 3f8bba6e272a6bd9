// The door (L10): every request has an API key, except health and, where an option that only the
// emulated world may set says so, reads from this machine. Such a read's Host must be a loopback
// name too: a web page that rebinds its own name to 127.0.0.1 sends that name.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ConfigError } from '../std/errors.ts'
import { hashToken, type Secret } from '../std/secrets.ts'
import type { Pool } from '../postgres/pool.ts'
import { insertKey, keyOpens, revokeOwnBut } from './store/key.ts'

/** Lets a key in; only its hash is kept. Safe to repeat; false where it was revoked. */
export async function registerApiKey(
  pool: Pool,
  name: string,
  key: Secret,
  { own = false } = {},
): Promise<boolean> {
  const hash = hashToken(key.reveal())
  await insertKey(pool, { hash, name, own })
  return keyOpens(pool, hash)
}

/** Ends every key of this installation but the one that it holds now. */
export async function revokeOtherOwnKeys(pool: Pool, held: Secret): Promise<number> {
  return revokeOwnBut(pool, hashToken(held.reveal()))
}

const OPEN_PATHS = new Set(['/health'])

export function guard(app: FastifyInstance, pool: Pool, openReads: boolean): void {
  app.addHook('onRequest', async (request) => {
    if (OPEN_PATHS.has(request.routeOptions.url ?? '')) return
    const key = bearer(request)
    if (key !== undefined) {
      // Looked up by its hash, so that the time taken tells nothing about the key; and at each
      // request, so that one that is revoked opens nothing from then on.
      if (await keyOpens(pool, hashToken(key))) return
      throw refused('this API key is not known, or was revoked')
    }
    if (openReads && request.method === 'GET' && isLocal(request)) return
    throw refused('send an API key: Authorization: Bearer … (./tartan credentials shows it)')
  })
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
