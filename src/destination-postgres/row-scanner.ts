// A stream's rows straight from the bytes of its lines: what the scanner finds is written, in
// either of COPY's formats, as the row that the parser's way would make of it: the same values, and
// as text byte for byte but for the white space within jsonb.
// A line that is not a plain row (line-scanner.ts), one whose value does not fit its column in the
// plainest spelling, and every tombstone are left to that way, which alone tells misfits.
import type { RecordMessage } from '../protocol/message.ts'
import { BinaryRow } from './binary-row.ts'
import { behind, LineScanner } from './line-scanner.ts'
import { type LineShape, shapeOf } from './line-shape.ts'
import type { Pieces } from './pieces.ts'
import type { RowBuilder } from './row.ts'
import type { RowWriter } from './row-writer.ts'
import type { Table } from './table.ts'
import { TextRow } from './text-row.ts'

/** After so many lines in a row that were not taken only each of so many is tried. */
const missesMax = 8

export class RowScanner {
  readonly #columns: ReadonlyMap<string, number>
  readonly #deletedField: string | undefined
  readonly #scanner: LineScanner
  readonly #binary: RowWriter
  readonly #text: RowWriter
  #shape: LineShape | undefined
  #misses = 0
  #isToLearn = true

  constructor(table: Table, builder: RowBuilder) {
    const { columns, deletedField } = table
    this.#binary = new BinaryRow(table, builder)
    this.#text = new TextRow(table, builder)
    this.#columns = new Map(columns.map(({ field }, i) => [field, i]))
    this.#deletedField = deletedField
    this.#scanner = new LineScanner(columns.length)
  }

  /** Whether a line begins as this stream's records do. */
  knows(line: Buffer, from: number): boolean {
    return this.#shape !== undefined && behind(line, from, this.#shape.head) !== -1
  }

  /** Adds the row of the line between `from` and `end`; false where the parser must read it. */
  take(line: Buffer, from: number, end: number, rows: Pieces, isBinary: boolean): boolean {
    if (!this.#shape) return false
    if (this.#misses >= missesMax && this.#misses++ % missesMax !== 0) return false
    const found = this.#scanner.scan(this.#shape, line, from, end)
    if (found === 'found' && this.#add(line, end - from, rows, isBinary)) {
      this.#misses = 0
      return true
    }
    this.#misses++
    this.#isToLearn = found === 'another shape'
    return false
  }

  /** Remembers how a record is written that the parser read, where that may help. */
  learn(line: string, record: RecordMessage): void {
    if (!this.#isToLearn) return
    this.#isToLearn = false
    const fields = { columns: this.#columns, deletedField: this.#deletedField }
    this.#shape = shapeOf(line, record, fields) ?? this.#shape
    this.#isToLearn = this.#shape === undefined
  }

  #add(line: Buffer, bytes: number, rows: Pieces, isBinary: boolean): boolean {
    const writer = isBinary ? this.#binary : this.#text
    rows.reserve(writer.roomFor(bytes, this.#scanner.emittedAt))
    const end = writer.write(this.#scanner, line, rows.open, rows.used)
    if (end === -1) return false
    rows.used = end
    return true
  }
}
