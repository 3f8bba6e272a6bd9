// Opaque cursors: what a page's reader hands back. They are ours to read only, so a damaged or
// foreign one is the caller's error, never a 500.
import { createHash } from 'node:crypto'
import { ConfigError } from '../std/errors.ts'

export function encodeCursor(value: Record<string, string | null>): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** These fields and no other, so that another endpoint's cursor is refused. */
export function decodeCursor<K extends string>(
  cursor: string,
  fields: readonly K[],
): Record<K, string | null> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    throw invalidCursor()
  }
  if (typeof value !== 'object' || value === null) throw invalidCursor()
  const found = value as Record<string, unknown>
  const known =
    Object.keys(found).length === fields.length && fields.every((field) => storable(found[field]))
  if (!known) throw invalidCursor()
  return value as Record<K, string | null>
}

/** What the database can be asked with: it knows no NUL. */
function storable(value: unknown): boolean {
  return value === null || (typeof value === 'string' && !value.includes('\0'))
}

/** The list that a cursor goes on in, by everything that chooses its rows and their order. */
export function listOf(wanted: unknown): string {
  return createHash('sha256').update(JSON.stringify(wanted)).digest('base64url')
}

export function invalidCursor(): ConfigError {
  return new ConfigError('CURSOR_INVALID', 'the cursor is not one that this endpoint gave', {
    field: 'cursor',
  })
}

const DAY = /^(?!0000)\d{4}-\d{2}-\d{2}$/
const TIME = /^(T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(Z|[+-](?:0\d|1[0-5]):[0-5]\d)$/

/** A day that the calendar has: `Date` takes 2026-02-31 for the 3rd of March. */
export function isDay(text: string): boolean {
  if (!DAY.test(text)) return false
  const [year, month, day] = [text.slice(0, 4), text.slice(5, 7), text.slice(8)].map(Number)
  return day !== undefined && day >= 1 && day <= daysOf(year ?? 0, month ?? 0)
}

function daysOf(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0)
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** One of another's, in UTC; undefined where it is none, or of no year that all databases have. */
export function instantOf(text: unknown): string | undefined {
  const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN
  const utc = Number.isNaN(ms) ? '' : new Date(ms).toISOString()
  return isDay(utc.slice(0, 10)) ? utc : undefined
}

/**
 * An instant as a caller may write it, checked so that the database never has to refuse it, and
 * in the feed's own form, in which text compares as time does.
 */
export function checkStamp(text: string, field: string): string {
  const day = text.slice(0, 10)
  const [, time, fraction = '', zone] = TIME.exec(text.slice(10) || 'T00:00:00Z') ?? []
  const at = isDay(day) && time !== undefined ? Date.parse(`${day}${time}${zone}`) : NaN
  const utc = Number.isNaN(at) ? '' : new Date(at).toISOString()
  if (!isDay(utc.slice(0, 10))) {
    throw new ConfigError(
      'STAMP_INVALID',
      `${field} must be an instant like 2026-01-31T12:00:00Z`,
      { field },
    )
  }
  return `${utc.slice(0, 19)}.${fraction.padEnd(6, '0')}Z`
}
