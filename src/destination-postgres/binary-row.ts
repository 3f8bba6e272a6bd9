// A scanned row in COPY's binary format: the server copies what it would have to read (numbers,
// dates, instants) from text. Its types are those of `ColumnType`, exactly.
import { copyValue } from '../postgres/copy.ts'
import { uuid } from '../std/ids.ts'
import {
  CONTAINER,
  DECIMAL,
  FALSE,
  INTEGER,
  type LineScanner,
  NULL,
  STRING,
  TRUE,
} from './line-scanner.ts'
import { dayAt, dayBytes, PlainTime } from './plain-time.ts'
import { copied, Lead, type RowWriter, uuidBytes } from './row-writer.ts'
import type { RowBuilder } from './row.ts'
import { type ColumnType, META_COLUMNS, type Table } from './table.ts'

export class BinaryRow implements RowWriter {
  readonly #types: readonly ColumnType[]
  readonly #required: readonly boolean[]
  readonly #head: Buffer
  readonly #lead: Lead
  readonly #time = new PlainTime()

  constructor({ columns, key }: Table, builder: RowBuilder) {
    this.#types = columns.map(({ type }) => type)
    this.#required = columns.map((column) => key.includes(column))
    this.#head = Buffer.alloc(COUNT_BYTES + LENGTH_BYTES)
    this.#head.writeUInt16BE(META_COLUMNS.length + columns.length)
    this.#head.writeInt32BE(uuidBytes, COUNT_BYTES)
    this.#lead = new Lead((emittedAt) => leadOf(emittedAt, builder))
  }

  roomFor(lineBytes: number, emittedAt: number): number {
    const around = this.#head.length + uuidBytes + this.#lead.of(emittedAt).length
    return around + lineBytes + this.#types.length * (LENGTH_BYTES + valueBytesMax)
  }

  write(found: LineScanner, line: Buffer, to: Buffer, from: number): number {
    const { kinds, emittedAt } = found
    let at = from + this.#head.copy(to, from)
    at += to.write(uuid(), at, 'latin1')
    at += this.#lead.of(emittedAt).copy(to, at)
    for (let i = 0; i < kinds.length; i++) {
      if (kinds[i] === NULL) {
        if (this.#required[i] === true) return -1
        at = to.writeInt32BE(NULL_LENGTH, at)
        continue
      }
      const value = at + LENGTH_BYTES
      const end = this.#value(found, i, line, to, value)
      if (end === -1) return -1
      to.writeInt32BE(end - value, at)
      at = end
    }
    return at
  }

  /** Writes a value and answers the place behind it; -1 where its column's type is another one. */
  #value(found: LineScanner, i: number, line: Buffer, to: Buffer, at: number): number {
    const { kinds, starts, ends } = found
    const kind = kinds[i] ?? NULL
    const start = starts[i] ?? 0
    const end = ends[i] ?? 0
    const type = this.#types[i] ?? 'jsonb'
    switch (type) {
      case 'varchar':
        return kind === CONTAINER ? -1 : copied(line, start, end, to, at)
      case 'jsonb': {
        to[at] = JSONB_VERSION
        const quote = kind === STRING ? 1 : 0
        return copied(line, start - quote, end + quote, to, at + 1)
      }
      case 'numeric':
        return kind === INTEGER || kind === DECIMAL ? numeric(line, start, end, to, at) : -1
      case 'bigint':
        return kind === INTEGER ? bigint(to, wholeAt(line, start, end), at) : -1
      case 'boolean':
        if (kind !== TRUE && kind !== FALSE) return -1
        to[at] = kind === TRUE ? 1 : 0
        return at + 1
      default:
        return kind === STRING ? this.#temporal(type, line, start, end, to, at) : -1
    }
  }

  #temporal(type: ColumnType, line: Buffer, start: number, end: number, to: Buffer, at: number) {
    const time = this.#time
    if (type === 'time' || type === 'timetz') {
      if (!time.read(line, start, end)) return -1
      const behindIt = bigint(to, time.micros, at)
      // Seconds to the west.
      return type === 'time' ? behindIt : to.writeInt32BE(-60 * time.offsetMinutes, behindIt)
    }
    const day = dayAt(line, start)
    if (day === -1) return -1
    const dayEnd = start + dayBytes
    if (type === 'date') return dayEnd === end ? to.writeInt32BE(daysTo(day), at) : -1
    const separator = line[dayEnd]
    if (separator !== LETTER_T && separator !== SPACE) return -1
    if (!time.read(line, dayEnd + 1, end)) return -1
    const offset = type === 'timestamptz' ? 60 * time.offsetMinutes : 0
    const seconds = Math.floor(time.micros / MICROS)
    return instant(to, daysTo(day) * DAY_SECONDS + seconds - offset, time.micros % MICROS, at)
  }
}

