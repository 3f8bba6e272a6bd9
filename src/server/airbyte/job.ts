// Jobs: starting one, following it to its end, and what it moved.
import { catalog } from '../../catalog/catalog.ts'
import { parseLogLine } from '../../engine/pump/attempt-log.ts'
import { systemClock } from '../../std/clock.ts'
import { ConfigError, SystemError, type TartanError, TransientError } from '../../std/errors.ts'
import { throughRestarts } from '../client/http.ts'
import type { Airbyte } from './client.ts'

/** As the public API tells it. */
export interface Job {
  jobId: number
  status: JobStatus
  jobType: string
  startTime: string
  lastUpdatedAt?: string
  /** ISO 8601. */
  duration?: string
  rowsSynced?: number
  begunBy?: Begun
}

/** Ours: no other Airbyte tells it. */
export interface Begun {
  kind: string
  name?: string
}

export type JobStatus = 'pending' | 'running' | 'incomplete' | 'succeeded' | 'failed' | 'cancelled'

/** As the Config API tells it: with records per stream. */
export interface JobInfo {
  job: {
    id: number
    status: JobStatus
    createdAt: number
    updatedAt: number
    begunBy?: Begun
  }
  /** Newest last; with their logs where `/jobs/get` was asked. */
  attempts: { attempt: Attempt; logs?: { logLines: string[] } }[]
}

interface Attempt {
  status: string
  streamStats?: { streamName: string; stats: Stats }[]
  failureSummary?: { failures: Failure[] }
  /** Ours: how the step after the sync went. */
  postSync?: { command: string; status: 'succeeded' | 'failed'; message?: string }
}

interface Stats {
  recordsEmitted?: number
  recordsCommitted?: number
  bytesCommitted?: number
  recordsRejected?: number
  /** Ours. */
  additionalStats?: { valuesNulled?: number }
}

interface Failure {
  failureOrigin?: string
  failureType?: string
  externalMessage?: string
}

export interface StreamTotals {
  stream: string
  emitted: number
  committed: number
  /** Records that came and are in no table. */
  rejected: number
  /** Values that their columns do not hold. */
  nulled: number
}

/** What finds nothing is over in less than a second: nobody is to wait for the look at it. */
const lookMs = { min: 25, max: 250, growth: 1.3 }
const ENDED = new Set<JobStatus>(['succeeded', 'failed', 'cancelled'])

/** The newest jobs of a connection, newest first. */
export async function recentJobs(
  airbyte: Airbyte,
  connectionId: string,
  limit: number,
  status?: JobStatus,
): Promise<Job[]> {
  const order = encodeURIComponent('createdAt|DESC')
  const of = status === undefined ? '' : `&status=${status}`
  const path = `/jobs?connectionId=${connectionId}&limit=${limit}&orderBy=${order}${of}`
  return (await airbyte.publicApi<{ data: Job[] }>('GET', path)).data
}

/** However many jobs failed since. */
export async function lastSucceeded(
  airbyte: Airbyte,
  connectionId: string,
): Promise<Job | undefined> {
  return (await recentJobs(airbyte, connectionId, 1, 'succeeded'))[0]
}

/**
 * Starts a sync; where one runs already, that one is it. One that ended between the refusal and the
 * look is none: what it read may be older than what the caller has seen.
 */
export async function startSync(
  airbyte: Airbyte,
  connectionId: string,
): Promise<{ jobId: number; joined: boolean }> {
  for (let tries = 1; ; tries++) {
    try {
      const job = await airbyte.publicApi<Job>('POST', '/jobs', { connectionId, jobType: 'sync' })
      return { jobId: job.jobId, joined: false }
    } catch (error) {
      if (!(error instanceof TransientError) || error.status !== 409) throw error
      const [newest] = await recentJobs(airbyte, connectionId, 1)
      if (newest && !ENDED.has(newest.status)) return { jobId: newest.jobId, joined: true }
      await requireActive(airbyte, connectionId)
      if (tries === startsMax) throw error
    }
  }
}

const startsMax = 5

async function requireActive(airbyte: Airbyte, connectionId: string): Promise<void> {
  const path = `/connections/${connectionId}`
  const { status } = await airbyte.publicApi<{ status: string }>('GET', path)
  if (status === 'active') return
  const sentence = `the connection is ${status}, and nothing is synced: ./tartan setup activates it`
  throw new ConfigError('CONNECTION_NOT_ACTIVE', sentence)
}

