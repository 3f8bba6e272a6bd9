// The service on 8080: the linked Items, their pulls, and the feed. One value in, one Fastify app
// and one Service out.
import {
  fastify,
  type FastifyError,
  type FastifyInstance,
  type FastifyListenOptions,
  type FastifyReply,
} from 'fastify'
import type { StreamProduct } from '../catalog/stream.ts'
import { createBell } from '../std/bell.ts'
import { classify, ConfigError, type TartanError, TransientError } from '../std/errors.ts'
import { apiHeaders, doorLimits, doorOptions, type DoorWords, keepDoor } from '../std/http-door.ts'
import { createEventLog } from '../std/event-log.ts'
import { watchRequests } from '../std/http-watch.ts'
import type { Logger } from '../std/log.ts'
import { metricsRoute } from '../std/metrics.ts'
import type { SealingKey, Secret } from '../std/secrets.ts'
import type { ServerTls } from '../std/server-tls.ts'
import { scopeRoutes } from '../std/scope.ts'
import { requestValidator } from '../std/request-validator.ts'
import { requestError, unstorable } from '../std/schema-error.ts'
import type { Service } from '../std/service.ts'
import { createPlaidClient, type PlaidSettings } from '../plaid/client.ts'
import { auditRoutes } from '../std/audited.ts'
import { writeAudit } from '../postgres/audit.ts'
import { listen } from '../postgres/listen.ts'
import { createPool } from '../postgres/pool.ts'
import { guard } from './auth.ts'
import type { ServiceContext } from './context.ts'
import { poll } from './ingest/poller.ts'
import { keep } from './item/keeper.ts'
import { createRuns } from './ingest/runs.ts'
import { keepTaxonomy } from './ingest/taxonomy.ts'
import { feedRoutes } from './routes/feed.ts'
import { healthRoutes } from './routes/health.ts'
import { institutionRoutes } from './routes/institutions.ts'
import { itemRoutes } from './routes/items.ts'
import { keyRoutes } from './routes/keys.ts'
import { linkRoutes } from './routes/link.ts'
import { listingRoutes } from './routes/listing.ts'
import { openapiRoute } from './routes/openapi.ts'
import { pullRoutes } from './routes/pulls.ts'
import { schemaRoutes } from './routes/schema.ts'
import { streamListRoutes } from './routes/stream-list.ts'
import { syncRoutes } from './routes/sync.ts'
import { needs } from './scopes.ts'
import { Failure } from './shapes.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import { takeCall } from './store/call-limit.ts'
import { migrateStore } from './store/schema.ts'
import { tellAddress } from './webhook/address.ts'
import { work } from './webhook/work.ts'

export interface PlaidApiConfig {
  databaseUrl: Secret
  sealingKey: SealingKey
  plaid: PlaidSettings
  host: string
  /** 0 takes any free one. */
  port: number
  /** Other processes listen on it too. */
  sharesPort?: boolean
  /** Undefined: plain HTTP, on this machine or behind a proxy. */
  tls?: ServerTls | undefined
  openReads: boolean
  /** Opens /metrics and nothing else. */
  metricsToken?: Secret
  pollEveryMs: number
  /** What is pulled beside accounts and transactions: Plaid bills by product. */
  products: StreamProduct[]
  /** How much history a new Item is asked for: at most 730, and decided once for good. */
  daysRequested: number
  /** What a person reads on Link's page. */
  clientName: string
  /** Whose banks Link offers, and what it speaks. */
  countryCodes: string[]
  language: string
  /** Where Plaid sends webhooks to; empty: nowhere; undefined: Items keep what they have. */
  webhook?: string | undefined
  logger: Logger
  /** For tests: called between two steps of a pull. */
  onStep?: (step: string) => Promise<void>
}

export interface PlaidApi {
  app: FastifyInstance
  context: ServiceContext
  service: Service
}

const connectionsMax = 20
/** A search takes a processor for as long as it lasts: the others are for pulls and the feed. */
const readersMax = 2
const feedReadersMax = 5

export async function createPlaidApi(config: PlaidApiConfig): Promise<PlaidApi> {
  if (config.openReads && config.plaid.environment !== 'emulator') {
    throw new ConfigError(
      'OPEN_READS_FORBIDDEN',
      'PLAID_API_OPEN_READS is for the emulated world only; unset it, callers need an API key',
    )
  }
  const pool = createPool(config.databaseUrl, { name: 'plaid-api', connectionsMax })
  await migrateStore(pool)
  const stop = new AbortController()
  const ingest = {
    pool,
    plaid: createPlaidClient({
      ...config.plaid,
      log: config.logger,
      shared: (path, perMinute) => takeCall(pool, path, perMinute),
    }),
    key: config.sealingKey,
    daysRequested: config.daysRequested,
    countryCodes: config.countryCodes,
    products: config.products,
    pollEveryMs: config.pollEveryMs,
    log: config.logger,
    ...(config.onStep ? { onStep: config.onStep } : {}),
  }
  const readers = (name: string, connectionsMax: number, copies = false) =>
    createPool(config.databaseUrl, { name, kind: 'reader', connectionsMax, copies })
  const context: ServiceContext = {
    ...ingest,
    readers: readers('plaid-api readers', readersMax),
    feedReaders: readers('plaid-api feed', feedReadersMax, true),
    clientName: config.clientName,
    language: config.language,
    webhook: config.webhook,
    received: createBell(),
    due: createBell(),
    runs: createRuns(ingest, config.logger, stop.signal),
    openReads: config.openReads,
    metricsToken: config.metricsToken,
    plaidUrl: config.plaid.baseUrl,
    stopping: stop.signal,
    events: createEventLog(),
  }
  const app = createApp(context, config.tls)
  return { app, context, service: { run: (signal) => run(config, app, context, stop, signal) } }
}

