// Which states went out, and what a state that comes back proves (pure, L3): every record before
// it is durable. A state that was never sent, or is older than one that came back, counts for
// nothing. It is known by its number, or, where a destination drops what it does not know, by its
// content.
import { createHash } from 'node:crypto'
import type {
  CommittedRecords,
  DestinationTable,
  NulledValues,
  StateMessage,
  StreamDescriptor,
  Witness,
} from '../../protocol/message.ts'
import { exactText } from '../../std/exact-json.ts'
import { descriptor, type NamedStream, streamKey } from '../connection/naming.ts'
import { createCountCheck } from './count-check.ts'
import type { StreamStatsRow } from '../store/attempt.ts'
import type { StateKind, StateRow } from '../store/state.ts'

export interface StateLedger {
  /** Records of a stream went to the destination. */
  count(stream: number, records: number, bytes: number): void
  /** The state as it goes to the destination; undefined when its stream is not in the catalog. */
  send(state: StateMessage): StateMessage | undefined
  /** What to store of a returned state; undefined for nothing. */
  accept(state: StateMessage): AcceptedState | undefined
  /** The streams whose last state did not come back. */
  missing(): string[]
  /** How much the destination says that it committed, whether or not a state says so too. */
  told(value: string): void
  /** What was noticed since the last call: counts of a connector that are not ours. */
  notes(): string[]
  /** Everything is durable: the destination ended well. */
  commitAll(): void
  stats(): StreamStatsRow[]
}

export interface AcceptedState {
  /** The kinds of states that the connection has from now on. */
  kinds: StateKind[]
  rows: StateRow[]
  /** The streams that it speaks for, and their tables where the destination tells them. */
  tables: { index: number; table: DestinationTable | null }[]
}

/** States in flight that are known; of more, the oldest only count later (L9). */
const snapshotsMax = 100_000

/** A state that went out. */
interface Snapshot {
  order: number
  content: string
  progress: Progress[]
}

/** In the place of a stream's index: the order that all streams share. */
const ALL = -1

interface Told {
  committed: number
  rejected: number
  nulled: NulledValues[]
}

interface Progress {
  stream: number
  records: number
  bytes: number
}

export function createStateLedger(streams: NamedStream[]): StateLedger {
  const totals = createTotals(streams)
  const bySource = new Map(streams.map((one) => [streamKey(one.source), one]))
  const byDestination = new Map(streams.map((one) => [streamKey(one.destination), one]))
  const counts = createCountCheck(streams)
  const snapshots = new Map<number, Snapshot>()
  /** The last id that came back, by stream; all share one where states are not a stream's. */
  const returned = new Map<number, number>()
  const sent = new Map<number, number>()
  let lastId = 0

  const orderOf = (state: StateMessage, about: NamedStream[]) =>
    kindOf(state) === 'STREAM' ? (about[0]?.index ?? ALL) : ALL
  const concerned = (state: StateMessage, names: Map<string, NamedStream>): NamedStream[] => {
    if (kindOf(state) !== 'STREAM') return streams
    const found = names.get(streamKey(streamOf(state)))
    return found ? [found] : []
  }

  return {
    count: totals.count,
    send: (state) => {
      const about = concerned(state, bySource)
      if (about.length === 0) return undefined
      lastId += 1
      const order = orderOf(state, about)
      sent.set(order, lastId)
      const { recordCount, progress } = totals.atState(about)
      counts.source(order, state.sourceStats, recordCount)
      const renamed = rename(state, bySource, 'destination')
      snapshots.set(lastId, { order, content: contentOf(renamed), progress })
      const [oldest] = snapshots.keys()
      if (snapshots.size > snapshotsMax && oldest !== undefined) snapshots.delete(oldest)
      return { sourceStats: { recordCount }, ...renamed, id: lastId }
    },
    accept: (state) => {
      const about = concerned(state, byDestination)
      if (about.length === 0) return undefined
      const back = rename(state, byDestination, 'source')
      const written = exactText(state.id)
      const order = orderOf(state, about)
      const before = returned.get(order) ?? 0
      const id = written === undefined ? idOf(snapshots, order, before, state) : Number(written)
      if (id === undefined || id <= before || id > lastId) return undefined
      returned.set(order, id)
      const { progress } = snapshots.get(id) ?? {}
      if (progress) counts.destination(order, state.destinationStats, sumOf(progress))
      totals.commit(progress ?? [])
      const rejected = state.destinationStats?.rejectedRecordCount
      const [only] = about
      if (kindOf(state) === 'STREAM' && only) {
        totals.reject(only.index, Number(exactText(rejected) ?? 0))
      }
      snapshots.delete(id)
      return { ...accepted(back), tables: tablesOf(state, about) }
    },
    missing: () =>
      [...sent].flatMap(([order, id]) =>
        (returned.get(order) ?? 0) < id ? [streams[order]?.source.name ?? 'the connection'] : [],
      ),
    told: (value) => {
      const said = committedOf(value)
      const stream = said && byDestination.get(streamKey(said.stream))
      if (stream) totals.tell(stream.index, said)
    },
    notes: counts.notes,
    commitAll: totals.commitAll,
    stats: totals.stats,
  }
}

