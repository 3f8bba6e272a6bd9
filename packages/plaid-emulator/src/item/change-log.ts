// The change log behind /transactions/sync: positions from 1, each the latest change of one row.
// What a reader has missed since a position is what stands after it, so that a page costs its own
// length and a row that came and went in between shows nothing (L1: full history has no removals).
// Rows that were there from the beginning cost no memory until something happens to them; a later
// one costs three numbers.
import { assert } from '../../../../src/std/errors.ts'

/** A row of the ledger, by its number there. */
export type RowNumber = number

export interface Change {
  kind: 'added' | 'modified' | 'removed'
  row: RowNumber
}

export interface LogPage {
  changes: Change[]
  /** The position that this page reaches. */
  position: number
  hasMore: boolean
}

/**
 * Positions that one page looks at: where nearly all were passed over since (rows changed again,
 * or of another account), a page is short rather than slow.
 */
export const scanPositionsMax = 20_000

export class ChangeLog {
  /** Rows 0..n-1 stand at positions 1..n. */
  readonly #founders: number
  /** The rows that changed, at the positions after the founders'. */
  readonly #tail: RowNumber[] = []
  /** Where each row changed last: negative when it is gone since, 0 when it never appeared. */
  readonly #touched = new Map<RowNumber, number>()
  readonly #last: number[] = []
  /** Where each row that is no founder appeared. */
  readonly #born: number[] = []

  constructor(founders = 0) {
    this.#founders = founders
  }

  get head(): number {
    return this.#founders + this.#tail.length
  }

  /** Positions that take memory: all but the founders'. */
  get changed(): number {
    return this.#tail.length
  }

  /** The row appeared, or changed. */
  put(row: RowNumber): void {
    assert(!this.isGone(row), 'a row that is gone must not come back: the bank gives a new id')
    this.#tail.push(row)
    this.#set(row, this.head)
  }

  remove(row: RowNumber): void {
    this.#tail.push(row)
    this.#set(row, -this.head)
  }

  /** The row appeared and is not gone. */
  isThere(row: RowNumber): boolean {
    return this.#lastOf(row) > 0
  }

  isGone(row: RowNumber): boolean {
    return this.#lastOf(row) < 0
  }

  /**
   * A page of the changes after `after`, as they look to a reader whose loop began at `start`.
   * Rows that `of` refuses are passed over.
   */
  read(start: number, after: number, count: number, of = everyRow): LogPage {
    const changes: Change[] = []
    const end = Math.min(this.head, after + scanPositionsMax)
    let position = after
    for (let at = after + 1; at <= end; at++) {
      const change = this.#changeAt(at, start)
      if (change === undefined || !of(change.row)) continue
      if (changes.length === count) return { changes, position, hasMore: true }
      changes.push(change)
      position = at
    }
    return { changes, position: end, hasMore: end < this.head }
  }

  #changeAt(at: number, start: number): Change | undefined {
    const later = at - this.#founders - 1
    const row = later < 0 ? at - 1 : (this.#tail[later] ?? 0)
    const last = this.#lastOf(row)
    if (last !== at && last !== -at) return undefined
    const seen = this.#bornAt(row) <= start
    if (last < 0) return seen ? { kind: 'removed', row } : undefined
    return { kind: seen ? 'modified' : 'added', row }
  }

  #lastOf(row: RowNumber): number {
    if (row < this.#founders) return this.#touched.get(row) ?? row + 1
    return this.#last[row - this.#founders] ?? 0
  }

  #bornAt(row: RowNumber): number {
    return row < this.#founders ? row + 1 : (this.#born[row - this.#founders] ?? 0)
  }

  #set(row: RowNumber, position: number): void {
    if (row < this.#founders) {
      this.#touched.set(row, position)
      return
    }
    const later = row - this.#founders
    // rows may appear in another order than they are numbered
    while (this.#last.length <= later) {
      this.#last.push(0)
      this.#born.push(0)
    }
    if (this.#born[later] === 0) this.#born[later] = Math.abs(position)
    this.#last[later] = position
  }
}

function everyRow(_row: RowNumber): boolean {
  return true
}
