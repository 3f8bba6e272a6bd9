// Rows of one stream until they are committed together: COPY text in buffers, kept until the
// commit so that a first load that meets a key twice can go the other way. Within a batch no row
// comes after a tombstone of its key, so "rows, then tombstones" is their order of arrival.
import type { RecordMessage } from '../protocol/message.ts'
import { monotonicMs } from '../std/clock.ts'
import type { RowBuilder } from './row.ts'

/** A batch ends at the first of these (L9). */
const batchRowsMax = 50_000
const batchBytesMax = 8 * 1024 * 1024
export const batchMsMax = 30_000

export interface SealedBatch {
  rejected: number
  rows: readonly Buffer[]
  tombstones: readonly Buffer[]
}

/** Pieces of this size cost one encoding and one write each. */
const pieceChars = 64 * 1024

export class Batch {
  bytes = 0
  /** Records without a usable key, which are in no row. */
  rejected = 0
  readonly #builder: RowBuilder
  readonly #since = monotonicMs()
  readonly #rows: Buffer[] = []
  #count = 0
  #text = ''
  #tombstones = ''
  readonly #deletedKeys = new Set<string>()

  constructor(builder: RowBuilder) {
    this.#builder = builder
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
      this.#tombstones += text
      this.bytes += text.length
    } else {
      this.#text += text
      if (this.#text.length >= pieceChars) this.#cut()
    }
    return true
  }

  seal(): SealedBatch {
    if (this.#text !== '') this.#cut()
    return {
      rejected: this.rejected,
      rows: this.#rows,
      tombstones: this.#tombstones === '' ? [] : [Buffer.from(this.#tombstones)],
    }
  }

  #cut(): void {
    const piece = Buffer.from(this.#text)
    this.#text = ''
    this.#rows.push(piece)
    this.bytes += piece.length
  }
}
