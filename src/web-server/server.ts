// The web server: the built app, and the backend of its own (a sixth process, on 8000). The browser
// holds a session's cookie and nothing else; every credential stays here (L5).
import { fastify, type FastifyError, type FastifyInstance } from 'fastify'
import { sweepAudit } from '../postgres/audit.ts'
import { ping } from '../postgres/query.ts'
import { createPool } from '../postgres/pool.ts'
import { systemClock } from '../std/clock.ts'
import { classify, ConfigError, errorCode, messageOf, type TartanError } from '../std/errors.ts'
import { doorLimits, type DoorLimits, doorOptions, keepDoor } from '../std/http-door.ts'
import type { Logger } from '../std/log.ts'
import { watchRequests } from '../std/http-watch.ts'
import { metricsDoor, metricsRoute } from '../std/metrics.ts'
import { probeRoutes } from '../std/probes.ts'
import { requestValidator } from '../std/request-validator.ts'
import type { Secret } from '../std/secrets.ts'
import type { ServerTls } from '../std/server-tls.ts'
import type { Service } from '../std/service.ts'
import { plainPage, readApp, type ServedFile } from './app/files.ts'
import { appRoutes, notFound } from './app/routes.ts'
import type { Upstream, WebContext } from './context.ts'
import { auditChanges } from './door/audited.ts'
import { keepWebDoor } from './door/door.ts'
import { proxiesOf, publicUrlOf } from './door/place.ts'
import { asFailure, doorWords, refuse } from './problem.ts'
import { createNotices } from './events/notices.ts'
import { watchProcesses } from './events/processes.ts'
import { followServices } from './events/services.ts'
import { alertRoutes } from './routes/alerts.ts'
import { clientRoutes } from './routes/clients.ts'
import { dataRoutes } from './routes/data.ts'
import { eventRoutes } from './routes/events.ts'
import { followRoutes } from './routes/follow.ts'
import { systemRoutes } from './routes/system.ts'
import { verifyRoutes } from './routes/verify.ts'
import { warehouse } from './warehouse.ts'
import { passedRoutes } from './routes/passed.ts'
import { peopleRoutes } from './routes/people.ts'
import { register } from './routes/route.ts'
import { sessionRoutes } from './routes/session.ts'
import { createStreams, type Streams } from './streams.ts'
import { proxyLogin, type ProxyLoginOptions } from './session/proxy-login.ts'
import { migrateWeb } from './store/schema.ts'
import { sweepSessions } from './store/session.ts'
import { sweepVerifications } from './store/verification.ts'
import { askJson } from './upstream.ts'
import { requestError } from '../std/schema-error.ts'

type Handed =
  | 'sql'
  | 'world'
  | 'version'
  | 'engine'
  | 'plaid'
  | 'emulator'
  | 'readerRole'
  | 'system'
  | 'alerts'

export interface WebServerOptions extends Pick<WebContext, Handed> {
  databaseUrl: Secret
  host: string
  /** Its number is in the cookie's name. */
  port: number
  /** Undefined: plain HTTP, on this machine or behind a proxy. */
  tls?: ServerTls | undefined
  /** Where a proxy offers the app. */
  publicUrl: string | undefined
  proxies: string
  proxyLogin: ProxyLoginOptions | undefined
  /** A browser on this machine enters without a login; for the emulated world only. */
  open: boolean
  /** The warehouse, for who only looks; asked for each time, since a set-up may name another. */
  warehouseUrl(): Promise<Secret>
  /** Opens /metrics and nothing else. */
  metricsToken?: Secret
  /** The folder of the build, or why there is none. */
  app: { folder: string } | { missing: string }
  logger: Logger
}

/** A query, or a draft of a connection with its streams. */
const limits: DoorLimits = { ...doorLimits, bodyBytesMax: 1024 * 1024 }
const sweepEveryMs = 15_000
const oldEvery = 240
const bankMsMax = 1_000

