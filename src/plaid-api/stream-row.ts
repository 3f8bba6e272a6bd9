// From what Plaid says to a row of any stream that is no transaction and no account: the columns
// that the catalog names, and in `extra` whatever else there is. A stream's file and a reader are
// all that a new stream needs (docs/add-a-stream.md).
import type { Stream } from '../catalog/stream.ts'
import { isRecord, isUsableId, type Misfits } from './door.ts'
import { bodyText, type Column, columnsOf, extraOf, fitted, namesOf, teller } from './row.ts'

/** Ready to be published. */
export interface StreamRow {
  /** The values of its primary key, one behind the other. */
  key: string
  itemId: string | null
  accountId: string | null
  /** `YYYY-MM-DD`. */
  day: string | null
  /** What is left of it when it goes, as a body. */
  ids: string
  body: string
}

interface Shape {
  columns: readonly Column[]
  names: ReadonlySet<string>
}

const shapes = new Map<Stream, Shape>()

function shapeOf(stream: Stream): Shape {
  const known = shapes.get(stream)
  if (known) return known
  const columns = columnsOf(stream)
  const shape = { columns, names: namesOf(columns) }
  shapes.set(stream, shape)
  return shape
}

/**
 * Undefined, and told, for what has no usable key. `own` stands before what was given; what was
 * taken apart for it is named in `taken`.
 */
export function streamRow(
  stream: Stream,
  given: unknown,
  misfits: Misfits,
  own: Record<string, unknown> = {},
  taken: readonly string[] = [],
): StreamRow | undefined {
  const tell = teller(misfits, stream)
  const { columns, names } = shapeOf(stream)
  if (!isRecord(given)) {
    tell(stream.primaryKey[0] ?? '', 'no_record')
    return undefined
  }
  const known = taken.length === 0 ? names : new Set([...names, ...taken])
  const row = fitted(columns, given, { extra: extraOf(given, known), ...own }, tell)
  const isOne = stream.primaryKey.length === 1
  const keyed = stream.primaryKey.find((field) => !isUsablePart(row[field], isOne))
  if (keyed !== undefined) {
    tell(keyed, 'no_usable_id')
    return undefined
  }
  const body = bodyText(row, tell)
  const textOf = (field: string) => (typeof row[field] === 'string' ? row[field] : null)
  const itemId = textOf('item_id')
  const ids = Object.fromEntries(stream.primaryKey.map((field) => [field, row[field]]))
  const kept = itemId === null ? ids : { ...ids, item_id: itemId }
  return {
    key: stream.primaryKey.map((field) => String(row[field])).join(BETWEEN),
    itemId,
    accountId: textOf('account_id'),
    day: stream.day === undefined ? null : (textOf(stream.day)?.slice(0, 10) ?? null),
    ids: JSON.stringify(kept).slice(1),
    body,
  }
}

/** Of several that are put together each has to be told from the next. */
function isUsablePart(value: unknown, isOne: boolean): boolean {
  return isUsableId(value) && (isOne || !value.includes(BETWEEN))
}

const BETWEEN = '/'

/** Each key once: the last one counts. `own` is asked of each record what stands before it. */
export function streamRows(
  stream: Stream,
  list: unknown,
  misfits: Misfits,
  own: (given: Record<string, unknown>) => Record<string, unknown> = () => ({}),
): StreamRow[] {
  const rows = new Map<string, StreamRow>()
  for (const given of Array.isArray(list) ? (list as unknown[]) : []) {
    const row = streamRow(stream, given, misfits, isRecord(given) ? own(given) : {})
    if (!row) continue
    if (rows.has(row.key)) {
      misfits.tell(stream.name, stream.primaryKey[0] ?? '', 'listed_twice')
    }
    rows.set(row.key, row)
  }
  return [...rows.values()]
}
