// Jobs: starting one, following it to its end, and what it moved.
import { systemClock } from '../../std/clock.ts'
import {
  ConfigError,
  must,
  SystemError,
  type TartanError,
  TransientError,
} from '../../std/errors.ts'
import { throughRestarts } from '../http.ts'
import type { Airbyte } from './client.ts'

/** As the public API tells it. */
export interface Job {
  jobId: number
  status: JobStatus
  jobType: string
  startTime: string
  lastUpdatedAt?: string
  rowsSynced?: number
}

export type JobStatus = 'pending' | 'running' | 'incomplete' | 'succeeded' | 'failed' | 'cancelled'

/** As the Config API tells it: with records per stream. */
export interface JobInfo {
  job: { id: number; status: JobStatus; createdAt: number; updatedAt: number }
  attempts: { attempt: Attempt }[]
}

interface Attempt {
  status: string
  streamStats?: { streamName: string; stats: Stats }[]
  failureSummary?: { failures: Failure[] }
}

interface Stats {
  recordsEmitted?: number
  recordsCommitted?: number
  bytesCommitted?: number
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
}

const lookEveryMs = 250
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

/** Starts a sync; where one runs already, that one is it. */
export async function startSync(
  airbyte: Airbyte,
  connectionId: string,
): Promise<{ jobId: number; joined: boolean }> {
  try {
    const job = await airbyte.publicApi<Job>('POST', '/jobs', { connectionId, jobType: 'sync' })
    return { jobId: job.jobId, joined: false }
  } catch (error) {
    if (!(error instanceof TransientError) || error.status !== 409) throw error
    const [running] = await recentJobs(airbyte, connectionId, 1)
    return {
      jobId: must(running, 'a refused job means that another one is there').jobId,
      joined: true,
    }
  }
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
  for (;;) {
    const info = await throughRestarts(airbyte.mayReturn, () => jobInfo(airbyte, jobId))
    onProgress(info)
    if (ENDED.has(info.job.status)) return info
    await systemClock.sleep(lookEveryMs)
  }
}

/** Records per stream over all attempts of the job. */
export function streamTotals({ attempts }: JobInfo): StreamTotals[] {
  const totals = new Map<string, StreamTotals>()
  for (const { streamName, stats } of attempts.flatMap((one) => one.attempt.streamStats ?? [])) {
    const sum = totals.get(streamName) ?? { stream: streamName, emitted: 0, committed: 0 }
    sum.emitted += stats.recordsEmitted ?? 0
    sum.committed += stats.recordsCommitted ?? 0
    totals.set(streamName, sum)
  }
  return [...totals.values()].toSorted((a, b) => a.stream.localeCompare(b.stream))
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
