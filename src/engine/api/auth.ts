// Who may ask (L10): a client's id and secret, either as Basic credentials or exchanged for a
// bearer token of a quarter of an hour.
import { hkdfSync } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { jwtVerify, SignJWT } from 'jose'
import { type Static, Type } from 'typebox'
import { equalInConstantTime, hashToken, type SealingKey } from '../../std/secrets.ts'
import { findApplication } from '../store/application.ts'
import type { ApiContext } from './context.ts'
import { ApiProblem } from './problem.ts'

const tokenSeconds = 15 * 60

const TokenRequest = Type.Object({
  client_id: Type.String({ minLength: 1, maxLength: 200 }),
  client_secret: Type.String({ minLength: 1, maxLength: 200 }),
})

/** Clients ask at different places; all of them are answered. */
const TOKEN_PATHS = [
  '/api/public/v1/applications/token',
  '/api/v1/applications/token',
  '/v1/applications/token',
  '/applications/token',
]

export function tokenRoutes(app: FastifyInstance, context: ApiContext): void {
  const key = tokenKey(context.sealingKey)
  for (const path of TOKEN_PATHS) {
    app.post(path, { schema: { body: TokenRequest } }, async (request, reply) => {
      const body = request.body as Static<typeof TokenRequest>
      await checkClient(context, body.client_id, body.client_secret)
      const token = await new SignJWT({})
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(body.client_id)
        .setIssuedAt()
        .setExpirationTime(`${tokenSeconds}s`)
        .sign(key)
      reply.header('cache-control', 'no-store')
      return { access_token: token, token_type: 'Bearer', expires_in: tokenSeconds }
    })
  }
}

/** For every route that is not open. */
export function authenticator(context: ApiContext): (request: FastifyRequest) => Promise<void> {
  const key = tokenKey(context.sealingKey)
  return async (request) => {
    const [scheme, value] = (request.headers.authorization ?? '').split(' ')
    if (scheme?.toLowerCase() === 'bearer' && value !== undefined) {
      const token = await jwtVerify(value, key, { algorithms: ['HS256'] }).catch(() => undefined)
      const client = token?.payload.sub
      // Asked at each request: with its client, a token that was given before is revoked too.
      if (client !== undefined && (await findApplication(context.pool, client))) return
      throw new ApiProblem('unauthorized', 'The token is not valid, or has expired: ask for one.')
    }
    if (scheme?.toLowerCase() === 'basic' && value !== undefined) {
      const text = Buffer.from(value, 'base64').toString('utf8')
      const colon = text.indexOf(':')
      await checkClient(context, text.slice(0, Math.max(0, colon)), text.slice(colon + 1))
      return
    }
    throw new ApiProblem(
      'unauthorized',
      'Credentials are missing: send a bearer token from /applications/token, ' +
        'or the client id and secret as Basic credentials.',
    )
  }
}

async function checkClient(context: ApiContext, id: string, secret: string): Promise<void> {
  const found = id.includes('\u0000') ? undefined : await findApplication(context.pool, id)
  // Hashed and compared in any case, so that the time tells nothing of which ids there are.
  const right = equalInConstantTime(hashToken(secret), found?.secretHash ?? '')
  if (!found || !right) {
    throw new ApiProblem('unauthorized', 'The client id or the client secret is wrong.')
  }
}

/** A key of its own, so that a token tells nothing of the key that seals. */
function tokenKey(key: SealingKey): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key.bytes, '', 'tartan engine api token', 32))
}
