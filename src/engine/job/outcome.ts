// How attempts and jobs end. Every end is decided once, under the job's lock, whoever brings it:
// the worker, another worker that found its lease lapsed, or a person who cancels (L6).
import type { Pool } from '../../postgres/pool.ts'
import { type Db, tx } from '../../postgres/query.ts'
import { type Clock, systemClock } from '../../std/clock.ts'
import { ConfigError } from '../../std/errors.ts'
import type { AttemptEnd } from '../connection/stream-life.ts'
import { endStreams } from '../connection/stream-rows.ts'
import { failureOf } from '../connector/failure.ts'
import {
  failAttempt,
  type FailureKind,
  lockAttempt,
  lockLapsed,
  runningAttempt,
  succeedAttempt,
} from '../store/attempt.ts'
import {
  findActiveJob,
  listFailedAttempts,
  lockJob,
  setJobStatus,
  wakeWorkers,
} from '../store/job.ts'
import { type JobRetryPolicy, retryDelayMs } from './retry.ts'
import type { Failure } from '../store/shapes.ts'

export interface Ended {
  jobId: string
  attemptId: string
  connectionId: string
}

/** Does nothing for an attempt that was ended before. */
export async function succeed(pool: Pool, ended: Ended, streams: AttemptEnd): Promise<void> {
  await tx(pool, async (db) => {
    await lockJob(db, ended.jobId)
    if (!(await lockAttempt(db, ended.attemptId))) return
    await succeedAttempt(db, ended.attemptId)
    await endStreams(db, ended.connectionId, streams)
    await setJobStatus(db, ended.jobId, 'succeeded')
  })
}

/** Ends the attempt and gives the job its next one, if it gets one. */
export async function fail(
  pool: Pool,
  ended: Ended,
  failure: { kind: FailureKind; failures: Failure[]; streams: AttemptEnd },
  policy: JobRetryPolicy,
): Promise<void> {
  await tx(pool, async (db) => {
    await lockJob(db, ended.jobId)
    if (!(await lockAttempt(db, ended.attemptId))) return
    await endStreams(db, ended.connectionId, failure.streams)
    await failLocked(db, ended, failure.kind, failure.failures, policy)
  })
}

/** Without the worker that had it, another attempt is made by any worker. */
export async function reapLapsed(
  pool: Pool,
  policy: JobRetryPolicy,
  clock: Clock = systemClock,
): Promise<number> {
  return tx(pool, async (db) => {
    const lapsed = await lockLapsed(db, lapsedAtOnceMax)
    for (const { jobId, attemptId, worker } of lapsed) {
      if (!(await lockAttempt(db, attemptId))) continue
      const sentence = `the worker ${worker} has not been heard of: it died, or was paused`
      const failure = failureOf('airbyte_platform', 'system_error', sentence, clock.now())
      await failLocked(db, { jobId, attemptId }, 'lost', [failure], policy)
    }
    return lapsed.length
  })
}

export async function cancelJob(pool: Pool, jobId: string): Promise<void> {
  await tx(pool, async (db) => {
    if (await cancelLocked(db, jobId)) return
    throw new ConfigError('JOB_NOT_RUNNING', 'Job is not currently running', { status: 409 })
  })
}

/** Of a connection that is not active any more, in the transaction that makes it so. */
export async function cancelActiveJob(db: Db, connectionId: string): Promise<void> {
  const active = await findActiveJob(db, connectionId)
  if (active) await cancelLocked(db, active.jobId)
}

/** False when it had ended before. Its worker is woken and ends its connectors. */
async function cancelLocked(db: Db, jobId: string, clock: Clock = systemClock): Promise<boolean> {
  const job = await lockJob(db, jobId)
  if (!job || !['pending', 'running', 'incomplete'].includes(job.status)) return false
  await setJobStatus(db, jobId, 'cancelled')
  const attempt = await runningAttempt(db, jobId)
  if (attempt) {
    const sentence = 'Setting attempt to FAILED because the job was cancelled'
    const failure = failureOf('airbyte_platform', 'manual_cancellation', sentence, clock.now())
    await failAttempt(db, attempt.attemptId, 'cancelled', [failure])
  }
  await wakeWorkers(db)
  return true
}

const lapsedAtOnceMax = 20

async function failLocked(
  db: Db,
  ended: Pick<Ended, 'jobId' | 'attemptId'>,
  kind: FailureKind,
  failures: Failure[],
  policy: JobRetryPolicy,
): Promise<void> {
  await failAttempt(db, ended.attemptId, kind, failures)
  const delayMs = retryDelayMs(policy, await listFailedAttempts(db, ended.jobId))
  if (delayMs === undefined) await setJobStatus(db, ended.jobId, 'failed')
  else await setJobStatus(db, ended.jobId, 'incomplete', delayMs)
  await wakeWorkers(db)
}
