// A stream's life from one attempt to the next (pure): whether it is resumed or refreshed, with
// which state, in which generation, and what the attempt's end leaves for the next one. All of it
// is decided here, change.ts saying what a change of the connection means, and nowhere else;
// stream-rows.ts does with the database what is said here.
import type { DestinationTable, StreamDescriptor } from '../../protocol/message.ts'
import { ConfigError, must } from '../../std/errors.ts'
import type { StreamChoice } from '../store/connection.ts'
import type { EarnedRow, GenerationRow, StateRow, StreamVersion } from '../store/state.ts'
import { decideAll } from './change.ts'
import { descriptor, sameStream, streamKey } from './naming.ts'
import { modesOf } from './sync-mode.ts'
import type { JobType } from '../store/shapes.ts'

/** What a connection has of its streams before the attempt. */
export interface Kept {
  generations: GenerationRow[]
  states: StateRow[]
}

export interface StreamStart {
  choice: StreamChoice
  version: StreamVersion
  /** Read again from nothing; otherwise resumed from its state, if it has one. */
  refreshes: boolean
  /** Why it is refreshed although its sync mode does not ask for it. */
  reason: string | undefined
  /** Nothing that is there of it can be trusted until this attempt gets through. */
  opens: boolean
  generationId: number
  /** Rows of older generations go once the stream is complete; with 0 all of them stay. */
  minimumGenerationId: number
  /** Null: it has no state. Undefined: its destination never said. */
  table: DestinationTable | null | undefined
}

export interface AttemptStart {
  /** In the order of the connection's streams. */
  streams: StreamStart[]
  /** What is left of the states, for the source to resume from. */
  states: StateRow[]
  /** Streams that were synced and are not any more: when they come back they are refreshed. */
  dropped: StreamDescriptor[]
}

/**
 * A refreshed stream gets a new generation in every attempt, so that nothing of an attempt that
 * died half-way can be taken for the new one's (L4): it reads from nothing, so a destination that
 * kept what it has of the number would have it twice. (Airbyte, too, takes another number where it
 * drops a stream's state between two attempts.) What resumes keeps its generation through
 * all attempts of a job. `versions` go with the choices.
 */
export function startOf(
  jobType: JobType,
  choices: StreamChoice[],
  versions: StreamVersion[],
  kept: Kept,
): AttemptStart {
  const known = new Map(kept.generations.map((row) => [streamKey(row), row]))
  const wanted = choices.map((choice, i) => ({
    stream: descriptor(choice.name, choice.namespace),
    version: must(versions[i], 'choices and versions go together'),
  }))
  const oneState = kept.states.some((row) => row.kind === 'legacy')
  const decisions = decideAll(kept.generations, wanted, oneState)
  const bare = wanted.map(({ stream, version }, i): Omit<StreamStart, 'table'> => {
    const { decision, reason } = must(decisions[i], 'every stream is decided')
    if (decision === 'refuse') throw new ConfigError('STREAM_REFUSED', `${stream.name}: ${reason}`)
    const row = known.get(streamKey(stream))
    const choice = must(choices[i], 'streams and choices go together')
    return {
      version,
      ...begin(jobType, choice, row, decision === 'read_again' ? reason : undefined),
    }
  })
  const states = statesLeft(bare, kept.states)
  const streams = bare.map((one): StreamStart => {
    const row = known.get(streamKey(one.choice))
    return { ...one, table: one.refreshes || !row?.earned ? null : tableOf(one, row, states) }
  })
  return { streams, states, dropped: droppedBy(wanted, kept) }
}