function sumOf(progress: Progress[]): number {
  return progress.reduce((sum, { records }) => sum + records, 0)
}

/** The oldest state of those after `before` that says the same. */
function idOf(
  snapshots: Map<number, Snapshot>,
  order: number,
  before: number,
  state: StateMessage,
): number | undefined {
  const content = contentOf(state)
  for (const [id, snapshot] of snapshots) {
    if (id > before && snapshot.order === order && snapshot.content === content) return id
  }
  return undefined
}

/**
 * A digest of what a state says, however its keys are ordered and its numbers written, and whether
 * or not a null is left out.
 */
function contentOf(state: StateMessage): string {
  const { stream, global, data } = state
  const said = JSON.parse(JSON.stringify({ stream, global, data })) as unknown
  const text = JSON.stringify(said, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const entries = Object.entries(value).filter(([, item]) => item !== null)
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
  })
  return createHash('sha256').update(text).digest('base64')
}

/** Records and bytes of every stream: sent, sent at the last state, committed. */
function createTotals(streams: NamedStream[]) {
  const totals = streams.map((_stream, stream) => ({
    stream,
    records: 0,
    bytes: 0,
    recordsAtState: 0,
    /** What is durable, and what of it could not be taken. */
    committed: { records: 0, bytes: 0 },
    rejected: 0,
    /** The destination says itself what it rejected. */
    told: false,
    nulled: [] as NulledValues[],
    states: 0,
  }))
  const commit = (progress: Progress[]) => {
    for (const { stream, records, bytes } of progress) {
      const total = totals[stream]
      if (total && records >= total.committed.records) total.committed = { records, bytes }
    }
  }
  return {
    commit,
    commitAll: () => commit(totals),
    reject: (stream: number, records: number) => {
      const total = totals[stream]
      if (total && !total.told && records > 0) total.rejected += records
    },
    tell: (stream: number, { committed, rejected, nulled }: Told) => {
      const total = totals[stream]
      if (!total || committed + rejected > total.records) return
      const records = committed + rejected
      const bytes = total.records === 0 ? 0 : Math.round((total.bytes * records) / total.records)
      commit([{ stream, records, bytes }])
      total.rejected = rejected
      total.nulled = nulled
      total.told = true
    },
    count: (stream: number, records: number, bytes: number) => {
      const total = totals[stream]
      if (!total) return
      total.records += records
      total.bytes += bytes
    },
    /** The streams' progress, and their records since the state before. */
    atState: (about: NamedStream[]) => {
      let recordCount = 0
      const progress = about.flatMap(({ index }): Progress[] => {
        const total = totals[index]
        if (!total) return []
        recordCount += total.records - total.recordsAtState
        total.recordsAtState = total.records
        total.states += 1
        return [{ stream: index, records: total.records, bytes: total.bytes }]
      })
      return { recordCount, progress }
    },
    stats: () =>
      totals.map((total, i) => ({
        name: streams[i]?.source.name ?? '',
        namespace: streams[i]?.source.namespace ?? '',
        recordsEmitted: total.records,
        bytesEmitted: total.bytes,
        recordsCommitted: Math.max(0, total.committed.records - total.rejected),
        bytesCommitted: total.committed.bytes,
        recordsRejected: total.rejected,
        statesEmitted: total.states,
        nulled: total.nulled,
      })),
  }
}

