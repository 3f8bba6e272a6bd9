// Who lives in a world: accounts, and what happens on a day. A persona's whole life follows from a
// seed (world/life.ts).
import type { WorldAccount } from './account.ts'
import type { CalendarDay } from './calendar.ts'
import type { Details, Draft } from './lifecycle.ts'
import type { Payee } from './payee.ts'
import type { Draws } from './random.ts'

export interface Persona {
  name: string
  /** What its chance follows from, where that is not the world's seed and its name. */
  seed?: string
  /** An account is told by its place in this list. */
  accounts: readonly WorldAccount[]
  /** Lives one day. */
  live(book: Book, date: CalendarDay, draws: Draws): void
}

/** Money that moves, before it has a number. */
export type Movement = Omit<Draft, 'index' | 'store'>

/** What a day's rules may see and do. */
export interface Book {
  readonly accounts: readonly WorldAccount[]
  /** What is on an account, or owed on it, in cents. */
  balance(account: number): number
  /** The same as far as the bank had posted it by an instant. */
  posted(account: number, at: number): number
  settled(account: number, payee: Payee, cents: number, at: number, details?: Details): void
  purchase(
    draws: Draws,
    account: number,
    payee: Payee,
    cents: number,
    at: number,
    details?: Details,
  ): void
  /** A movement whose whole course is known. */
  begin(movement: Movement): void
  /** What a card's owner owed when its statement closed. */
  statements: Map<number, number>
}
