// The server's tick: makes the jobs of the connections that are due. Of many servers one makes
// each; a run that falls due while another runs starts once, afterwards.
import type { Pool } from '../postgres/pool.ts'
import { systemClock } from '../std/clock.ts'
import { classify } from '../std/errors.ts'
import type { Logger } from '../std/log.ts'
import { nextRunMs } from './connection/schedule.ts'
import { startFollowed } from './job/follow.ts'
import { reapLapsed } from './job/outcome.ts'
import type { JobRetryPolicy } from './job/retry.ts'
import { deleteOldLogLines } from './store/attempt.ts'
import { deleteOldJobs, type JobsKept } from './store/job.ts'
import { databaseNowMs, listDue, startDue } from './store/connection.ts'

const tickMs = 1_000
const dueAtOnceMax = 100
const pruneEveryTicks = 3_600
const logAgeDaysMax = 30
const logAttemptsAtOnceMax = 100
/** What a connection's history keeps; docs/api-fields.md tells of it. */
const jobsKept: JobsKept = { ageDaysMax: 400, ofConnectionMax: 10_000, atOnceMax: 1_000 }

export async function runScheduler(
  pool: Pool,
  policy: JobRetryPolicy,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (let ticks = 0; !signal.aborted; ticks++) {
    try {
      await startDueJobs(pool)
      await startFollowed(pool)
      await reapLapsed(pool, policy)
      if (ticks % pruneEveryTicks === 0) await prune(pool, jobsKept, signal)
    } catch (error) {
      log.warn({ err: classify(error) }, 'the schedule could not be looked at; it will be again')
    }
    await systemClock.sleep(tickMs, signal).catch(() => {})
  }
}

/** In small statements, so that nobody waits for it long. */
export async function prune(pool: Pool, kept: JobsKept, signal: AbortSignal): Promise<void> {
  const remove = [
    () => deleteOldLogLines(pool, logAgeDaysMax, logAttemptsAtOnceMax),
    () => deleteOldJobs(pool, kept),
  ]
  for (const some of remove) {
    while (!signal.aborted && (await some()) > 0);
  }
}

export async function startDueJobs(pool: Pool): Promise<number> {
  const due = await listDue(pool, dueAtOnceMax)
  if (due.length === 0) return 0
  const now = await databaseNowMs(pool)
  let made = 0
  for (const one of due) {
    if (await startDue(pool, one, nextRunMs(one.schedule, now))) made += 1
  }
  return made
}