const COUNT_BYTES = 2
const LENGTH_BYTES = 4
const NULL_LENGTH = -1
/** Of a value that is longer than its text: a numeric of one digit, or of fifteen. */
const valueBytesMax = 24
const JSONB_VERSION = 1
const MICROS = 1_000_000
const DAY_SECONDS = 86_400
const HALF = 2 ** 32
const MINUS = 45
const POINT = 46
const ZERO = 48
const SPACE = 32
const LETTER_T = 84

/** The cells between a row's id and its values. */
function leadOf(emittedAt: number, builder: RowBuilder): Buffer {
  const [, , meta = '', generation = ''] = builder.lead(emittedAt).split('\t')
  const json = Buffer.from(copyValue(meta))
  const bytes = Buffer.alloc(3 * LENGTH_BYTES + 8 + 1 + json.length + 8)
  let at = bytes.writeInt32BE(8)
  at = bigint(bytes, (emittedAt - Date.UTC(2000, 0)) * 1_000, at)
  at = bytes.writeInt32BE(1 + json.length, at)
  at = bytes.writeUInt8(JSONB_VERSION, at)
  at += json.copy(bytes, at)
  at = bytes.writeInt32BE(8, at)
  bytes.writeBigInt64BE(BigInt(generation), at)
  return bytes
}

function wholeAt(line: Buffer, start: number, end: number): number {
  const isNegative = line[start] === MINUS
  let value = 0
  for (let at = isNegative ? start + 1 : start; at < end; at++) {
    value = value * 10 + (line[at] ?? 0) - ZERO
  }
  return isNegative ? -value : value
}

/** A safe integer. */
function bigint(to: Buffer, value: number, at: number): number {
  const high = Math.floor(value / HALF)
  return to.writeUInt32BE(value - high * HALF, to.writeInt32BE(high, at))
}

/** Microseconds since 2000, which beyond the year 2285 no double counts. */
function instant(to: Buffer, seconds: number, micros: number, at: number): number {
  const upper = Math.floor(seconds / 65_536)
  const millions = upper * MICROS
  const high = Math.floor(millions / 65_536)
  const rest = (millions - high * 65_536) * 65_536 + (seconds - upper * 65_536) * MICROS + micros
  const carried = Math.floor(rest / HALF)
  return to.writeUInt32BE(rest - carried * HALF, to.writeInt32BE(high + carried, at))
}

/** Of YYYYMMDD, since 2000-01-01. The year begins in March, so that its odd day is its last. */
function daysTo(day: number): number {
  const ofMonth = day % 100
  const month = Math.floor(day / 100) % 100
  const year = Math.floor(day / 10_000) - (month > 2 ? 0 : 1)
  const leap = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400)
  const ofYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + ofMonth
  return year * 365 + leap + ofYear - DAYS_TO_2000
}

/** From the 29th of February before the year 0. */
const DAYS_TO_2000 = 730_426

/**
 * Four digits of the number in each of PostgreSQL's, in which the point is between two; zeros at
 * either end go as it reads them.
 */
function numeric(line: Buffer, from: number, end: number, to: Buffer, at: number): number {
  const isNegative = line[from] === MINUS
  const start = isNegative ? from + 1 : from
  let point = start
  while (point < end && line[point] !== POINT) point++
  const groups = Math.ceil((point - start) / 4)
  const digits = at + 8
  let place = digits
  let group = 0
  for (let i = start; i < point; i++) {
    group = group * 10 + (line[i] ?? 0) - ZERO
    if ((point - i) % 4 !== 1) continue
    place = to.writeUInt16BE(group, place)
    group = 0
  }
  const scale = Math.max(0, end - point - 1)
  for (let i = 0; i < Math.ceil(scale / 4) * 4; i++) {
    group = group * 10 + (i < scale ? (line[point + 1 + i] ?? 0) - ZERO : 0)
    if (i % 4 !== 3) continue
    place = to.writeUInt16BE(group, place)
    group = 0
  }
  to.writeUInt16BE((place - digits) / 2, at)
  to.writeInt16BE(groups - 1, at + 2)
  to.writeUInt16BE(isNegative ? NEGATIVE : 0, at + 4)
  to.writeUInt16BE(scale, at + 6)
  return place
}

const NEGATIVE = 0x4000
