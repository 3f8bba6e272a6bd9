// A stream's life from one attempt to the next (pure): whether it is resumed or refreshed, with
// which state, in which generation, and what the attempt's end leaves for the next one. All of it
// is decided here and nowhere else; stream-rows.ts does with the database what is said here.
import type { StreamDescriptor } from '../../protocol/message.ts'
import type { StreamChoice } from '../store/connection.ts'
import type { JobType } from '../store/job.ts'
import type { GenerationRow, StateRow } from '../store/state.ts'
import { descriptor, sameStream, streamKey } from './naming.ts'
import { modesOf } from './sync-mode.ts'

/** What a connection has of its streams before the attempt. */
export interface Kept {
  generations: GenerationRow[]
  states: StateRow[]
}

export interface StreamStart {
  choice: StreamChoice
  /** Read again from nothing; otherwise resumed from its state. */
  refreshes: boolean
  generationId: number
  /** Rows of older generations go once the stream is complete; with 0 all of them stay. */
  minimumGenerationId: number
}

export interface AttemptStart {
  /** In the order of the connection's streams. */
  streams: StreamStart[]
  /** What is left of the states, for the source to resume from. */
  states: StateRow[]
}

/**
 * A refreshed stream gets a new generation in every attempt, so that nothing of an attempt that
 * died half-way can be taken for the new one's (L4).
 */
export function startOf(jobType: JobType, choices: StreamChoice[], kept: Kept): AttemptStart {
  const known = new Map(kept.generations.map((row) => [streamKey(row), row]))
  const streams = choices.map((choice): StreamStart => {
    const { generationId = 0, refreshing = false } = known.get(streamKey(choice)) ?? {}
    const [syncMode, destinationSyncMode] = modesOf(choice)
    const ordered = jobType === 'clear' || refreshing
    if (!ordered && syncMode !== 'full_refresh') {
      return { choice, refreshes: false, generationId, minimumGenerationId: 0 }
    }
    const next = generationId + 1
    const truncates = ordered || destinationSyncMode.startsWith('overwrite')
    return {
      choice,
      refreshes: true,
      generationId: next,
      minimumGenerationId: truncates ? next : 0,
    }
  })
  return { streams, states: statesLeft(streams, kept.states) }
}

/** A state that several streams share is worth something as long as one of them resumes. */
function statesLeft(streams: StreamStart[], states: StateRow[]): StateRow[] {
  const refreshed = new Set(
    streams.filter((one) => one.refreshes).map((one) => streamKey(one.choice)),
  )
  if (refreshed.size === streams.length) return []
  return states.filter((row) => row.kind !== 'stream' || !refreshed.has(streamKey(row)))
}

export interface AttemptEnd {
  /** Their refresh is done: from now on they are resumed. */
  refreshed: StreamDescriptor[]
  /** Their state is worth nothing: they are refreshed until an attempt that did so succeeds. */
  expired: StreamDescriptor[]
  /** Whatever came back, a cleared connection starts from nothing. */
  forgetStates: boolean
}

export function endOfSuccess(jobType: JobType, start: AttemptStart): AttemptEnd {
  return { refreshed: refreshedBy(start), expired: [], forgetStates: jobType === 'clear' }
}

/** A stream that had no state has none that could expire: its error is what it is. */
export function endOfFailure(
  start: AttemptStart | undefined,
  expired: StreamDescriptor[],
): AttemptEnd {
  const refreshed = start ? refreshedBy(start) : []
  return {
    refreshed: [],
    expired: expired.filter((stream) => !refreshed.some((one) => sameStream(one, stream))),
    forgetStates: false,
  }
}

export function refreshedBy(start: AttemptStart): StreamDescriptor[] {
  return start.streams
    .filter((one) => one.refreshes)
    .map(({ choice }) => descriptor(choice.name, choice.namespace))
}
