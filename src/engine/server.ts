// The engine's server: Airbyte's API and the schedule.
import type { FastifyInstance } from 'fastify'
import { listen as listenTo } from '../postgres/listen.ts'
import { createPool } from '../postgres/pool.ts'
import { sweepRunFolder } from '../protocol/spawn.ts'
import { ConfigError, errorCode } from '../std/errors.ts'
import { createEventLog, type EventLog } from '../std/event-log.ts'
import type { Logger } from '../std/log.ts'
import type { SealingKey, Secret } from '../std/secrets.ts'
import type { ServerTls } from '../std/server-tls.ts'
import type { Service } from '../std/service.ts'
import { createApi } from './api/app.ts'
import { noPostSync, type PostSync } from './connection/post-sync.ts'
import { connectorCommands } from './connector/command.ts'
import type { ConnectorDefinition } from './connector/definition.ts'
import { type JobRetryPolicy, jobRetryPolicy } from './job/retry.ts'
import { runScheduler } from './scheduler.ts'
import { migrateEngine } from './store/schema.ts'

export interface EngineServerOptions {
  databaseUrl: Secret
  sealingKey: SealingKey
  definitions: readonly ConnectorDefinition[]
  host: string
  port: number
  /** Undefined: plain HTTP, on this machine or behind a proxy. */
  tls?: ServerTls | undefined
  /** Holds the connectors' input files while they start; 0700. */
  runFolder: string
  /** What a connection may run after its syncs. */
  postSync?: PostSync
  /** Opens /metrics and nothing else. */
  metricsToken?: Secret
  logger: Logger
  retryPolicy?: JobRetryPolicy
}

export async function createEngineServer(
  options: EngineServerOptions,
): Promise<{ app: FastifyInstance; service: Service }> {
  const { logger, host, port } = options
  const pool = createPool(options.databaseUrl, { name: 'tartan engine', connectionsMax: 5 })
  // Whoever asks over HTTP waits for seconds only, and holds up no schedule.
  const callers = createPool(options.databaseUrl, { name: 'tartan engine api', kind: 'reader' })
  await migrateEngine(pool)
  await sweepRunFolder(options.runFolder)
  const events = createEventLog()
  const app = await createApi({
    events,
    pool: callers,
    sealingKey: options.sealingKey,
    tls: options.tls,
    definitions: options.definitions,
    commands: connectorCommands(options.runFolder, logger),
    postSync: (options.postSync ?? noPostSync).commands,
    metricsToken: options.metricsToken,
    log: logger,
  })
  const policy = options.retryPolicy ?? jobRetryPolicy
  const service: Service = {
    run: async (signal) => {
      try {
        await listen(app, host, port)
        const listener = {
          onNotify: tellOf(events),
          onListening: events.reset,
          onLost: events.lose,
        }
        await Promise.all([
          runScheduler(pool, policy, logger, signal),
          listenTo(pool, 'engine_event', listener, signal),
        ])
      } finally {
        await app.close()
        await Promise.all([pool.end(), callers.end()])
      }
    },
  }
  return { app, service }
}

/** A notice is the event itself, with its type among the rest. */
function tellOf(events: EventLog): (payload: string) => void {
  return (payload) => {
    const { type } = JSON.parse(payload) as { type: string }
    events.push(type, payload)
  }
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error
    throw new ConfigError(
      'PORT_IN_USE',
      `port ${port} is in use: stop whoever has it, or set TARTAN_API_PORT`,
      { cause: error },
    )
  }
}
