// The service on 8080: the linked Items, their pulls, and the feed. One value in, one Fastify app
// and one Service out.
import { join } from 'node:path'
import { fastify, type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import { classify, ConfigError, type TartanError, TransientError } from '../std/errors.ts'
import { doorLimits, doorOptions, type DoorWords, keepDoor } from '../std/http-door.ts'
import type { Logger } from '../std/log.ts'
import type { SealingKey, Secret } from '../std/secrets.ts'
import type { Service } from '../std/service.ts'
import { createPlaidClient, type PlaidSettings } from '../plaid/client.ts'
import { migrate } from '../postgres/migrate.ts'
import { createPool } from '../postgres/pool.ts'
import { guard } from './auth.ts'
import type { ServiceContext } from './context.ts'
import { poll } from './ingest/poller.ts'
import { keep } from './item/keeper.ts'
import { createRuns } from './ingest/runs.ts'
import { feedRoutes } from './routes/feed.ts'
import { healthRoutes } from './routes/health.ts'
import { itemRoutes } from './routes/items.ts'
import { linkRoutes } from './routes/link.ts'
import { listingRoutes } from './routes/listing.ts'
import { openapiRoute } from './routes/openapi.ts'
import { schemaRoutes } from './routes/schema.ts'
import { syncRoutes } from './routes/sync.ts'

export interface PlaidApiConfig {
  databaseUrl: Secret
  sealingKey: SealingKey
  plaid: PlaidSettings
  host: string
  /** 0 takes any free one. */
  port: number
  openReads: boolean
  pollEveryMs: number
  /** How much history a new Item is asked for: at most 730, and decided once for good. */
  daysRequested: number
  /** What a person reads on Link's page. */
  clientName: string
  /** Whose banks Link offers, and what it speaks. */
  countryCodes: string[]
  language: string
  webhookUrl?: string
  logger: Logger
  /** For tests: called between two steps of a pull. */
  onStep?: (step: string) => Promise<void>
}

export interface PlaidApi {
  app: FastifyInstance
  context: ServiceContext
  service: Service
}

const migrationsFolder = join(import.meta.dirname, 'migrations')
const storeSchema = 'plaid'

const connectionsMax = 20
const readersMax = 5

export async function createPlaidApi(config: PlaidApiConfig): Promise<PlaidApi> {
  if (config.openReads && config.plaid.environment !== 'emulator') {
    throw new ConfigError(
      'OPEN_READS_FORBIDDEN',
      'PLAID_API_OPEN_READS is for the emulated world only; unset it, callers need an API key',
    )
  }
  const pool = createPool(config.databaseUrl, { name: 'plaid-api', connectionsMax })
  await migrate(pool, storeSchema, migrationsFolder)
  const stop = new AbortController()
  const ingest = {
    pool,
    plaid: createPlaidClient(config.plaid),
    key: config.sealingKey,
    daysRequested: config.daysRequested,
    pollEveryMs: config.pollEveryMs,
    log: config.logger,
    ...(config.onStep ? { onStep: config.onStep } : {}),
  }
  const reader = { kind: 'reader', connectionsMax: readersMax } as const
  const context: ServiceContext = {
    ...ingest,
    readers: createPool(config.databaseUrl, { name: 'plaid-api readers', ...reader }),
    feedReaders: createPool(config.databaseUrl, { name: 'plaid-api feed', ...reader }),
    clientName: config.clientName,
    countryCodes: config.countryCodes,
    language: config.language,
    ...(config.webhookUrl === undefined ? {} : { webhookUrl: config.webhookUrl }),
    runs: createRuns(ingest, config.logger, stop.signal),
    openReads: config.openReads,
    plaidUrl: config.plaid.baseUrl,
    stopping: stop.signal,
  }
  const app = createApp(context)
  return { app, context, service: { run: (signal) => run(config, app, context, stop, signal) } }
}

async function run(
  config: PlaidApiConfig,
  app: FastifyInstance,
  context: ServiceContext,
  stop: AbortController,
  signal: AbortSignal,
): Promise<void> {
  await app.listen({ host: config.host, port: config.port })
  config.logger.info({ port: config.port }, 'plaid-api listens')
  signal.addEventListener('abort', () => stop.abort(), { once: true })
  if (signal.aborted) stop.abort()
  await Promise.all([
    poll(context, config.logger, stop.signal),
    keep(context, config.logger, stop.signal),
  ])
  await app.close()
  await context.runs.settled()
  await context.pool.end()
}

function createApp(context: ServiceContext): FastifyInstance {
  const app = fastify({
    ...doorOptions(doorLimits, words),
    routerOptions: { maxParamLength: doorLimits.paramCharsMax },
    // Not `strictNumbers`: it spares 1e999 from a number's bounds.
    ajv: {
      customOptions: { removeAdditional: false, coerceTypes: 'array', strictNumbers: false },
    },
    frameworkErrors: (error, _, reply) => {
      void refuse(reply, asFailure(error))
    },
  })
  keepDoor(app, doorLimits, words)
  app.setErrorHandler((error: FastifyError | TartanError, _, reply) => {
    const failure = asFailure(error)
    if (failure.status >= 500) context.log.error({ err: failure }, failure.message)
    return refuse(reply, failure)
  })
  app.addHook('preValidation', async ({ body, routeOptions }) => {
    // Before the schema, whose coercion would take `false` for no body: "every Item".
    if (body === undefined || body === null) return
    if (typeof body !== 'object' || Array.isArray(body)) {
      throw new ConfigError('REQUEST_INVALID', 'the body must be a JSON object')
    }
    const [field] = Object.keys(body)
    if (field === undefined || routeOptions.schema?.body !== undefined) return
    throw new ConfigError('REQUEST_INVALID', `there is no field ${field} here`, { field })
  })
  app.setNotFoundHandler(() => {
    throw new ConfigError('NOT_FOUND', 'there is no such endpoint; GET /openapi.json lists them', {
      status: 404,
    })
  })
  app.addHook('onClose', async () => {
    await Promise.all([context.readers.end(), context.feedReaders.end()])
  })
  guard(app, context.pool, context.openReads)
  openapiRoute(app)
  healthRoutes(app, context)
  schemaRoutes(app)
  listingRoutes(app, context)
  feedRoutes(app, context)
  syncRoutes(app, context)
  itemRoutes(app, context)
  linkRoutes(app, context)
  return app
}

const words: DoorWords = {
  noHttp: () => errorBody(asNoHttp),
  busy: (requestsMax) =>
    new TransientError('BUSY', `${requestsMax} requests are worked on at one time; ask again`, {
      retryAfterMs: 1_000,
    }),
  tooDeep: (depthMax) =>
    new ConfigError('REQUEST_INVALID', `the body is nested deeper than ${depthMax} levels`),
}
const asNoHttp = new ConfigError('REQUEST_INVALID', 'the request could not be read as HTTP')

function errorBody({ code, message, field }: TartanError): object {
  return { error: { code, message, field } }
}

function refuse(reply: FastifyReply, failure: TartanError): FastifyReply {
  if (failure.retryAfterMs) reply.header('retry-after', Math.ceil(failure.retryAfterMs / 1000))
  if (failure.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.code(failure.status).send(errorBody(failure))
}

/**
 * What Fastify itself refuses (a schema, a body) is the caller's error, with the field that is
 * wrong.
 */
function asFailure(error: FastifyError | TartanError): TartanError {
  const status = 'statusCode' in error ? error.statusCode : undefined
  if ('kind' in error || status === undefined || status >= 500) return classify(error)
  const field = 'validation' in error ? fieldOf(error) : undefined
  return new ConfigError('REQUEST_INVALID', error.message, {
    status,
    ...(field === undefined ? {} : { field }),
  })
}

function fieldOf(error: FastifyError): string | undefined {
  const first = error.validation?.[0]
  const named = first?.params['missingProperty'] ?? first?.params['additionalProperty']
  return typeof named === 'string' ? named : first?.instancePath.split('/')[1]
}
