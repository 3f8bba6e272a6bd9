// Rows of one stream until they are committed together: COPY text in buffers, kept until the
// commit so that a first load that meets a key twice can go the other way. Within a batch no row
// comes after a tombstone of its key, so "rows, then tombstones" is their order of arrival.
import type { RecordMessage } from '../protocol/message.ts'
import { monotonicMs } from '../std/clock.ts'
import { Pieces } from './pieces.ts'
import type { RowBuilder } from './row.ts'
import type { RowScanner } from './row-scanner.ts'

/** A batch ends at the first of these (L9). */
const batchRowsMax = 50_000
const batchBytesMax = 8 * 1024 * 1024
export const batchMsMax = 30_000

export interface SealedBatch {
  rejected: number
  rows: readonly Buffer[]
  tombstones: readonly Buffer[]
}

export class Batch {
  /** Records without a usable key, which are in no row. */
  rejected = 0
  readonly #builder: RowBuilder
  readonly #since = monotonicMs()
  readonly #rows = new Pieces()
  readonly #tombstones = new Pieces()
  #count = 0
  readonly #deletedKeys = new Set<string>()

  constructor(builder: RowBuilder) {
    this.#builder = builder
  }

  /** What is in whole pieces. */
  get bytes(): number {
    return this.#rows.bytes + this.#tombstones.bytes
  }

  get isFull(): boolean {
    return this.bytes >= batchBytesMax || this.#count >= batchRowsMax
  }

  get isDue(): boolean {
    return !this.isEmpty && monotonicMs() - this.#since >= batchMsMax
  }

  get isEmpty(): boolean {
    return this.#count === 0 && this.rejected === 0
  }

  /** Whether the record must wait for the next batch. */
  refuses(record: RecordMessage): boolean {
    if (this.#deletedKeys.size === 0 || this.#builder.isTombstone(record)) return false
    return !this.#builder.exactKey || this.#deletedKeys.has(this.#builder.key(record) ?? '')
  }

  /** Whether the line was a row, and one that nothing in the batch forbids. */
  scan(scanner: RowScanner, line: Buffer, from: number, end: number): boolean {
    if (this.#deletedKeys.size > 0 || !scanner.take(line, from, end, this.#rows)) return false
    this.#count++
    return true
  }

  /** Whether the record could be taken. */
  add(record: RecordMessage, clean: boolean): boolean {
    const deletes = this.#builder.isTombstone(record)
    const text = deletes ? this.#builder.tombstone(record) : this.#builder.row(record, clean)
    if (text === undefined) {
      this.rejected++
      return false
    }
    this.#count++
    if (deletes) {
      this.#deletedKeys.add(this.#builder.key(record) ?? '')
      this.#tombstones.add(text)
    } else this.#rows.add(text)
    return true
  }

  seal(): SealedBatch {
    const { rejected } = this
    return { rejected, rows: this.#rows.seal(), tombstones: this.#tombstones.seal() }
  }
}
