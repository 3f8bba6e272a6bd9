// A row's columns as texts that can be compared: what the store's row becomes in the warehouse, by
// the destination's own rules, and what the warehouse's row is. Both go the same way, so that equal
// values are equal texts however they are spelled.
import { DELETED_AT, propertyNames, type Stream } from '../../catalog/stream.ts'
import { coerce } from '../../destination-postgres/coerce.ts'
import { type ColumnType, columnType } from '../../destination-postgres/table.ts'
import { decode } from '../../protocol/codec.ts'
import { exactText } from '../../std/exact-json.ts'

export interface Columns {
  names: readonly string[]
  /** A text a column, null where it is empty. `json` is the row as an object. */
  texts(json: string): (string | null)[]
}

export function columnsOf(stream: Stream): Columns {
  const names = propertyNames(stream.schema).filter((name) => name !== DELETED_AT)
  const types = names.map((name) => columnType(stream.schema.properties[name]))
  return {
    names,
    texts: (json) => {
      const row = decode(json) as Record<string, unknown>
      return names.map((name, i) => columnText(types[i] ?? 'varchar', row[name] ?? null))
    },
  }
}

/** Null too where the destination leaves a value out because it does not fit. */
export function columnText(type: ColumnType, value: unknown): string | null {
  if (value === null) return null
  const text = coerce(type, value)
  if (typeof text !== 'string') return null
  if (type === 'numeric') return decimalText(text)
  if (type === 'timestamptz') return instantText(text)
  return type === 'jsonb' ? JSON.stringify(sorted(value)) : text
}

const DECIMAL = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i

/** `1.50`, `1.5` and `15e-1` are one number: its digits, and where the point stands. */
function decimalText(text: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return '0'
  const point = digits.length - fraction.length + Number(exponent)
  return `${sign === '-' ? '-' : ''}0.${digits.replace(/0+$/, '')}e${point}`
}

const INSTANT =
  /^(\d{4}-\d\d-\d\d)(?:[ Tt](\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:Z|([+-]\d\d)(?::?(\d\d))?)?)?$/

/** Microseconds, as PostgreSQL keeps them. */
function instantText(text: string): string {
  const [, date, time = '00:00', second = '00', fraction = '0', hours = '+00', minutes = '00'] =
    INSTANT.exec(text) ?? []
  const ms = Date.parse(`${date}T${time}:${second}${hours}:${minutes}`)
  return String(ms * 1_000 + Math.round(Number(`0.${fraction}`) * 1e6))
}

/** Keys in one order, numbers in one spelling. */
function sorted(value: unknown): unknown {
  const number = exactText(value)
  if (number !== undefined) return { number: decimalText(number) }
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { entries: entries.map(([key, inner]) => [key, sorted(inner)]) }
}
