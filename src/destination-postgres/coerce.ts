// A JSON value as its column's text, or the reason why it does not fit. PostgreSQL refuses a whole
// COPY for one bad value, so nothing may pass here that it would refuse; what does not fit becomes
// null and is told in _airbyte_meta.
import { exactText } from '../std/exact-json.ts'
import type { ColumnType } from './table.ts'

/** Airbyte's reasons for a value that is left out. */
export type Misfit = 'DESTINATION_SERIALIZATION_ERROR' | 'DESTINATION_FIELD_SIZE_LIMITATION'

export const MISFIT = Symbol('does not fit')
export const TOO_LARGE = Symbol('too large')

/** The value's text, not yet escaped for COPY. `value` is neither null nor undefined. */
export function coerce(
  type: ColumnType,
  value: unknown,
): string | typeof MISFIT | typeof TOO_LARGE {
  switch (type) {
    case 'varchar':
      return typeof value === 'string' ? value : (exactText(value) ?? JSON.stringify(value))
    case 'numeric':
      return numeric(value)
    case 'bigint':
      return bigint(value)
    case 'boolean':
      return boolean(value)
    case 'jsonb':
      return jsonb(value)
    default:
      return typeof value === 'string' ? temporal(type, value) : MISFIT
  }
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?$/i
/** PostgreSQL: at most 131,072 digits before the point, 16,383 behind it. */
const numericCharsMax = 16_000

function numeric(value: unknown): string | typeof MISFIT | typeof TOO_LARGE {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : TOO_LARGE
  const text = typeof value === 'string' ? value.trim() : exactText(value)
  if (text === undefined || !NUMBER.test(text)) return MISFIT
  return text.length > numericCharsMax ? TOO_LARGE : text
}

const bigintMax = 2n ** 63n - 1n
const INTEGER = /^[+-]?\d+(\.0*)?$/

function bigint(value: unknown): string | typeof MISFIT | typeof TOO_LARGE {
  if (Number.isSafeInteger(value)) return String(value)
  const text = typeof value === 'string' ? value.trim() : exactText(value)
  if (text === undefined) return MISFIT
  if (!INTEGER.test(text)) return NUMBER.test(text) ? largeOrFraction(text) : MISFIT
  if (text.length > numericCharsMax) return TOO_LARGE
  const whole = BigInt(text.replace(/^\+|\..*$/g, ''))
  return whole > bigintMax || whole < -bigintMax - 1n ? TOO_LARGE : String(whole)
}

/** 1e3 is a thousand; 1e30 is too large for the column; 1.5 is no whole number. */
function largeOrFraction(text: string): string | typeof MISFIT | typeof TOO_LARGE {
  const number = Number(text)
  if (Number.isSafeInteger(number)) return String(number)
  return Math.abs(number) >= Number(bigintMax) ? TOO_LARGE : MISFIT
}

function boolean(value: unknown): string | typeof MISFIT {
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (typeof value !== 'string') return MISFIT
  const word = value.toLowerCase()
  if (word === 'true') return 't'
  return word === 'false' ? 'f' : MISFIT
}

/** jsonb has neither the NUL character nor half of a surrogate pair. */
function jsonb(value: unknown): string {
  const text = JSON.stringify(value)
  if (!text.includes('\\u0000') && !text.includes('\\ud')) return text
  return JSON.stringify(cleaned(value))
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (Array.isArray(value)) return value.map(cleaned)
  if (typeof value !== 'object' || value === null || exactText(value) !== undefined) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [cleanText(key), cleaned(inner)]),
  )
}

function cleanText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

type TemporalType = 'date' | 'timestamptz' | 'timestamp' | 'timetz' | 'time'

const DATE = /^\d{4}-\d\d-\d\d$/
const TIME = /^\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?$/
const DATE_LENGTH = 10

function temporal(type: TemporalType, text: string): string | typeof MISFIT {
  if (type === 'time' || type === 'timetz') return isTime(text) ? zoned(type, text) : MISFIT
  if (text.length === DATE_LENGTH) {
    return isDate(text) ? text : MISFIT // PostgreSQL reads a date as its midnight, ours is UTC
  }
  const separator = text[DATE_LENGTH]
  if (separator !== 'T' && separator !== ' ' && separator !== 't') return MISFIT
  const date = text.slice(0, DATE_LENGTH)
  const time = text.slice(DATE_LENGTH + 1)
  if (!isDate(date) || !isTime(time)) return MISFIT
  if (type === 'date') return date
  return type === 'timestamp' ? `${date} ${withoutZone(time)}` : text
}

/** A table's rows share few days: one that was found good is looked up. So many are kept (L9). */
const goodDates = new Set<string>()
const goodDatesMax = 10_000

function isDate(text: string): boolean {
  if (goodDates.has(text)) return true
  if (!isCalendarDate(text)) return false
  if (goodDates.size < goodDatesMax) goodDates.add(text)
  return true
}

function isCalendarDate(text: string): boolean {
  if (!DATE.test(text)) return false
  const year = Number(text.slice(0, 4))
  const month = Number(text.slice(5, 7))
  const day = Number(text.slice(8))
  if (day >= 1 && day <= 28) return year > 0 && month >= 1 && month <= 12
  return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

const offsetHoursMax = 15

function isTime(text: string): boolean {
  if (!TIME.test(text)) return false
  if (Number(text.slice(0, 2)) > 23 || Number(text.slice(3, 5)) > 59) return false
  if (text[5] === ':' && Number(text.slice(6, 8)) > 59) return false
  const zone = zoneAt(text)
  if (zone === -1 || text[zone] === 'Z') return true
  const minutes = text.slice(zone + 3).replace(':', '')
  return Number(text.slice(zone + 1, zone + 3)) <= offsetHoursMax && Number(minutes) <= 59
}

function zoneAt(time: string): number {
  return time.search(/[Z+-]/)
}

function withoutZone(time: string): string {
  const zone = zoneAt(time)
  return zone === -1 ? time : time.slice(0, zone)
}

function zoned(type: 'time' | 'timetz', time: string): string {
  if (type === 'time') return withoutZone(time)
  return zoneAt(time) === -1 ? `${time}Z` : time
}