async function run(
  config: PlaidApiConfig,
  app: FastifyInstance,
  context: ServiceContext,
  stop: AbortController,
  signal: AbortSignal,
): Promise<void> {
  await app.listen(listenOptions(config))
  config.logger.info({ port: config.port }, 'plaid-api listens')
  signal.addEventListener('abort', () => stop.abort(), { once: true })
  if (signal.aborted) stop.abort()
  await Promise.all([
    poll(context, config.logger, stop.signal),
    keep(context, config.logger, stop.signal),
    keepTaxonomy(context, config.logger, stop.signal),
    work(context, config.logger, stop.signal),
    tellAddress(context, config.logger, stop.signal),
    listen(context.pool, 'plaid_event', listenerOf(context), stop.signal),
  ])
  await app.close()
  await context.runs.settled()
  await context.pool.end()
}

function listenOptions({ host, port, sharesPort }: PlaidApiConfig): FastifyListenOptions {
  // Fastify hands on what it does not know. The kernel gives each process its share of callers.
  return { host, port, ...(sharesPort ? { reusePort: true } : {}) }
}

/** A notice is the event itself, with its type among the rest. */
function listenerOf({ events, received }: ServiceContext) {
  return {
    onNotify: (payload: string) => {
      const { type, outcome } = JSON.parse(payload) as { type: string; outcome?: unknown }
      events.push(type, payload)
      if (type === 'webhook' && outcome === null) received.ring()
    },
    onListening: events.reset,
    onLost: events.lose,
  }
}

/**
 * An address says everything as text, so `limit=5` is the number 5; in a JSON body a value that is
 * of another type is another value, and refused. Coerced, the null of `{"grace_hours": null}` was
 * 0, and a key ended at once. Not `strictNumbers`: it spares 1e999 from a number's bounds.
 */
const looks = { useDefaults: true, strictNumbers: false }

function createApp(context: ServiceContext, tls?: ServerTls): FastifyInstance {
  const app = fastify({
    ...doorOptions(doorLimits, words, tls),
    routerOptions: { maxParamLength: doorLimits.paramCharsMax },
    schemaErrorFormatter: requestError,
    frameworkErrors: (error, _, reply) => {
      void refuse(reply, asFailure(error))
    },
  })
  app.setValidatorCompiler(requestValidator({ ...looks, coerceTypes: 'array' }, looks))
  watchRequests(app, context.log)
  keepDoor(app, doorLimits, words)
  apiHeaders(app)
  app.setErrorHandler((error: FastifyError | TartanError, _, reply) => {
    const failure = asFailure(error)
    if (failure.status >= 500) context.log.error({ err: failure }, failure.message)
    return refuse(reply, failure)
  })
  app.addHook('preValidation', async ({ body, routeOptions }) => {
    // Before the schema, for the sentence, and for routes that have none.
    if (body === undefined || body === null) return
    if (typeof body !== 'object' || Array.isArray(body)) {
      throw new ConfigError('REQUEST_INVALID', 'the body must be a JSON object')
    }
    const [field] = Object.keys(body)
    if (field === undefined || routeOptions.schema?.body !== undefined) return
    const sentence = `the body has a field that is not known here: ${field}`
    throw new ConfigError('REQUEST_INVALID', sentence, { field })
  })
  app.setNotFoundHandler(() => {
    throw new ConfigError('NOT_FOUND', 'there is no such endpoint; GET /openapi.json lists them', {
      status: 404,
    })
  })
  app.addHook('onClose', async () => {
    await Promise.all([context.readers.end(), context.feedReaders.end()])
  })
  scopeRoutes(app, { table: needs, schemes: ['apiKey'], failure: Failure })
  guard(app, context)
  auditChanges(app, context)
  openapiRoute(app)
  healthRoutes(app, context)
  metricsRoute(app)
  schemaRoutes(app)
  listingRoutes(app, context)
  streamListRoutes(app, context)
  feedRoutes(app, context)
  syncRoutes(app, context)
  itemRoutes(app, context)
  linkRoutes(app, context)
  keyRoutes(app, context)
  pullRoutes(app, context)
  institutionRoutes(app, context)
  webhookRoutes(app, context)
  return app
}

function auditChanges(app: FastifyInstance, { pool, log }: ServiceContext): void {
  auditRoutes(
    app,
    ({ apiKey }) => apiKey,
    async ({ byCommand, ...act }) => {
      const place = byCommand ? 'command line' : 'plaid-api'
      await writeAudit(pool, { place, ...act }).catch((error: unknown) => {
        log.error({ err: classify(error) }, 'a change could not be written to the audit')
      })
    },
  )
}

const words: DoorWords = {
  noHttp: () => errorBody(asNoHttp),
  busy: (requestsMax) =>
    new TransientError('BUSY', `${requestsMax} requests are worked on at one time; ask again`, {
      retryAfterMs: 1_000,
    }),
  tooDeep: (depthMax) =>
    new ConfigError('REQUEST_INVALID', `the body is nested deeper than ${depthMax} levels`),
  unstorable: (field) => new ConfigError('REQUEST_INVALID', `${field} ${unstorable}`, { field }),
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

/** What Fastify itself refuses (a body that is no JSON, an address) is the caller's error. */
function asFailure(error: FastifyError | TartanError): TartanError {
  const status = 'statusCode' in error ? error.statusCode : undefined
  if ('kind' in error || status === undefined || status >= 500) return classify(error)
  return new ConfigError('REQUEST_INVALID', error.message, { status })
}
