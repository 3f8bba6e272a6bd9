// What an Item shows of its bank: accounts and rows, with the log of what changed. Two kinds keep
// this promise: somebody's who lives, and the large generated one.
import type { AccountBase } from 'plaid'
import type { View } from '../world/render.ts'
import type { ChangeLog, RowNumber } from './change-log.ts'

export type Readiness = 'NOT_READY' | 'INITIAL_UPDATE_COMPLETE' | 'HISTORICAL_UPDATE_COMPLETE'

/** What a test asks the bank to do at once, in rows. */
export interface Mutation {
  add: number
  modify: number
  remove: number
}

/** Something that an application would be told of: what came, at the bank's own time. */
export interface News {
  at: number
  /** The last month came, the whole history came, or something changed after that. */
  kind: 'initial' | 'historical' | 'update'
  /** New rows, and the ids of those that are gone. */
  added: number
  removed: string[]
}

export interface Ledger {
  readonly log: ChangeLog
  readonly readiness: Readiness
  /** The instant of the last look at the bank. */
  readonly pulledAt: number
  /** Brings in what the bank had by `now`, at the bank's own times. */
  catchUp(now: number): void
  /** Looks at the bank at once; true when something was new. */
  refresh(now: number): boolean
  mutate(now: number, mutation: Mutation): void
  /** What came since the last call, in order. */
  takeNews(): News[]
  /** Every account; `transactions: true` leaves those that have transactions. */
  accounts(only?: { transactions: boolean }): AccountBase[]
  accountOf(row: RowNumber): string
  transactionId(row: RowNumber): string
  /** The row as JSON, in pieces. */
  write(out: string[], row: RowNumber, view: View): void
  /** How many rows were ever here; those that are gone count too. */
  readonly rowCount: number
}

/** Rows that live, spread over the ledger, chosen by `draw`; each at most once. */
export function chooseRows(
  ledger: Pick<Ledger, 'log' | 'rowCount'>,
  count: number,
  draw: (i: number) => number,
): RowNumber[] {
  const chosen = new Set<RowNumber>()
  for (let i = 0; i < count && chosen.size < ledger.rowCount; i++) {
    const first = draw(i) % ledger.rowCount
    for (let step = 0; step < ledger.rowCount; step++) {
      const row = (first + step) % ledger.rowCount
      if (chosen.has(row) || !ledger.log.isThere(row)) continue
      chosen.add(row)
      break
    }
    if (chosen.size === i) break // nothing that lives is left
  }
  return [...chosen]
}

/** A mutation adds a dollar, as the Sandbox does. */
export const MODIFIED_BY_CENTS = 100

export function dollars<T extends number | null>(cents: T): T {
  return (cents === null ? null : cents / 100) as T
}
