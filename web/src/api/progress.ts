// How far a running job has come, as a notice tells it: the counts of what was read before.
import type { Attempt, JobInfo, JobWithAttempts, Totals } from './engine.ts'

export interface Progress {
  /** The job. */
  id: string
  attemptNumber: number
  /** Those that have moved; left out where they are too many to tell. */
  streams?: StreamProgress[]
}

type StreamProgress = { streamName: string; streamNamespace?: string } & Partial<Totals>
type Jobs = JobInfo | { jobs: JobWithAttempts[] }

export function progressed<T extends Jobs>(old: T, progress: Progress): T {
  const id = Number(progress.id)
  const moved = (attempt: Attempt) => movedOn(attempt, progress)
  if ('jobs' in old) {
    const jobs = old.jobs.map((one) =>
      one.job.id === id ? { ...one, attempts: one.attempts.map(moved) } : one,
    )
    return { ...old, jobs }
  }
  if (!('attempts' in old) || old.job.id !== id) return old
  return { ...old, attempts: old.attempts.map(({ attempt }) => ({ attempt: moved(attempt) })) }
}

function movedOn(attempt: Attempt, { attemptNumber, streams = [] }: Progress): Attempt {
  if (attempt.id !== attemptNumber) return attempt
  const nameOf = (one: { streamName: string; streamNamespace?: string }) =>
    `${one.streamNamespace ?? ''} ${one.streamName}`
  const stats = new Map(attempt.streamStats.map((one) => [nameOf(one), one]))
  for (const { streamName, streamNamespace, ...counts } of streams) {
    const named = { streamName, ...(streamNamespace === undefined ? {} : { streamNamespace }) }
    const before = stats.get(nameOf(named))?.stats ?? nothing
    stats.set(nameOf(named), { ...named, stats: { ...before, ...counts } })
  }
  const streamStats = [...stats.values()]
  const totalStats = streamStats.reduce((sum, one) => plus(sum, one.stats), nothing)
  return { ...attempt, streamStats, totalStats }
}

const nothing: Totals = {
  recordsEmitted: 0,
  bytesEmitted: 0,
  recordsCommitted: 0,
  bytesCommitted: 0,
  recordsRejected: 0,
  stateMessagesEmitted: 0,
  additionalStats: { valuesNulled: 0 },
}

function plus(a: Totals, b: Totals): Totals {
  return {
    recordsEmitted: a.recordsEmitted + b.recordsEmitted,
    bytesEmitted: a.bytesEmitted + b.bytesEmitted,
    recordsCommitted: a.recordsCommitted + b.recordsCommitted,
    bytesCommitted: a.bytesCommitted + b.bytesCommitted,
    recordsRejected: a.recordsRejected + b.recordsRejected,
    stateMessagesEmitted: a.stateMessagesEmitted + b.stateMessagesEmitted,
    additionalStats: {
      valuesNulled: a.additionalStats.valuesNulled + b.additionalStats.valuesNulled,
    },
  }
}
