// One attempt of one job: prepares both connectors, pumps, and says how it ended. While it runs it
// keeps its lease; when the lease is lost it ends its connectors and stores nothing more (L6).
import { monotonicMs, systemClock } from '../../std/clock.ts'
import { isAbort, must, TransientError } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import { count, observe } from '../../std/metrics.ts'
import { retry } from '../../std/retry.ts'
import {
  type AttemptEnd,
  type AttemptStart,
  endOfFailure,
  endOfSuccess,
  type Expired,
} from '../connection/stream-life.ts'
import { failureKind, failureOf, failureOfError, scrubFailure } from '../connector/failure.ts'
import { createStateLedger } from '../pump/state-ledger.ts'
import { type FailureKind, releaseAttempt, renewLease } from '../store/attempt.ts'
import type { ClaimedJob } from '../store/job.ts'
import { type AttemptReport, createReport } from './attempt-report.ts'
import { holdLease, leaseMs } from './lease.ts'
import { fail, succeed } from './outcome.ts'
import { prepare, secretsOfSide } from './prepare.ts'
import { type PostSyncParts, runPostSync } from './post-sync.ts'
import { replicate } from './replication.ts'
import type { JobRetryPolicy } from './retry.ts'
import type { Failure } from '../store/shapes.ts'

export interface AttemptParts extends PostSyncParts {
  retryPolicy: JobRetryPolicy
  log: Logger
}

export interface RunningAttempt {
  done: Promise<void>
  /** Asks at once whether the attempt still has its lease. */
  renewNow(): void
}

/** Airbyte's own bound for a job with all its attempts. */
const jobMsMax = 3 * 24 * 60 * 60_000

export function startAttempt(
  parts: AttemptParts,
  claimed: ClaimedJob,
  stop: AbortSignal,
): RunningAttempt {
  const report = createReport(parts.pool, claimed.attemptId)
  const late = AbortSignal.timeout(Math.max(1, Math.ceil(jobMsMax - claimed.ageSeconds * 1000)))
  const lease = holdLease(async () => {
    if (!(await renewLease(parts.pool, claimed.attemptId, leaseMs))) return false
    await report.flush()
    return true
  })
  const signal = AbortSignal.any([lease.lost, stop, late])
  const log = parts.log.child({ job: claimed.jobId, attempt: claimed.attemptNumber })
  return { renewNow: lease.renewNow, done: run() }

  async function run(): Promise<void> {
    log.info('attempt starts')
    const from = monotonicMs()
    const result = await work(parts, claimed, report, signal)
    try {
      if (!lease.lost.aborted) await settle(result)
    } finally {
      // An end that nobody could be told of must not keep its lease for ever: it lapses.
      await lease.end()
      await retry(SETTLE_RETRY, () => releaseAttempt(parts.pool, claimed.attemptId))
    }
    const lost = lease.lost.aborted
    const { type } = claimed
    const outcome = lost ? 'lost' : result.failures.length > 0 ? 'failed' : 'succeeded'
    count('tartan_attempts_total', { type, outcome })
    observe('tartan_attempt_duration_seconds', { type }, (monotonicMs() - from) / 1_000)
    log.info({ failures: result.failures.length, lost }, 'attempt ended')
  }

  async function settle(result: Result): Promise<void> {
    const { kind, failures, streams } = endedHow(claimed, result, stop.aborted, late.aborted)
    report.log.write('platform', 'INFO', kind ? `the attempt failed (${kind})` : 'the sync is done')
    await retry(SETTLE_RETRY, async () => {
      await report.flush().catch((error: unknown) => {
        if (!(error instanceof TransientError) || error.code !== 'ATTEMPT_FENCED') throw error
      })
      if (kind) {
        const said = failures.map((failure) => scrubFailure(failure, report.scrub))
        await fail(parts.pool, claimed, { kind, failures: said, streams }, parts.retryPolicy)
      } else {
        await succeed(parts.pool, claimed, streams)
      }
    })
  }
}

/** For as long as the lease would hold; after that, whoever reaps it says how it ended. */
const SETTLE_RETRY = { triesMax: 6, firstDelayMs: 250, delayMsMax: 3_000, factor: 2 }

interface Result {
  failures: Failure[]
  expired: Expired[]
  /** None when it did not come so far. */
  start: AttemptStart | undefined
}

interface Ended {
  /** None: it succeeded. */
  kind: FailureKind | undefined
  failures: Failure[]
  streams: AttemptEnd
}

function endedHow(claimed: ClaimedJob, result: Result, stopped: boolean, late: boolean): Ended {
  const { start } = result
  const now = systemClock.now()
  const streams = endOfFailure(start, result.expired)
  if (late) {
    const sentence = `the job ran for ${jobMsMax / 3_600_000} hours and was ended`
    const failure = failureOf('replication', 'system_error', sentence, now)
    return { kind: 'config', failures: [failure], streams }
  }
  if (stopped) {
    const sentence = 'the worker was stopped; the next one goes on'
    const failure = failureOf('airbyte_platform', 'transient_error', sentence, now)
    return { kind: 'lost', failures: [failure], streams }
  }
  const { failures } = result
  if (failures.length > 0) {
    return { kind: failureKind(failures, streams.expired), failures, streams }
  }
  const started = must(start, 'an attempt that succeeded has started its streams')
  return { kind: undefined, failures, streams: endOfSuccess(claimed.type, started) }
}

async function work(
  parts: AttemptParts,
  claimed: ClaimedJob,
  report: AttemptReport,
  signal: AbortSignal,
): Promise<Result> {
  let start: AttemptStart | undefined
  try {
    const prepared = await prepare(parts, claimed, signal)
    start = prepared.start
    const { source, destination } = prepared
    report.hide('source', await secretsOfSide(parts, source))
    report.hide('destination', await secretsOfSide(parts, destination))
    report.ledger = createStateLedger(prepared.names)
    const ends = `${source.definition.name} to ${destination.definition.name}`
    report.log.write(
      'platform',
      'INFO',
      `${claimed.type}, attempt ${claimed.attemptNumber}: ${ends}`,
    )
    for (const note of prepared.notes) report.log.write('platform', 'WARN', note)
    for (const { choice, reason } of start.streams) {
      if (reason === undefined || claimed.type === 'clear') continue
      report.log.write('platform', 'INFO', `stream ${choice.name} is read again: ${reason}`)
    }
    const outcome = await replicate(parts, claimed, prepared, report, signal)
    if (outcome.failures.length > 0) return { ...outcome, start }
    report.ledger.commitAll()
    const { postSyncCommand: step } = prepared.connection
    if (step !== null && claimed.type === 'sync') {
      await runPostSync(parts, claimed, step, start, report, signal)
    }
    return { ...outcome, start }
  } catch (error) {
    if (signal.aborted && isAbort(error)) return { failures: [], expired: [], start }
    const failure = failureOfError('airbyte_platform', error, systemClock.now())
    report.log.write('platform', 'ERROR', failure.externalMessage)
    return { failures: [failure], expired: [], start }
  }
}
