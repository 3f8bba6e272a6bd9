// Dates, times and instants as PostgreSQL reads them. The usual spelling (RFC 3339) goes through as
// it came; every other one that says a day or a moment without doubt is written anew: years with a
// sign as Java has them, small letters, a comma before the fraction, offsets of any form, years
// before Christ. What depends on the day of reading (`now`) or on somebody's habits (02/03/2024) is
// no value.
import { type Coerced, MISFIT, TOO_LARGE } from './misfit.ts'
import { daysIn } from './plain-time.ts'

export type TemporalType = 'date' | 'timestamptz' | 'timestamp' | 'timetz' | 'time'

export function temporal(type: TemporalType, text: string): Coerced {
  if (type === 'time' || type === 'timetz') {
    return isPlainTime(text) ? zoned(type, text) : otherTime(type, text)
  }
  if (text.length === DATE_LENGTH) {
    if (isDate(text)) return text // PostgreSQL reads a date as its midnight, ours is UTC
    return otherInstant(type, text)
  }
  const separator = text[DATE_LENGTH]
  const date = text.slice(0, DATE_LENGTH)
  const time = text.slice(DATE_LENGTH + 1)
  if ((separator !== 'T' && separator !== ' ') || !isDate(date) || !isPlainTime(time)) {
    return otherInstant(type, text)
  }
  if (type === 'date') return date
  return type === 'timestamp' ? `${date} ${withoutZone(time)}` : text
}

// ---------------------------------------------------------------------------- the usual spelling

const DATE = /^\d{4}-\d\d-\d\d$/
const TIME = /^\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?$/
const DATE_LENGTH = 10

/** A table's rows share few days: one that was found good is looked up. So many are kept (L9). */
const goodDates = new Set<string>()
const goodDatesMax = 10_000

function isDate(text: string): boolean {
  if (goodDates.has(text)) return true
  if (!DATE.test(text)) return false
  const [year, month, day] = [text.slice(0, 4), text.slice(5, 7), text.slice(8)].map(Number)
  if (year === 0 || !isCalendarDay(year, month, day)) return false
  if (goodDates.size < goodDatesMax) goodDates.add(text)
  return true
}

/** `year` as astronomers count: 0 is 1 before Christ. */
function isCalendarDay(year = 0, month = 0, day = 0): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}

const offsetHoursMax = 15

function isPlainTime(text: string): boolean {
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

// ---------------------------------------------------------------------------- every other one

interface Day {
  /** As astronomers count: 0 is 1 before Christ. */
  year: number
  month: number
  day: number
}

interface Time {
  /** HH:MM:SS with its fraction. */
  text: string
  /** Since midnight, the fraction rounded to microseconds. */
  seconds: number
  /** Of the offset; undefined where there is none. */
  offset: number | undefined
}

const OTHER_DATE = /^([+-]?)(\d{4,9})([-/])(\d{1,2})\3(\d{1,2})/
const COMPACT_DATE = /^(\d{4})(\d\d)(\d\d)(?=\D|$)/
const ERA = /\s*(BC|AD)$/i
const INFINITY = /^([+-]?)infinity$/i
/** A longer one is no date. */
const charsMax = 200

function otherInstant(type: 'date' | 'timestamptz' | 'timestamp', given: string): Coerced {
  const text = given.length > charsMax ? '' : given.trim()
  const infinity = INFINITY.exec(text)
  if (infinity) return infinity[1] === '-' ? '-infinity' : 'infinity'
  const era = ERA.exec(text)?.[1]?.toUpperCase()
  const rest = era === undefined ? text : text.replace(ERA, '')
  const read = otherDay(rest, era)
  if (!read) return MISFIT
  const { day } = read
  // A day, or a day and a time after a T or a space.
  const time = read.after === '' ? midnight : timeAfter(read.after)
  if (!time) return MISFIT
  const name = dayText(day)
  const end = day.year > 0 ? '' : ' BC'
  if (type === 'date') return daysTo(day) > lastDay ? TOO_LARGE : within(day, `${name}${end}`)
  const offset = type === 'timestamptz' ? (time.offset ?? 0) : 0
  const seconds = daysTo(day) * daySeconds + time.seconds - offset
  if (seconds < firstDay * daySeconds || seconds >= endSeconds) return TOO_LARGE
  return `${name} ${time.text}${type === 'timestamptz' ? offsetText(offset) : ''}${end}`
}

const midnight: Time = { text: '00:00:00', seconds: 0, offset: undefined }

function otherDay(text: string, era: string | undefined): { day: Day; after: string } | undefined {
  const compact = COMPACT_DATE.exec(text)
  const [found, sign, ...parts] = compact
    ? [compact[0], '', compact[1], '-', compact[2], compact[3]]
    : (OTHER_DATE.exec(text) ?? [])
  if (found === undefined || (sign !== '' && era !== undefined)) return undefined
  const [written, month, day] = [parts[0], parts[2], parts[3]].map(Number)
  // ISO's year -43 is 44 before Christ, which is where the 1 comes from.
  const year = sign === '-' ? -(written ?? 0) : era === 'BC' ? 1 - (written ?? 0) : written
  if (written === 0 || !isCalendarDay(year, month, day)) return undefined
  return {
    day: { year: year ?? 0, month: month ?? 0, day: day ?? 0 },
    after: text.slice(found.length),
  }
}

function timeAfter(after: string): Time | undefined {
  const separator = after[0] ?? ''
  return /^[Tt\s]/.test(separator) ? readTime(after.slice(1).trim()) : undefined
}

function otherTime(type: 'time' | 'timetz', given: string): Coerced {
  const time = given.length > charsMax ? undefined : readTime(given.trim().replace(/^t/i, ''))
  if (!time) return MISFIT
  return type === 'time' ? time.text : time.text + offsetText(time.offset ?? 0)
}

const OTHER_TIME = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d*))?)?/
const COMPACT_TIME = /^(\d\d)(\d\d)(?:(\d\d)(?:[.,](\d*))?)?(?!\d)/
const ZONE = /^\s*(?:(z|utc|gmt)|([+-])(\d{1,2})(?::?(\d\d)(?::?(\d\d))?)?)(?:\[[^\]]*\])?$/i

