// The door between bank and store: every value of a record is looked at here, and only here. What a
// column cannot hold becomes null and is told, by field and reason, never by its content; a record
// without a usable id is left out and told; the rest goes on (L7). What PostgreSQL could hold is
// held.
import type { TObject } from '../std/type.ts'
import { exactText } from '../std/exact-json.ts'
import { isDay } from './cursor.ts'
import type { Misfit, MisfitReason } from './shapes.ts'

/** How many records, by stream, field and reason. */
export class Misfits {
  readonly #records = new Map<string, Misfit>()

  tell(stream: string, field: string, reason: MisfitReason, records = 1): void {
    const key = `${stream} ${field} ${reason}`
    const known = this.#records.get(key)
    if (known) known.records += records
    else this.#records.set(key, { stream, field, reason, records })
  }

  add(others: Misfits): void {
    for (const one of others.list()) this.tell(one.stream, one.field, one.reason, one.records)
  }

  list(): Misfit[] {
    return [...this.#records.values()]
  }
}

export type Tell = (field: string, reason: MisfitReason) => void

export type Kind = 'text' | 'number' | 'boolean' | 'day' | 'instant' | 'object' | 'list' | 'texts'

/** A column's kind, by how the catalog types it. */
export function kindsOf(schema: TObject, names: readonly string[]): Map<string, Kind> {
  return new Map(names.map((name) => [name, kindOf(schema.properties[name] as TypedSchema)]))
}

interface TypedSchema {
  type: string | string[]
  format?: string
  items?: { type: string }
}

function kindOf({ type, format, items }: TypedSchema): Kind {
  if (format === 'date') return 'day'
  if (format === 'date-time') return 'instant'
  const [name] = Array.isArray(type) ? type : [type]
  if (name === 'number' || name === 'boolean' || name === 'object') return name
  if (name !== 'array') return 'text'
  return items?.type === 'string' ? 'texts' : 'list'
}

/** The value, or null and why it does not fit. Characters are looked at in `storableText`. */
export function fitting(kind: Kind, value: unknown, field: string, tell: Tell): unknown {
  const reason = typeof value === 'string' ? misfitText(kind, value) : misfitValue(kind, value)
  if (reason === undefined) return value
  tell(field, reason)
  return null
}

function misfitText(kind: Kind, value: string): MisfitReason | undefined {
  if (kind === 'text') return undefined
  if (kind === 'day') return isDay(value) ? undefined : 'no_such_day'
  if (kind !== 'instant') return 'wrong_type'
  return isInstant(value) ? undefined : 'no_such_instant'
}

function misfitValue(kind: Kind, value: unknown): MisfitReason | undefined {
  if (kind === 'number') return misfitNumber(value)
  if (kind === 'boolean') return typeof value === 'boolean' ? undefined : 'wrong_type'
  if (kind === 'texts') return isListOfTexts(value) ? undefined : 'wrong_type'
  const fits = kind === 'list' ? isListOfRecords(value) : kind === 'object' && isRecord(value)
  return fits ? misfitInside(value as object, 0) : 'wrong_type'
}

function misfitNumber(value: unknown): MisfitReason | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'out_of_range'
  const digits = exactText(value)
  if (digits === undefined) return 'wrong_type'
  const isHeld = Number.isFinite(Number(digits)) && !BEYOND_NUMERIC.test(digits)
  return isHeld ? undefined : 'out_of_range'
}

/** A numeric has 16,383 digits behind its point, and no more. */
const BEYOND_NUMERIC = /e[+-]?\d{4}|.{10000}/i

function isListOfRecords(value: unknown): boolean {
  return Array.isArray(value) && value.every(isRecord)
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

const TIME = String.raw`(?:(?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)(?:\.\d+)?)?|24:00(?::00)?)`
const ZONE = String.raw`(?:Z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)`
const INSTANT = new RegExp(`^(.{10})(?:[T ]${TIME}${ZONE}?)?$`, 'i')

/** As banks write them, with a time or a zone or not. */
function isInstant(text: string): boolean {
  const [, day] = INSTANT.exec(text) ?? []
  return day !== undefined && isDay(day)
}

/** Deeper than any bank's answer, and nothing that PostgreSQL or a reader's stack would refuse. */
const depthMax = 200

/**
 * Numbers in Plaid's answers are doubles: what is none (1e400) nobody who reads JSON could hold.
 * This is where most of a pull's time would go: it looks at no more than it must.
 */
function misfitInside(value: object, depth: number): MisfitReason | undefined {
  if (depth >= depthMax) return 'nested_too_deep'
  for (const inner of Object.values(value) as unknown[]) {
    if (typeof inner === 'number') {
      if (!Number.isFinite(inner)) return 'out_of_range'
    } else if (typeof inner === 'object' && inner !== null) {
      const reason = misfitInside(inner, depth + 1)
      if (reason !== undefined) return reason
    }
  }
  return undefined
}

/** As JSON has them: neither a list nor a number with more digits than a double has. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  )
}

/** An index holds keys of some 2,700 bytes at most; Plaid's ids have some 40 characters. */
const idCharsMax = 500

/** An id that says one thing in every database: without a character it would be another. */
export function isUsableId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= idCharsMax &&
    !value.includes('\0') &&
    value.isWellFormed()
  )
}

/** JSON's escapes of what `mended` mends (or of a backslash before such letters). */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/

/**
 * The row as a JSON object. PostgreSQL stores no NUL, and its jsonb no half of a surrogate pair (an
 * emoji that a bank cut off): `row` loses that character only.
 */
export function storableText(row: Record<string, unknown>, tell: Tell): string {
  const text = JSON.stringify(row)
  if (!UNSTORABLE.test(text)) return text
  for (const [field, value] of Object.entries(row)) {
    if (!UNSTORABLE.test(JSON.stringify(value))) continue
    const clean = mended(value)
    if (JSON.stringify(clean) === JSON.stringify(value)) continue
    row[field] = clean
    tell(field, 'unstorable_character')
  }
  return JSON.stringify(row)
}

/** Keys too. Its depth is bounded by then. */
function mended(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '').toWellFormed()
  if (Array.isArray(value)) return value.map(mended)
  if (!isRecord(value)) return value
  const entries = Object.entries(value)
  return Object.fromEntries(entries.map(([key, inner]) => [mended(key), mended(inner)]))
}
