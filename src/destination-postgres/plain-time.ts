// Dates and times in bytes, in the one spelling that the scanner knows: YYYY-MM-DD, HH:MM:SS with
// up to six digits of a fraction, and Z, ±HH:MM or no offset. All that it takes is in the
// calendar, and within what PostgreSQL holds; every other spelling is temporal.ts's.

/** YYYYMMDD as one number; -1 where ten bytes are no day of the calendar. */
export function dayAt(line: Buffer, at: number): number {
  if (line[at + 4] !== DASH || line[at + 7] !== DASH) return -1
  const year = twoAt(line, at) * 100 + twoAt(line, at + 2)
  const month = twoAt(line, at + 5)
  const day = twoAt(line, at + 8)
  // Of what is no digit comes NaN, which is greater than nothing.
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return -1
  return year * 10_000 + month * 100 + day
}

export const dayBytes = 10

export function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** The time that was read last. */
export class PlainTime {
  /** Since midnight. */
  micros = 0
  /** East of Greenwich; 0 where nothing is said. */
  offsetMinutes = 0
  hasZone = false
  /** Where the zone begins, or would. */
  zone = 0

  /** Whether the bytes from `from` to `end` are a time. */
  read(line: Buffer, from: number, end: number): boolean {
    if (end - from < TIME_BYTES || line[from + 2] !== COLON || line[from + 5] !== COLON)
      return false
    const hour = twoAt(line, from)
    const minute = twoAt(line, from + 3)
    const second = twoAt(line, from + 6)
    if (!(hour <= 23 && minute <= 59 && second <= 59)) return false
    let at = from + TIME_BYTES
    let fraction = 0
    if (line[at] === POINT) {
      const first = ++at
      let weight = 100_000
      for (let digit = digitAt(line, at); digit >= 0; digit = digitAt(line, ++at)) {
        fraction += digit * weight
        weight = Math.trunc(weight / 10)
      }
      if (at === first || at - first > FRACTION_DIGITS) return false
    }
    this.micros = ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
    this.zone = at
    return this.#readZone(line, at, end)
  }

  #readZone(line: Buffer, at: number, end: number): boolean {
    this.hasZone = at < end
    this.offsetMinutes = 0
    if (at === end) return true
    if (line[at] === LETTER_Z) return at + 1 === end
    if (at + ZONE_BYTES !== end || line[at + 3] !== COLON) return false
    const hours = twoAt(line, at + 1)
    const minutes = twoAt(line, at + 4)
    if (!(hours <= OFFSET_HOURS_MAX && minutes <= 59)) return false
    const size = hours * 60 + minutes
    this.offsetMinutes = line[at] === DASH ? -size : size
    return line[at] === DASH || line[at] === PLUS
  }
}

const TIME_BYTES = 8
const ZONE_BYTES = 6
const FRACTION_DIGITS = 6
const OFFSET_HOURS_MAX = 15
const PLUS = 43
const DASH = 45
const POINT = 46
const ZERO = 48
const COLON = 58
const LETTER_Z = 90

/** Two digits as a number; NaN where they are none. */
function twoAt(line: Buffer, at: number): number {
  return digitAt(line, at) * 10 + digitAt(line, at + 1)
}

function digitAt(line: Buffer, at: number): number {
  const digit = (line[at] ?? 0) - ZERO
  return digit >= 0 && digit <= 9 ? digit : Number.NaN
}