export function jobInfo(airbyte: Airbyte, jobId: number): Promise<JobInfo> {
  return airbyte.configApi<JobInfo>('/jobs/get', { id: jobId })
}

/** Waits for its end; `onProgress` hears of every look. */
export async function followJob(
  airbyte: Airbyte,
  jobId: number,
  onProgress: (info: JobInfo) => void,
): Promise<JobInfo> {
  for (let waitMs = lookMs.min; ; waitMs = Math.min(waitMs * lookMs.growth, lookMs.max)) {
    const info = await throughRestarts(airbyte.mayReturn, () => jobInfo(airbyte, jobId))
    onProgress(info)
    if (ENDED.has(info.job.status)) return info
    await systemClock.sleep(waitMs)
  }
}

/** Read whole by each attempt. */
const whole = new Set(catalog.flatMap((it) => (it.brings === 'whole' ? [it.name] : [])))

/**
 * Records per stream over all attempts of the job. What an attempt reads again from nothing takes
 * the place of what those before it read: nothing counts twice.
 */
export function streamTotals({ attempts }: JobInfo): StreamTotals[] {
  const totals = new Map<string, StreamTotals>()
  const each = attempts.flatMap((one) => {
    const again = new Set(notesOf(one).map(({ stream }) => stream))
    return (one.attempt.streamStats ?? []).map((stats) => ({ again, ...stats }))
  })
  for (const { streamName, stats, again } of each) {
    const isAnew = whole.has(streamName) || again.has(streamName)
    const before = isAnew ? undefined : totals.get(streamName)
    const none = { stream: streamName, emitted: 0, committed: 0, rejected: 0, nulled: 0 }
    const sum = before ?? none
    sum.emitted += stats.recordsEmitted ?? 0
    sum.committed += stats.recordsCommitted ?? 0
    sum.rejected += stats.recordsRejected ?? 0
    sum.nulled += stats.additionalStats?.valuesNulled ?? 0
    totals.set(streamName, sum)
  }
  return [...totals.values()].toSorted((a, b) => a.stream.localeCompare(b.stream))
}

/** Which streams the job read again from nothing, each with the reason. */
export function refreshNotes({ attempts }: JobInfo): string[] {
  return [...new Set(attempts.flatMap(notesOf).map(({ note }) => note))]
}

/** As the engine writes them into an attempt's log. */
function notesOf({ logs }: JobInfo['attempts'][number]): { stream: string; note: string }[] {
  return (logs?.logLines ?? []).flatMap((line) => {
    const { source, message: note } = parseLogLine(line)
    const stream = /^stream (.+?) is read again: /.exec(note)?.[1]
    return source === 'platform' && stream !== undefined ? [{ stream, note }] : []
  })
}

/** What of a stream could not be taken; empty where all was. */
export function lossOf({ rejected, nulled }: StreamTotals): string {
  const told = [
    ...(rejected > 0 ? [`${rejected} left out`] : []),
    ...(nulled > 0 ? [`${nulled} values null`] : []),
  ]
  return told.length === 0 ? '' : ` (${told.join(', ')}: the log says why)`
}

/** What to say of a step after the sync that failed, which fails no sync. */
export function failedStep({ job, attempts }: JobInfo): string | undefined {
  const step = attempts.at(-1)?.attempt.postSync
  if (step?.status !== 'failed') return undefined
  const log = `./tartan jobs ${job.id} has its log`
  return `${step.command}, after the sync, failed: ${step.message ?? ''}; ${log}`
}

/** Why it did not succeed, on our axis; undefined when it did. */
export function jobFailure({ job, attempts }: JobInfo): TartanError | undefined {
  if (job.status === 'succeeded') return undefined
  if (job.status === 'cancelled')
    return new TransientError('JOB_CANCELLED', 'the sync was cancelled')
  const failure = attempts.at(-1)?.attempt.failureSummary?.failures[0]
  const where = failure?.failureOrigin ? ` (${failure.failureOrigin})` : ''
  const sentence = `the sync failed${where}: ${failure?.externalMessage ?? 'see make airbyte-logs'}`
  if (failure?.failureType === 'config_error') return new ConfigError('JOB_FAILED', sentence)
  if (failure?.failureType === 'transient_error') return new TransientError('JOB_FAILED', sentence)
  return new SystemError('JOB_FAILED', sentence)
}
