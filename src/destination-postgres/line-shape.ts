// How a stream's records are written: what stands around their data, and the order of its keys.
// Most sources write all records of a stream alike, so the shape of one finds the values of the
// next without parsing it. Two spellings are known, JavaScript's and Python's (a space behind
// colons and commas); of any other there is no shape.
import type { RecordMessage } from '../protocol/message.ts'

export interface LineShape {
  /** Up to the digits of emitted_at where it comes before the data, or else to the data. */
  head: Buffer
  /** From behind those digits to the data; undefined where emitted_at comes after the data. */
  toData: Buffer | undefined
  /** From behind the data up to the digits of emitted_at, where they are there. */
  toInstant: Buffer | undefined
  /** `"key":` of each key, in the record's order. */
  keys: readonly Buffer[]
  /** Of each key the place of its column, or -1. */
  columns: Int16Array
  /** The place of the key that says that the record is a tombstone, or -1. */
  deleted: number
}

/** What a table takes of a record. */
export interface Fields {
  columns: ReadonlyMap<string, number>
  deletedField: string | undefined
}

/** The shape of a record that was read from `line`; undefined where it has none that is known. */
export function shapeOf(
  line: string,
  record: RecordMessage,
  { columns, deletedField }: Fields,
): LineShape | undefined {
  const [head, name, namespace, before] = HEAD.exec(line) ?? []
  const [tail, after] = TAIL.exec(line) ?? []
  if (head === undefined || tail === undefined) return undefined
  // Of a key that is there twice the last one counts: it may be another stream's name.
  if (name !== record.stream || namespace !== (record.namespace ?? undefined)) return undefined
  if ((before === undefined) === (after === undefined)) return undefined
  const fields = Object.keys(record.data)
  const keys = fields.map((field) => JSON.stringify(field))
  if (keys.some((key) => key.includes('\\'))) return undefined
  const [toInstant, toData] = before === undefined ? [head] : head.split(DIGITS_BEFORE_DATA)
  return {
    head: Buffer.from(toInstant ?? ''),
    toData: toData === undefined ? undefined : Buffer.from(toData),
    toInstant: after === undefined ? undefined : Buffer.from(after),
    keys: keys.map((key) => Buffer.from(`${key}:`)),
    columns: Int16Array.from(fields, (field) => columns.get(field) ?? -1),
    deleted: deletedField === undefined ? -1 : fields.indexOf(deletedField),
  }
}

const STRING = /"([^"\\]*)"/.source
const INSTANT = /(, ?"emitted_at": ?)\d+/.source
const HEAD = new RegExp(
  `^\\{"type": ?"RECORD", ?"record": ?\\{"stream": ?${STRING}(?:, ?"namespace": ?${STRING})?` +
    `(?:${INSTANT})?, ?"data": ?\\{`,
)
const TAIL = new RegExp(`\\}(?:${INSTANT})?\\}\\}$`)
const DIGITS_BEFORE_DATA = /\d+(?=, ?"data": ?\{$)/
