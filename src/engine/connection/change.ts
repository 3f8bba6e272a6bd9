// What a change of a stream means for the rows that are there (pure, L3, L4): nothing to do, read
// it again, or refuse. A state, and the rows of a finished sync, are worth only what they were
// earned with; so the version that they were earned with is compared with the one that is wanted
// now. The API answers it, and an attempt's start does it.
import type { StreamDescriptor } from '../../protocol/message.ts'
import type { Decision, StreamChange } from '../store/shapes.ts'
import type { GenerationRow, StreamVersion } from '../store/state.ts'
import { streamKey } from './naming.ts'
import { modesOf } from './sync-mode.ts'

/** A stream as it is wanted now, under its source's name. */
export interface WantedStream {
  stream: StreamDescriptor
  version: StreamVersion
}

/**
 * In the order of the wanted streams. `oneState`: the source has one state for all of them, which
 * cannot be given back for some.
 */
export function decideAll(
  rows: GenerationRow[],
  wanted: WantedStream[],
  oneState: boolean,
): Decision[] {
  const known = new Map(rows.map((row) => [streamKey(row), row]))
  const places = new Map<string, number>()
  for (const { version } of wanted) {
    const place = streamKey(version.stream)
    places.set(place, (places.get(place) ?? 0) + 1)
  }
  const decisions = wanted.map(({ stream, version }) => {
    if (places.get(streamKey(version.stream)) === 1) {
      return decide(known.get(streamKey(stream)), version)
    }
    return refuse(`more than one stream would go to ${placeOf(version.stream)}`)
  })
  if (!oneState || decisions.every((one) => one.decision !== 'read_again')) return decisions
  return decisions.map((one, i) =>
    one.decision === 'none' && resumes(wanted[i]?.version)
      ? again('another stream is read again, and the source has one state for all of them')
      : one,
  )
}

/** Streams that are not wanted any more. */
export function removals(before: StreamDescriptor[], wanted: WantedStream[]): StreamChange[] {
  const stay = new Set(wanted.map(({ stream }) => streamKey(stream)))
  return before
    .filter((stream) => !stay.has(streamKey(stream)))
    .map((stream) => ({
      ...stream,
      ...none('it is not synced any more: its state is dropped, and its table stays as it is'),
    }))
}

function decide(row: GenerationRow | undefined, wanted: StreamVersion): Decision {
  if (row?.refreshing === true) return again('what is there of it is not that of a finished sync')
  if (!resumes(wanted)) {
    return row?.earned && isMerged(row.earned, wanted)
      ? again('its rows were merged, and are no history to append to')
      : none('it is read whole by every sync, as it is wanted then')
  }
  if (!row?.earned) return none('it was not synced yet: the next sync reads it from the beginning')
  return changeOf(row.earned, wanted, row.destinationTable !== null)
}

/**
 * Whether rows would be appended, in the same place, to those that merges left: where fields were
 * left out meanwhile, such a row is of two versions, of which the source had none.
 */
function isMerged(before: StreamVersion, after: StreamVersion): boolean {
  const appends = modesOf(before)[1] === 'append_dedup' && modesOf(after)[1] === 'append'
  return (
    appends &&
    before.destinationId === after.destinationId &&
    before.configuration === after.configuration &&
    streamKey(before.stream) === streamKey(after.stream)
  )
}

function resumes(version: StreamVersion | undefined): boolean {
  return version !== undefined && modesOf(version)[0] === 'incremental'
}

/**
 * From what the state was earned with to what is wanted. `bound`: the destination said which table
 * that was, and will say itself when it does not know it.
 */
export function changeOf(before: StreamVersion, after: StreamVersion, bound: boolean): Decision {
  const reason =
    moved(before, after, bound) ?? otherRows(before, after) ?? otherFields(before, after)
  if (reason !== undefined) return again(reason)
  if (before.configuration !== after.configuration) {
    return none(
      'the destination itself says when it does not know the table: then it is read again',
    )
  }
  const gone = Object.keys(before.fields).filter((field) => !Object.hasOwn(after.fields, field))
  if (gone.length === 0) return none('nothing about it changed')
  return none(`${listed(gone)} left out from now on; what is there of it stays`)
}

function moved(before: StreamVersion, after: StreamVersion, bound: boolean): string | undefined {
  if (before.sourceId !== after.sourceId) return 'it comes from another source'
  if (before.destinationId !== after.destinationId) return 'it goes to another destination'
  if (streamKey(before.stream) !== streamKey(after.stream)) {
    return `it goes to ${placeOf(after.stream)}, and went to ${placeOf(before.stream)}`
  }
  if (bound || before.configuration === after.configuration) return undefined
  return 'the destination’s configuration is another, and it cannot say whether it has the rows'
}

function otherRows(before: StreamVersion, after: StreamVersion): string | undefined {
  if (before.syncMode !== after.syncMode) {
    return `its sync mode is ${after.syncMode}, and was ${before.syncMode}`
  }
  if (modesOf(after)[1].endsWith('dedup') && !same(before.primaryKey, after.primaryKey)) {
    return `its primary key is ${pathsOf(after.primaryKey)}, and was ${pathsOf(before.primaryKey)}`
  }
  if (!same(before.cursorField, after.cursorField)) {
    const was = pathsOf([before.cursorField])
    return `its cursor is ${pathsOf([after.cursorField])}, and was ${was}`
  }
  return undefined
}

function otherFields(before: StreamVersion, after: StreamVersion): string | undefined {
  const fields = Object.entries(after.fields)
  const added = fields.filter(([field]) => !Object.hasOwn(before.fields, field))
  if (added.length > 0) {
    return `${listed(added.map(([field]) => field))} new, and the rows that are there lack it`
  }
  const changed = fields.filter(([field, type]) => before.fields[field] !== type)
  if (changed.length === 0) return undefined
  return `${listed(changed.map(([field]) => field))} of another type than before`
}

/** Names that are told; the others are counted. */
const namesMax = 5

function listed(fields: string[]): string {
  const names = fields.slice(0, namesMax).join(', ')
  const more = fields.length > namesMax ? ` and ${fields.length - namesMax} more` : ''
  return fields.length === 1 ? `the field ${names} is` : `the fields ${names}${more} are`
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function placeOf({ name, namespace }: StreamDescriptor): string {
  return namespace === undefined ? name : `${namespace}.${name}`
}

function pathsOf(paths: string[][]): string {
  return paths.map((path) => path.join('.')).join(', ') || 'none'
}

function none(reason: string): Decision {
  return { decision: 'none', reason }
}

function again(reason: string): Decision {
  return { decision: 'read_again', reason }
}

function refuse(reason: string): Decision {
  return { decision: 'refuse', reason }
}
