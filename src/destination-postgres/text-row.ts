// A scanned row as a line of COPY's text format: what the scanner takes has no character that would
// want an escape, so it is copied as it stands in the record.
import { copyNull } from '../postgres/copy.ts'
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
import type { ColumnType, Table } from './table.ts'

export class TextRow implements RowWriter {
  readonly #types: readonly ColumnType[]
  readonly #required: readonly boolean[]
  readonly #lead: Lead
  readonly #time = new PlainTime()

  constructor({ columns, key }: Table, builder: RowBuilder) {
    this.#types = columns.map(({ type }) => type)
    this.#required = columns.map((column) => key.includes(column))
    this.#lead = new Lead((emittedAt) => Buffer.from(builder.lead(emittedAt)))
  }

  roomFor(lineBytes: number, emittedAt: number): number {
    const around = uuidBytes + this.#lead.of(emittedAt).length + 1
    return around + lineBytes + this.#types.length * NULL_CELL.length
  }

  write(found: LineScanner, line: Buffer, to: Buffer, from: number): number {
    const { kinds, emittedAt } = found
    let at = from + to.write(uuid(), from, 'latin1')
    at += this.#lead.of(emittedAt).copy(to, at)
    for (let i = 0; i < kinds.length; i++) {
      if (kinds[i] === NULL) {
        if (this.#required[i] === true) return -1
        for (let n = 0; n < NULL_CELL.length; n++) to[at++] = NULL_CELL[n] ?? 0
        continue
      }
      to[at++] = TAB
      at = this.#cell(found, i, line, to, at)
      if (at === -1) return -1
    }
    to[at++] = NEWLINE
    return at
  }

  /** Writes a value and answers the place behind it; -1 where its column's type is another one. */
  #cell(found: LineScanner, i: number, line: Buffer, to: Buffer, at: number): number {
    const { kinds, starts, ends } = found
    const kind = kinds[i] ?? NULL
    const start = starts[i] ?? 0
    const end = ends[i] ?? 0
    const type = this.#types[i] ?? 'jsonb'
    switch (type) {
      case 'varchar':
        return kind === CONTAINER ? -1 : copied(line, start, end, to, at)
      case 'jsonb':
        return kind === STRING
          ? copied(line, start - 1, end + 1, to, at)
          : copied(line, start, end, to, at)
      case 'numeric':
        return kind === INTEGER || kind === DECIMAL ? copied(line, start, end, to, at) : -1
      case 'bigint':
        return kind === INTEGER ? copied(line, start, end, to, at) : -1
      case 'boolean':
        if (kind !== TRUE && kind !== FALSE) return -1
        to[at] = kind === TRUE ? SMALL_T : SMALL_F
        return at + 1
      default:
        return kind === STRING ? this.#temporal(type, line, start, end, to, at) : -1
    }
  }

  #temporal(type: ColumnType, line: Buffer, start: number, end: number, to: Buffer, at: number) {
    if (type === 'time' || type === 'timetz') {
      if (!this.#time.read(line, start, end)) return -1
      if (type === 'time') return copied(line, start, this.#time.zone, to, at)
      const behindIt = copied(line, start, end, to, at)
      if (this.#time.hasZone) return behindIt
      to[behindIt] = LETTER_Z
      return behindIt + 1
    }
    if (dayAt(line, start) === -1) return -1
    const dayEnd = start + dayBytes
    if (type === 'date') return dayEnd === end ? copied(line, start, end, to, at) : -1
    const separator = line[dayEnd]
    if (separator !== LETTER_T && separator !== SPACE) return -1
    if (!this.#time.read(line, dayEnd + 1, end)) return -1
    if (type === 'timestamptz') return copied(line, start, end, to, at)
    const behindIt = copied(line, start, this.#time.zone, to, at)
    to[at + dayBytes] = SPACE
    return behindIt
  }
}

const NULL_CELL = Buffer.from(`\t${copyNull}`)
const TAB = 9
const NEWLINE = 10
const SPACE = 32
const LETTER_T = 84
const LETTER_Z = 90
const SMALL_F = 102
const SMALL_T = 116
