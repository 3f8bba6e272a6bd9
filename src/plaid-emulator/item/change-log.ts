// The change log behind /transactions/sync: positions from 1, each the latest change of one row.
// What a reader has missed since a position is what stands after it, so that a page costs its own
// length and a row that came and went in between shows nothing (L1: full history has no removals).
// Rows that were there from the beginning cost no memory until something happens to them.
import { assert } from '../../std/errors.ts'

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

const REPLACED = -1

export class ChangeLog {
  /** Rows 0..n-1 stand at positions 1..n. */
  readonly #founders: number
  /** Positions after the founders'. */
  readonly #tail: RowNumber[] = []
  readonly #last = new Map<RowNumber, number>()
  readonly #born = new Map<RowNumber, number>()
  readonly #gone = new Set<RowNumber>()

  constructor(founders = 0) {
    this.#founders = founders
  }

  get head(): number {
    return this.#founders + this.#tail.length
  }

  /** The row appeared, or changed. */
  put(row: RowNumber): void {
    assert(!this.#gone.has(row), 'a row that is gone must not come back: the bank gives a new id')
    this.#move(row)
  }

  remove(row: RowNumber): void {
    this.#move(row)
    this.#gone.add(row)
  }

  /** The row appeared and is not gone. */
  isThere(row: RowNumber): boolean {
    return (row < this.#founders || this.#last.has(row)) && !this.#gone.has(row)
  }

  isGone(row: RowNumber): boolean {
    return this.#gone.has(row)
  }

  /**
   * A page of the changes after `after`, as they look to a reader whose loop began at `start`.
   * Rows that `of` refuses are passed over.
   */
  read(start: number, after: number, count: number, of = everyRow): LogPage {
    const changes: Change[] = []
    let position = after
    for (let at = after + 1; at <= this.head; at++) {
      const change = this.#changeAt(at, start)
      if (change === undefined || !of(change.row)) continue
      if (changes.length === count) return { changes, position, hasMore: true }
      changes.push(change)
      position = at
    }
    return { changes, position: this.head, hasMore: false }
  }

  #changeAt(at: number, start: number): Change | undefined {
    const row = at <= this.#founders ? at - 1 : (this.#tail[at - this.#founders - 1] ?? REPLACED)
    if (row === REPLACED) return undefined
    if (at <= this.#founders && this.#last.has(row)) return undefined
    const seen = (this.#born.get(row) ?? row + 1) <= start
    if (this.#gone.has(row)) return seen ? { kind: 'removed', row } : undefined
    return { kind: seen ? 'modified' : 'added', row }
  }

  #move(row: RowNumber): void {
    const before = this.#last.get(row)
    if (before !== undefined) this.#tail[before - this.#founders - 1] = REPLACED
    this.#tail.push(row)
    this.#last.set(row, this.head)
    if (row >= this.#founders && before === undefined) this.#born.set(row, this.head)
  }
}

function everyRow(_row: RowNumber): boolean {
  return true
}