function kindOf(state: StateMessage): 'STREAM' | 'GLOBAL' | 'LEGACY' {
  return state.type ?? 'LEGACY'
}

function streamOf(state: StateMessage): StreamDescriptor {
  const of = state.stream?.stream_descriptor
  return descriptor(of?.name ?? '', of?.namespace)
}

function rename(
  state: StateMessage,
  names: Map<string, NamedStream>,
  to: 'source' | 'destination',
): StateMessage {
  const renamed = <T extends { stream_descriptor: StreamDescriptor }>(one: T): T => {
    const { name, namespace } = one.stream_descriptor
    const found = names.get(streamKey(descriptor(name, namespace)))
    return found ? { ...one, stream_descriptor: found[to] } : one
  }
  return {
    ...state,
    ...(state.stream ? { stream: renamed(state.stream) } : {}),
    ...(state.global
      ? { global: { ...state.global, stream_states: state.global.stream_states.map(renamed) } }
      : {}),
  }
}

/** Undefined for what is not as it was agreed: then the states have to do. */
function committedOf(value: string) {
  try {
    const said = JSON.parse(value) as Partial<CommittedRecords>
    const { stream_descriptor: of, recordCount, rejectedRecordCount = 0, nulled } = said
    if (!of || !isCount(recordCount) || !isCount(rejectedRecordCount)) return undefined
    const stream = descriptor(of.name, of.namespace)
    const told = { committed: recordCount, rejected: rejectedRecordCount }
    return { stream, ...told, nulled: nulledOf(nulled) }
  } catch {
    return undefined
  }
}

/** Fields of a stream whose lost values are counted, and characters of their names (L9). */
const nulledMax = 1_000
const nameCharsMax = 200

function nulledOf(given: unknown): NulledValues[] {
  if (!Array.isArray(given)) return []
  return given.slice(0, nulledMax).flatMap((one: Partial<NulledValues> | null) => {
    const { field, reason, count } = one ?? {}
    if (!isCount(count) || typeof field !== 'string' || typeof reason !== 'string') return []
    const [name, why] = [field, reason].map((text) =>
      text.slice(0, nameCharsMax).replaceAll('\0', ''),
    )
    return [{ field: name ?? '', reason: why ?? '', count }]
  })
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function tablesOf(state: StateMessage, about: NamedStream[]): AcceptedState['tables'] {
  const many = (state.destination_tables ?? []).map((one): [string, DestinationTable] => {
    const { name, namespace } = one.stream_descriptor
    return [streamKey(descriptor(name, namespace)), one]
  })
  const byName = new Map(many)
  return about.map(({ index, destination }) => {
    const table = kindOf(state) === 'STREAM' ? state.destination_table : undefined
    return { index, table: tableOf(table ?? byName.get(streamKey(destination))) }
  })
}

function tableOf(given: DestinationTable | undefined): DestinationTable | null {
  const { incarnation, commits, witness } = given ?? {}
  if (typeof incarnation !== 'string' || !isCount(commits)) return null
  return { incarnation, commits, ...(isWitness(witness) ? { witness } : {}) }
}

function isWitness(given: Witness | undefined): given is Witness {
  return [given?.raw_id, given?.place].every((text) => isShort(text))
}

/** An id of any kind is. */
function isShort(text: unknown): boolean {
  return typeof text === 'string' && text.length <= nameCharsMax
}

function accepted(state: StateMessage): Omit<AcceptedState, 'tables'> {
  const streams = (state.stream ? [state.stream] : (state.global?.stream_states ?? [])).map(
    (one): StateRow => ({
      kind: 'stream',
      name: one.stream_descriptor.name,
      namespace: one.stream_descriptor.namespace ?? '',
      state: text(one.stream_state),
    }),
  )
  const kind = kindOf(state)
  if (kind === 'STREAM') return { kinds: ['stream'], rows: streams }
  if (kind === 'LEGACY') {
    return { kinds: ['legacy'], rows: [{ ...NAMELESS, kind: 'legacy', state: text(state.data) }] }
  }
  const shared: StateRow = { ...NAMELESS, kind: 'shared', state: text(state.global?.shared_state) }
  return { kinds: ['stream', 'shared'], rows: [shared, ...streams] }
}

const NAMELESS = { name: '', namespace: '' }

function text(state: unknown): string {
  return JSON.stringify(state ?? null)
}
