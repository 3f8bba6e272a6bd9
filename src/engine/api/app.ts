// Airbyte's API (L10: nothing without a credential but health and the exchange of one): the public
// one under /api/public/v1 and, as Airbyte's cloud has it, under /v1; what clients need of the
// Config API under /api/v1.
import { fastify, type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { doorLimits, type DoorLimits, doorOptions, keepDoor } from '../../std/http-door.ts'
import { actorRoutes } from './actors.ts'
import { authenticator, tokenRoutes } from './auth.ts'
import { ajv, schemaError, withoutNulls } from './body.ts'
import { checkRoutes } from './config-checks.ts'
import { configConnectionRoutes } from './config-connections.ts'
import { configJobRoutes } from './config-jobs.ts'
import { connectionRoutes } from './connections.ts'
import type { ApiContext } from './context.ts'
import { jobRoutes } from './jobs.ts'
import { doorWords, onError, onUnknownRoute } from './problem.ts'
import { definitionRoutes, streamRoutes } from './streams.ts'
import { workspaceRoutes } from './workspaces.ts'

/** A connection names its streams and their fields. */
const limits: DoorLimits = { ...doorLimits, bodyBytesMax: 4 * 1024 * 1024 }

export async function createApi(context: ApiContext): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = context.log
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    ...doorOptions(limits, doorWords),
    ajv,
    schemaErrorFormatter: schemaError,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: limits.paramCharsMax },
  })
  keepDoor(app, limits, doorWords)
  app.setErrorHandler(onError)
  app.setNotFoundHandler(onUnknownRoute)
  acceptForms(app)
  app.addHook('preValidation', async (request) => {
    request.body = withoutNulls(request.body)
  })
  tokenRoutes(app, context)
  const authenticate = authenticator(context)
  for (const prefix of ['/api/public/v1', '/v1']) {
    app.get(`${prefix}/health`, async (_request, reply) => {
      reply.type('text/plain')
      return 'Successful operation'
    })
    await app.register(
      async (routes) => {
        routes.addHook('onRequest', authenticate)
        workspaceRoutes(routes, context)
        actorRoutes(routes, context, 'source')
        actorRoutes(routes, context, 'destination')
        connectionRoutes(routes, context)
        jobRoutes(routes, context)
        streamRoutes(routes, context)
        definitionRoutes(routes, context)
      },
      { prefix },
    )
  }
  app.get('/api/v1/health', async () => ({ available: true }))
  await app.register(
    async (routes) => {
      routes.addHook('onRequest', authenticate)
      configJobRoutes(routes, context)
      configConnectionRoutes(routes, context)
      checkRoutes(routes, context)
    },
    { prefix: '/api/v1' },
  )
  return app
}

/** Python's client sends its credentials as a form. */
function acceptForms(app: FastifyInstance): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(body.toString())))
    },
  )
}