export async function createWebServer(
  options: WebServerOptions,
): Promise<{ app: FastifyInstance; service: Service }> {
  const { logger, host, port } = options
  const pool = createPool(options.databaseUrl, { name: 'tartan web', connectionsMax: 8 })
  await migrateWeb(pool)
  const publicUrl = publicUrlOf(options.publicUrl)
  const stop = new AbortController()
  const context: WebContext = {
    pool,
    log: logger,
    place: { port, publicUrl, proxies: proxiesOf(options.proxies) },
    open: options.open && options.world === 'emulator',
    proxyLogin: options.proxyLogin && proxyLogin(options.proxyLogin),
    sql: options.sql,
    world: options.world,
    version: options.version,
    engine: options.engine,
    plaid: options.plaid,
    emulator: options.emulator,
    warehouse: warehouse(options.warehouseUrl),
    readerRole: options.readerRole,
    system: options.system,
    alerts: options.alerts,
    stopping: stop.signal,
    bankDate: () => bankDate(options.emulator),
  }
  const prefix = publicUrl?.pathname ?? '/'
  const [files, page] = await appFiles(options, prefix)
  const app = createApp(context, prefix, options.tls)
  appRoutes(app, files, page, prefix)
  probeRoutes(app, () => ping(pool), { access: 'anyone' })
  // Not from a browser: by whatever name the machine is reached.
  metricsRoute(app, { config: { access: 'client' }, onRequest: metricsDoor(options.metricsToken) })
  passedRoutes(app, context)
  await clientRoutes(app, context)
  const notices = createNotices()
  const streams = createStreams()
  register(app, {
    ...sessionRoutes(context, streams.end),
    ...peopleRoutes(context, streams.end),
    ...eventRoutes(context, notices, streams),
    ...systemRoutes(context, streams),
    ...dataRoutes(context),
    ...alertRoutes(context),
    ...verifyRoutes(context, notices.tell),
    ...followRoutes(context),
  })
  const service: Service = {
    run: async (signal) => {
      signal.addEventListener('abort', () => stop.abort(), { once: true })
      if (signal.aborted) stop.abort()
      try {
        await listen(app, host, port)
        logger.info({ port }, 'the web app listens')
        await Promise.all([
          followServices(context, notices, stop.signal),
          context.alerts.follow(() => notices.tell('alerts'), stop.signal),
          watchProcesses(context.system, streams, notices, stop.signal),
          keepTidy(context, streams, stop.signal),
        ])
      } finally {
        await app.close()
        await Promise.all([pool.end(), context.warehouse.end()])
      }
    },
  }
  return { app, service }
}

function createApp(context: WebContext, prefix: string, tls?: ServerTls): FastifyInstance {
  const app = fastify({
    ...doorOptions(limits, doorWords, tls),
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: limits.paramCharsMax },
    schemaErrorFormatter: requestError,
    // A proxy may hand on the whole path or only what follows its own.
    rewriteUrl: ({ url = '/' }) =>
      prefix !== '/' && url.startsWith(prefix) ? url.slice(prefix.length - 1) : url,
    frameworkErrors: (error, _, reply) => {
      void refuse(reply, asFailure(error))
    },
  })
  app.setValidatorCompiler(requestValidator({ useDefaults: true }))
  watchRequests(app, context.log)
  keepDoor(app, limits, doorWords)
  app.setErrorHandler((error: FastifyError | TartanError, _, reply) => {
    const failure = asFailure(error)
    if (failure.status >= 500) context.log.error({ err: failure }, failure.message)
    return refuse(reply, failure)
  })
  app.setNotFoundHandler(() => {
    throw notFound()
  })
  keepWebDoor(app, context)
  auditChanges(app, context)
  return app
}

/** Ends what belongs to sessions that are over, and now and then throws away what is old. */
async function keepTidy(
  { pool, log }: WebContext,
  streams: Streams,
  signal: AbortSignal,
): Promise<void> {
  for (let round = 0; !signal.aborted; round++) {
    try {
      await streams.sweep(pool)
      if (round % oldEvery === 0) {
        await sweepSessions(pool)
        await sweepAudit(pool)
        await sweepVerifications(pool)
      }
    } catch (error) {
      log.warn({ err: classify(error) }, 'what is old could not be swept: tried again soon')
    }
    await systemClock.sleep(sweepEveryMs, signal).catch(() => {})
  }
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error
    const sentence = `port ${port} is in use: stop whoever has it, or set TARTAN_WEB_PORT`
    throw new ConfigError('PORT_IN_USE', sentence, { cause: error })
  }
}

async function appFiles(
  { app, logger }: WebServerOptions,
  base: string,
): Promise<[Map<string, ServedFile>, ServedFile]> {
  if ('missing' in app) return [new Map(), plainPage(app.missing)]
  try {
    const files = await readApp(app.folder, base)
    const page = files.get('/index.html')
    if (page) return [files, page]
    return [files, plainPage(`There is no page in ${app.folder}.`)]
  } catch (error) {
    logger.error({ err: error }, 'the built app cannot be read')
    return [new Map(), plainPage(`The built app cannot be read: ${messageOf(error)}.`)]
  }
}

async function bankDate(emulator: Upstream | undefined): Promise<string | undefined> {
  if (!emulator) return undefined
  const status = askJson<{ now: string }>(emulator, 'GET', '/emulator/status', { msMax: bankMsMax })
  return status.then(
    ({ now }) => now,
    () => undefined,
  )
}
