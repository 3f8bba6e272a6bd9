// Who may ask (L10): a client's id and secret, either as Basic credentials or exchanged for a
// bearer token of a quarter of an hour; and whether its scope reaches the route (scopes.ts).
import { hkdfSync } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { jwtVerify, SignJWT } from 'jose'
import { type Static, Type } from '../../std/type.ts'
import { must, TransientError } from '../../std/errors.ts'
import { isMetricsToken } from '../../std/metrics.ts'
import { mayDo, type Need } from '../../std/scope.ts'
import { equalInConstantTime, hashToken, type SealingKey } from '../../std/secrets.ts'
import { window } from '../../std/window.ts'
import { findApplication, type OpenApplication } from '../store/application.ts'
import { strict } from './body.ts'
import type { ApiContext } from './context.ts'
import { ApiProblem, failures } from './problem.ts'
import { neededByBody } from './scopes.ts'
import { Token } from './shapes.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the engine’s API; null where nobody has to say who they are. */
    client: OpenApplication | null
  }
}

const tokenSeconds = 15 * 60

/** Clients name the grant in either spelling, and it is the only one. */
const Grant = Type.Optional(Type.Literal('client_credentials'))
const TokenRequest = Type.Object(
  {
    client_id: Type.String({ minLength: 1, maxLength: 200 }),
    client_secret: Type.String({ minLength: 1, maxLength: 200 }),
    'grant-type': Grant,
    grant_type: Grant,
    scope: Type.Optional(Type.Literal('')),
  },
  strict,
)

/** Clients ask at different places; all of them are answered. */
const TOKEN_PATHS = [
  '/api/public/v1/applications/token',
  '/api/v1/applications/token',
  '/v1/applications/token',
  '/applications/token',
]

export function tokenRoutes(app: FastifyInstance, context: ApiContext): void {
  const { sealingKey } = context
  const schema = {
    summary: 'A bearer token of a quarter of an hour, for a client’s id and secret',
    description: 'JSON, or a form. 401: the id or the secret is wrong.',
    body: TokenRequest,
    response: { 200: Token, ...failures(401) },
  }
  for (const path of TOKEN_PATHS) {
    app.post(path, { schema }, async (request, reply) => {
      const body = request.body as Static<typeof TokenRequest>
      await checkClient(context, body.client_id, body.client_secret)
      const kid = sealingKey.id
      const token = await new SignJWT({})
        .setProtectedHeader({ alg: 'HS256', kid })
        .setSubject(body.client_id)
        .setIssuedAt()
        .setExpirationTime(`${tokenSeconds}s`)
        .sign(tokenKey(sealingKey, kid))
      reply.header('cache-control', 'no-store')
      return { access_token: token, token_type: 'Bearer', expires_in: tokenSeconds }
    })
  }
}

const minuteMs = 60_000

export function guard(app: FastifyInstance, context: ApiContext): void {
  const clientOf = authenticator(context)
  const requests = window(Infinity, minuteMs)
  app.decorateRequest('client', null)
  app.addHook('onRequest', async (request) => {
    const { config, url } = request.routeOptions
    const { need } = config
    if (need === 'open' || need === undefined) return
    if (url === '/metrics' && isMetricsToken(request.headers.authorization, context.metricsToken)) {
      return
    }
    const client = await clientOf(request)
    request.client = client
    const wait = requests.take(client.clientId, client.perMinuteMax ?? Infinity)
    if (wait !== undefined) throw tooMany(client, wait)
    requireScope(client, need)
  })
  app.addHook('preHandler', async ({ client, method, routeOptions, body }) => {
    const need = neededByBody(`${method} ${routeOptions.url}`, body)
    if (client && need) requireScope(client, need)
  })
}

function requireScope({ scope }: OpenApplication, need: Need): void {
  if (need === 'open' || (need !== 'own' && mayDo(scope, need))) return
  const sentence = `This needs a client with the scope ${need}, and this one has ${scope}.`
  throw new ApiProblem('forbidden', sentence)
}

function tooMany({ perMinuteMax }: OpenApplication, retryAfterMs: number): TransientError {
  const sentence = `${perMinuteMax} requests a minute are this client’s limit`
  return new TransientError('TOO_MANY_REQUESTS', sentence, { status: 429, retryAfterMs })
}

const only = { algorithms: ['HS256'] }

function authenticator(context: ApiContext) {
  const keyOf = ({ kid = '' }: { kid?: string }) => tokenKey(context.sealingKey, kid)
  return async (request: FastifyRequest): Promise<OpenApplication> => {
    const [scheme, value] = (request.headers.authorization ?? '').split(' ')
    if (scheme?.toLowerCase() === 'bearer' && value !== undefined) {
      const token = await jwtVerify(value, keyOf, only).catch(() => undefined)
      const client = token?.payload.sub
      // Asked at each request: with its client, a token that was given before is revoked too.
      const found = client === undefined ? undefined : await findApplication(context.pool, client)
      if (found) return found
      throw new ApiProblem('unauthorized', 'The token is not valid, or has expired: ask for one.')
    }
    if (scheme?.toLowerCase() === 'basic' && value !== undefined) {
      const text = Buffer.from(value, 'base64').toString('utf8')
      const colon = text.indexOf(':')
      return checkClient(context, text.slice(0, Math.max(0, colon)), text.slice(colon + 1))
    }
    throw new ApiProblem(
      'unauthorized',
      'Credentials are missing: send a bearer token from /applications/token, ' +
        'or the client id and secret as Basic credentials.',
    )
  }
}

async function checkClient(
  context: ApiContext,
  id: string,
  secret: string,
): Promise<OpenApplication> {
  const found = id.includes('\u0000') ? undefined : await findApplication(context.pool, id)
  // Hashed and compared in any case, so that the time tells nothing of which ids there are.
  const right = equalInConstantTime(hashToken(secret), found?.secretHash ?? '')
  if (found && right) return found
  throw new ApiProblem('unauthorized', 'The client id or the client secret is wrong.')
}

/** A key of its own, so that a token tells nothing of the key that seals. */
function tokenKey(key: SealingKey, id: string): Uint8Array {
  const bytes = must(key.find(id), 'a token names the key that signed it')
  return new Uint8Array(hkdfSync('sha256', bytes, '', 'tartan engine api token', 32))
}
