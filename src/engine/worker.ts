// Claims jobs that are due and runs their attempts. Any number of workers share one job table; each
// claims what no other has leased (L6), and reaps the attempts whose lease has lapsed.
import { listen } from '../postgres/listen.ts'
import { createPool } from '../postgres/pool.ts'
import { sweepRunFolder } from '../protocol/spawn.ts'
import { createBell } from '../std/bell.ts'
import { classify } from '../std/errors.ts'
import { uuid } from '../std/ids.ts'
import type { Logger } from '../std/log.ts'
import type { SealingKey, Secret } from '../std/secrets.ts'
import type { Service } from '../std/service.ts'
import { noPostSync, type PostSync } from './connection/post-sync.ts'
import { connectorCommands } from './connector/command.ts'
import type { ConnectorDefinition } from './connector/definition.ts'
import { type AttemptParts, type RunningAttempt, startAttempt } from './job/attempt.ts'
import { leaseMs } from './job/lease.ts'
import { reapLapsed } from './job/outcome.ts'
import { type JobRetryPolicy, jobRetryPolicy } from './job/retry.ts'
import { type ProbesPlace, serveProbes } from './api/worker-probes.ts'
import { claimJob } from './store/job.ts'
import { migrateEngine } from './store/schema.ts'

export interface WorkerOptions {
  databaseUrl: Secret
  sealingKey: SealingKey
  definitions: readonly ConnectorDefinition[]
  /** Holds the connectors' input files while they start; 0700. */
  runFolder: string
  /** Attempts that run at once. */
  jobsMax: number
  /** What a connection may run after its syncs. */
  postSync?: PostSync
  /** Where it says that it lives and is ready; left out: nowhere. */
  probes?: ProbesPlace
  logger: Logger
  retryPolicy?: JobRetryPolicy
}

/** How often a worker polls by itself. */
const pollMs = 1_000

export async function createWorker(options: WorkerOptions): Promise<Service> {
  const { logger, jobsMax } = options
  const pool = createPool(options.databaseUrl, {
    name: 'tartan worker',
    connectionsMax: jobsMax * 2 + 4,
  })
  const parts: AttemptParts = {
    pool,
    sealingKey: options.sealingKey,
    definitions: options.definitions,
    commands: connectorCommands(options.runFolder, logger),
    runFolder: options.runFolder,
    postSync: options.postSync ?? noPostSync,
    retryPolicy: options.retryPolicy ?? jobRetryPolicy,
    log: logger,
  }
  await migrateEngine(pool)
  const swept = await sweepRunFolder(options.runFolder)
  if (swept > 0) logger.warn({ swept }, 'ended what a killed worker had left behind')
  return {
    run: async (signal) => {
      const probes = options.probes && (await serveProbes(pool, options.probes))
      try {
        await work(parts, jobsMax, signal)
      } finally {
        await Promise.all([probes?.close(), pool.end()])
      }
    },
  }
}

async function work(parts: AttemptParts, jobsMax: number, signal: AbortSignal): Promise<void> {
  const name = `${process.pid}-${uuid().slice(0, 8)}`
  const running = new Set<RunningAttempt>()
  const bell = createBell()
  const wake = () => {
    for (const attempt of running) attempt.renewNow()
    bell.ring()
  }
  // Only for speed: every loop also looks by itself.
  const listener = { onNotify: wake, onListening: wake }
  const listening = listen(parts.pool, 'engine_job', listener, signal)
  while (!signal.aborted) {
    const claimed = await claimNext().catch((error: unknown) => {
      parts.log.warn({ err: classify(error) }, 'the job table cannot be read')
      return false
    })
    if (!claimed) await bell.wait(pollMs, signal)
  }
  await Promise.all([...running].map((attempt) => attempt.done.catch(() => {})))
  await listening

  async function claimNext(): Promise<boolean> {
    await reapLapsed(parts.pool, parts.retryPolicy)
    if (running.size >= jobsMax) return false
    const claimed = await claimJob(parts.pool, name, leaseMs)
    if (!claimed) return false
    const attempt = startAttempt(parts, claimed, signal)
    running.add(attempt)
    void attempt.done
      .catch((error: unknown) => {
        parts.log.error({ err: classify(error), job: claimed.jobId }, 'an attempt has no end')
      })
      .finally(() => {
        running.delete(attempt)
        bell.ring()
      })
    return true
  }
}
