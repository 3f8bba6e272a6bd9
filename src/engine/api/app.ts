// Airbyte's API (L10: nothing without a credential but health and the exchange of one): the public
// one under /api/public/v1 and, as Airbyte's cloud has it, under /v1; what clients need of the
// Config API under /api/v1.
import { fastify, type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import {
  apiHeaders,
  doorLimits,
  type DoorLimits,
  doorOptions,
  keepDoor,
} from '../../std/http-door.ts'
import { ping } from '../../postgres/query.ts'
import { watchRequests } from '../../std/http-watch.ts'
import { metricsRoute } from '../../std/metrics.ts'
import { auditRoutes } from '../../std/audited.ts'
import { classify } from '../../std/errors.ts'
import { writeAudit } from '../../postgres/audit.ts'
import { ownApplication } from './application.ts'
import { probeRoutes } from '../../std/probes.ts'
import { requestValidator } from '../../std/request-validator.ts'
import { scopeRoutes } from '../../std/scope.ts'
import { actorRoutes } from './actors.ts'
import { attemptLogRoutes } from './attempt-logs.ts'
import { guard, tokenRoutes } from './auth.ts'
import { looks, schemaError, withoutNulls } from './body.ts'
import { checkRoutes } from './config-checks.ts'
import { configConnectionRoutes } from './config-connections.ts'
import { configJobRoutes } from './config-jobs.ts'
import { catalogRoutes } from './connection-catalog.ts'
import { connectionRoutes } from './connections.ts'
import type { ApiContext } from './context.ts'
import { cronRoutes } from './cron.ts'
import { jobStripRoutes } from './job-strips.ts'
import { jobRoutes } from './jobs.ts'
import { newsRoutes } from './news.ts'
import { doorWords, onError, onUnknownRoute } from './problem.ts'
import { needs } from './scopes.ts'
import { Problem } from './shapes.ts'
import { specificationRoutes } from './specifications.ts'
import { definitionRoutes, streamRoutes } from './streams.ts'
import { sharedTableRoutes } from './shared-tables.ts'
import { webBackendRoutes } from './web-backend.ts'
import { workspaceRoutes } from './workspaces.ts'
import { openapiRoute } from './openapi.ts'
import { Instance } from './config-shapes.ts'
import { Type } from '../../std/type.ts'

/** A connection names its streams and their fields. */
const limits: DoorLimits = { ...doorLimits, bodyBytesMax: 4 * 1024 * 1024 }

const open = { summary: 'Whether the engine answers; open to everybody' }
const health = {
  ...open,
  response: { 200: { content: { 'text/plain': { schema: Type.String() } } } },
}
const available = { ...open, response: { 200: Type.Object({ available: Type.Boolean() }) } }
const instance = {
  ...open,
  summary: 'What answers here; open to everybody',
  description: 'By it a set-up tells this engine from Airbyte’s own.',
  response: { 200: Instance },
}

export async function createApi(context: ApiContext): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = context.log
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    ...doorOptions(limits, doorWords, context.tls),
    schemaErrorFormatter: schemaError,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: limits.paramCharsMax },
  })
  app.setValidatorCompiler(requestValidator(looks))
  watchRequests(app, context.log)
  keepDoor(app, limits, doorWords)
  apiHeaders(app)
  app.setErrorHandler(onError)
  app.setNotFoundHandler(onUnknownRoute)
  acceptForms(app)
  app.addHook('preValidation', async (request) => {
    request.body = withoutNulls(request.body)
  })
  scopeRoutes(app, { table: needs, schemes: ['bearer', 'basic'], failure: Problem })
  guard(app, context)
  auditChanges(app, context)
  openapiRoute(app)
  tokenRoutes(app, context)
  for (const prefix of ['/api/public/v1', '/v1']) {
    app.get(`${prefix}/health`, { schema: health }, async (_request, reply) => {
      reply.type('text/plain')
      return 'Successful operation'
    })
    await app.register(
      async (routes) => {
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
  probeRoutes(app, () => ping(context.pool))
  metricsRoute(app)
  app.get('/api/v1/health', { schema: available }, async () => ({ available: true }))
  app.get('/api/v1/instance_configuration', { schema: instance }, async (): Promise<Instance> => {
    return { engine: 'tartan', edition: 'community', version: '1', auth: { mode: 'simple' } }
  })
  await app.register(
    async (routes) => {
      configJobRoutes(routes, context)
      jobStripRoutes(routes, context)
      configConnectionRoutes(routes, context)
      newsRoutes(routes, context)
      checkRoutes(routes, context)
      specificationRoutes(routes, context)
      webBackendRoutes(routes, context)
      sharedTableRoutes(routes, context)
      catalogRoutes(routes, context)
      cronRoutes(routes, context)
      attemptLogRoutes(routes, context)
    },
    { prefix: '/api/v1' },
  )
  return app
}

function auditChanges(app: FastifyInstance, { pool, log }: ApiContext): void {
  auditRoutes(
    app,
    ({ client }) => client && { name: client.name, own: client.name === ownApplication },
    async ({ byCommand, ...act }) => {
      const place = byCommand ? 'command line' : 'engine'
      await writeAudit(pool, { place, ...act }).catch((error: unknown) => {
        log.error({ err: classify(error) }, 'a change could not be written to the audit')
      })
    },
  )
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
