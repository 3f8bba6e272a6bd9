// Rows of one stream until they are committed together: COPY data in buffers, kept until the
// commit so that a first load that meets a key twice can go the other way. What the scanner takes
// is binary and what the parser reads is text, each a run of its own, so that rows stay in their
// order of arrival. Within a batch no row comes after a tombstone of its key, so "rows, then
// tombstones" is that order, too.
import type { RecordMessage } from '../protocol/message.ts'
import { monotonicMs } from '../std/clock.ts'
import { Pieces } from './pieces.ts'
import type { RowBuilder } from './row.ts'
import type { RowScanner } from './row-scanner.ts'
import type { Run } from './run.ts'

/** A batch ends at the first of these (L9). */
const batchRowsMax = 50_000
const batchBytesMax = 8 * 1024 * 1024
export const batchMsMax = 30_000

/** Each run is a COPY: where rows of both kinds alternate the scanner's go as text, too. */
const runsMax = 16

export interface SealedBatch {
  rejected: number
  rows: readonly Run[]
  tombstones: readonly Buffer[]
}

export class Batch {
  /** Records without a usable key, which are in no row. */
  rejected = 0
  readonly #builder: RowBuilder
  readonly #since = monotonicMs()
  readonly #rows: Run[] = []
  /** Of the runs that are ended. */
  #runsBytes = 0
  /** The run that grows, and what the next one will be, which is of the other format. */
  #isBinary = false
  #pieces = new Pieces()
  #next = new Pieces()
  readonly #tombstones = new Pieces()
  #count = 0
  readonly #deletedKeys = new Set<string>()

  constructor(builder: RowBuilder) {
    this.#builder = builder
  }

  /** What is in whole pieces. */
  get bytes(): number {
    return this.#runsBytes + this.#pieces.bytes + this.#tombstones.bytes
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
    if (this.#deletedKeys.size > 0) return false
    const isBinary = this.#isBinary || this.#rows.length < runsMax
    const pieces = isBinary === this.#isBinary ? this.#pieces : this.#next
    if (!scanner.take(line, from, end, pieces, isBinary)) return false
    this.#turnTo(isBinary)
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
    } else {
      this.#turnTo(false)
      this.#pieces.add(text)
    }
    return true
  }

  seal(): SealedBatch {
    const { rejected } = this
    this.#endRun()
    return { rejected, rows: this.#rows, tombstones: this.#tombstones.seal() }
  }

  #turnTo(isBinary: boolean): void {
    if (isBinary === this.#isBinary) return
    this.#endRun()
    this.#isBinary = isBinary
    this.#pieces = this.#next
    this.#next = new Pieces()
  }

  #endRun(): void {
    const chunks = this.#pieces.seal()
    if (chunks.length > 0) this.#rows.push({ isBinary: this.#isBinary, chunks })
    this.#runsBytes += this.#pieces.bytes
  }
}