function begin(
  jobType: JobType,
  choice: StreamChoice,
  row: GenerationRow | undefined,
  reason: string | undefined,
): Omit<StreamStart, 'table' | 'version'> {
  const { generationId = 0, earned = null } = row ?? {}
  const [syncMode, destinationSyncMode] = modesOf(choice)
  const ordered = jobType === 'clear' || reason !== undefined
  const opens = ordered || earned === null
  const begun = { choice, reason, opens }
  if (!ordered && syncMode !== 'full_refresh') {
    return { ...begun, refreshes: false, generationId, minimumGenerationId: 0 }
  }
  const next = generationId + 1
  const truncates = ordered || destinationSyncMode.startsWith('overwrite')
  const minimumGenerationId = truncates ? next : 0
  return { ...begun, refreshes: true, generationId: next, minimumGenerationId }
}

/** A state that several streams share is worth something as long as one of them resumes. */
function statesLeft(streams: Omit<StreamStart, 'table'>[], states: StateRow[]): StateRow[] {
  const chosen = new Map(streams.map((one) => [streamKey(one.choice), one.refreshes]))
  if (streams.every((one) => one.refreshes)) return []
  return states.filter((row) => row.kind !== 'stream' || chosen.get(streamKey(row)) === false)
}

/** A state that several streams share is a state of each of them. */
function tableOf(
  one: Omit<StreamStart, 'table'>,
  { destinationTable }: GenerationRow,
  states: StateRow[],
): DestinationTable | null | undefined {
  const has = states.some(
    (row) => row.kind !== 'stream' || streamKey(row) === streamKey(one.choice),
  )
  return has ? (destinationTable ?? undefined) : null
}

function droppedBy(wanted: { stream: StreamDescriptor }[], kept: Kept): StreamDescriptor[] {
  const chosen = new Set(wanted.map(({ stream }) => streamKey(stream)))
  return kept.generations
    .filter((row) => !chosen.has(streamKey(row)) && (row.earned !== null || !row.refreshing))
    .map((row) => descriptor(row.name, row.namespace))
}

/** What a state that came back makes of its streams. */
export function earnedBy(start: StreamStart, table: DestinationTable | null): EarnedRow {
  const { choice, version, refreshes, opens } = start
  // A refresh that stops half-way begins again; what was read on from a state goes on from there.
  const refreshing = refreshes && opens
  return { ...streamOf(choice), earned: version, destinationTable: table, refreshing }
}

export interface AttemptEnd {
  /** From now on these are resumed. */
  earned: EarnedRow[]
  /** Their state is worth nothing: they are refreshed until an attempt that did so succeeds. */
  expired: StreamDescriptor[]
  /** Whatever came back, a cleared connection starts from nothing. */
  forgetStates: boolean
}

export function endOfSuccess(jobType: JobType, start: AttemptStart): AttemptEnd {
  const clears = jobType === 'clear'
  const earned = start.streams.map(({ choice, version }): EarnedRow => ({
    ...streamOf(choice),
    earned: clears ? null : version,
    destinationTable: clears ? null : undefined,
    refreshing: false,
  }))
  return { earned, expired: [], forgetStates: clears }
}

/** Who called a state worthless, and whose it is. */
export interface Expired {
  stream: StreamDescriptor
  by: 'source' | 'destination'
}

/**
 * A stream that had no state has none that could expire at its source, whose error is what it is;
 * its table may have gone all the same. Both ends may say it of one stream: it counts once.
 */
export function endOfFailure(start: AttemptStart | undefined, expired: Expired[]): AttemptEnd {
  const refreshed = start ? refreshedBy(start) : []
  const streams = expired
    .filter((it) => it.by === 'destination' || !refreshed.some((one) => sameStream(one, it.stream)))
    .map((it) => it.stream)
  return {
    earned: [],
    expired: streams.filter((one, i) => streams.findIndex((it) => sameStream(it, one)) === i),
    forgetStates: false,
  }
}

export function refreshedBy(start: AttemptStart): StreamDescriptor[] {
  return start.streams.filter((one) => one.refreshes).map(({ choice }) => streamOf(choice))
}

function streamOf({ name, namespace }: StreamChoice): StreamDescriptor {
  return descriptor(name, namespace)
}