function readTime(text: string): Time | undefined {
  const found = OTHER_TIME.exec(text) ?? COMPACT_TIME.exec(text)
  if (!found) return undefined
  const [hour = 0, minute = 0, second = 0] = found.slice(1, 4).map((part) => Number(part ?? 0))
  // PostgreSQL rounds to its microseconds; more digits than this no double tells apart.
  const fraction = (found[4] ?? '').slice(0, fractionDigits)
  const seconds = hour * 3_600 + minute * 60 + second
  // A leap second is the next minute's first, and 24:00 the next day's.
  const micros = microseconds(fraction)
  const overflows = seconds + micros / 1e6 > daySeconds
  if (hour > 24 || minute > 59 || second > 60 || overflows) return undefined
  const zone = text.slice(found[0].length)
  const offset = zone === '' ? undefined : offsetOf(zone)
  if (zone !== '' && offset === undefined) return undefined
  const clock = [hour, minute, second].map((part) => String(part).padStart(2, '0')).join(':')
  return {
    text: fraction === '' ? clock : `${clock}.${fraction}`,
    seconds: seconds + Math.floor(micros / 1e6),
    offset,
  }
}

const fractionDigits = 25

function microseconds(fraction: string): number {
  return Math.round(Number(`0.${fraction}`) * 1e6)
}

/** Seconds. */
function offsetOf(zone: string): number | undefined {
  const found = ZONE.exec(zone)
  if (!found) return undefined
  if (found[1] !== undefined) return 0
  const [hours = 0, minutes = 0, seconds = 0] = found.slice(3, 6).map((part) => Number(part ?? 0))
  if (hours > offsetHoursMax || minutes > 59 || seconds > 59) return undefined
  const size = hours * 3_600 + minutes * 60 + seconds
  return found[2] === '-' ? -size : size
}

function offsetText(offset: number): string {
  const size = Math.abs(offset)
  const parts = [Math.floor(size / 3_600), Math.floor(size / 60) % 60, size % 60]
  const text = parts.map((part) => String(part).padStart(2, '0')).join(':')
  return `${offset < 0 ? '-' : '+'}${text}`
}

function dayText({ year, month, day }: Day): string {
  const named = String(year > 0 ? year : 1 - year).padStart(4, '0')
  return `${named}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

function within(day: Day, text: string): Coerced {
  return daysTo(day) < firstDay ? TOO_LARGE : text
}

/** Days since 1 March of the year 0. Source: Howard Hinnant, chrono-compatible date algorithms. */
function daysTo({ year, month, day }: Day): number {
  const march = month > 2 ? year : year - 1
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const leaps = Math.floor(march / 4) - Math.floor(march / 100) + Math.floor(march / 400)
  return march * 365 + leaps + dayOfYear
}

const daySeconds = 86_400
/** PostgreSQL's bounds: Julian day 0; the last day of a date; the end of timestamps. */
const firstDay = daysTo({ year: -4713, month: 11, day: 24 })
const lastDay = daysTo({ year: 5_874_897, month: 12, day: 31 })
const endSeconds = daysTo({ year: 294_277, month: 1, day: 1 }) * daySeconds
