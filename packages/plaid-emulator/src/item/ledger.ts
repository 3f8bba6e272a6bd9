// What an Item shows of its bank: accounts and rows, with the log of what changed. Two kinds keep
// this promise: one that holds its rows (row-ledger.ts), and the large generated one.
import type { AccountBase, Transaction } from 'plaid'
import { ConfigError } from '../../../../src/std/errors.ts'
import type { WorldAccount } from '../world/account.ts'
import type { Draft } from '../world/lifecycle.ts'
import type { View } from '../world/render.ts'
import type { PlacedAccount } from './accounts.ts'
import type { ChangeLog, RowNumber } from './change-log.ts'

export type Readiness = 'NOT_READY' | 'INITIAL_UPDATE_COMPLETE' | 'HISTORICAL_UPDATE_COMPLETE'

/** What a test asks the bank to do at once, in rows. */
export interface Mutation {
  add: number
  modify: number
  remove: number
}

/** A row that somebody invents, in the words of the bank's statement. */
export interface NewRow {
  /** The account's place; null for the first one that takes deposits. */
  place: number | null
  description: string
  cents: number
  /** Where it is not the account's. */
  currency?: string
  occurredAt: number
  /** Null leaves it pending. */
  postedAt: number | null
}

/** What happens at a bank out of turn; an Item remembers it, so that a restart does it again. */
export type Deed =
  | { kind: 'refresh' }
  | { kind: 'mutate'; mutation: Mutation }
  /** Which accounts the Item shows, by their places; null is all of them. */
  | { kind: 'select'; places: number[] | null }
  /** These accounts, and so all their rows, come under new ids. */
  | { kind: 'churn'; places: number[] }
  /** A new account at the bank, with what is on it. */
  | { kind: 'open'; account: WorldAccount }
  | { kind: 'add'; rows: NewRow[] }
  /** A pending row posts now, or vanishes; any row may vanish. */
  | { kind: 'post' | 'remove'; transactionId: string }
  | { kind: 'amount'; transactionId: string; cents: number }

/** Something that an application would be told of: what came, at the bank's own time. */
export interface News {
  at: number
  /** The last month came, the whole history came, or something changed after that. */
  kind: 'initial' | 'historical' | 'update'
  /** New rows, and the ids of those that are gone. */
  added: number
  removed: string[]
}

/** Living rows of these days and accounts, the newest first. */
export interface WindowQuery {
  firstDay: number
  lastDay: number
  /** Undefined is every account. */
  accountIds: readonly string[] | undefined
  offset: number
  count: number
}

export interface Ledger {
  readonly log: ChangeLog
  readonly readiness: Readiness
  /** The instant of the last look at the bank. */
  readonly pulledAt: number
  /** Brings in what the bank had by `now`, at the bank's own times. */
  catchUp(now: number): void
  /** Does it; false when it left no trace. */
  act(now: number, deed: Deed): boolean
  /** What came since the last call, in order. */
  takeNews(): News[]
  /** What came up to then was told before. */
  forgetNews(until: number): void
  /** Every account that is shown; `transactions: true` leaves those that have transactions. */
  accounts(only?: { transactions: boolean }): AccountBase[]
  /** Every account at the bank. */
  offers(): PlacedAccount[]
  /** All that happened at the bank by the day of the last look; nothing where rows are computed. */
  drafts(): readonly Draft[]
  accountOf(row: RowNumber): string
  transactionId(row: RowNumber): string
  /** The row as JSON, in pieces. */
  write(out: string[], row: RowNumber, view: View): void
  window(query: WindowQuery): { total: number; rows: RowNumber[] }
  /** How many rows were ever here; those that are gone count too. */
  readonly rowCount: number
  /** How many of them take memory. */
  readonly rowsHeld: number
}

/** A row as an object; an answer writes it as text. */
export function readRow(ledger: Ledger, row: RowNumber, view: View): Transaction {
  const out: string[] = []
  ledger.write(out, row, view)
  return JSON.parse(out.join('')) as Transaction
}

export function noSuchTransaction(): ConfigError {
  const detail = { status: 404, field: 'transaction_id' }
  return new ConfigError('TRANSACTION_NOT_FOUND', 'the Item has no transaction of this id', detail)
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

/** Changes that one Item's log may hold, which is some two hundred megabytes. */
const changesMax = 5_000_000

/** Refuses what would not fit into the Item's log any more. */
export function checkRoom(log: ChangeLog, { add, modify, remove }: Mutation): void {
  if (log.changed + add + modify + remove <= changesMax) return
  throw new ConfigError('TOO_MANY_ROWS', `an Item's log holds at most ${changesMax} changes`)
}

/** A mutation adds a dollar, as the Sandbox does. */
export const MODIFIED_BY_CENTS = 100
