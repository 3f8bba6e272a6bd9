// The household's whole life from one seed, lived day by day as far as somebody looks, and shared
// by every Item of the process. Nothing here knows of Items: this is the banks' own truth.
import { balanceSign, HOUSEHOLD_ACCOUNTS } from './accounts.ts'
import { calendarDay, dayOf, FIRST_DAY } from './calendar.ts'
import { type Book, liveDay } from './household-day.ts'
import {
  type BankEvent,
  type Draft,
  eventsOf,
  finalCents,
  type Life,
  purchaseLife,
  settledLife,
} from './lifecycle.ts'
import type { Payee } from './payees.ts'
import { drawAt, drawsFor, type Key, keyOf } from './random.ts'

export interface Household {
  /** This bank's drafts that began on these days, both included, in order. */
  drafts(bankId: string, firstDay: number, lastDay: number): Draft[]
  /** What happened at this bank in (after, until], in order. */
  events(bankId: string, after: number, until: number): BankEvent[]
  /** What an account held, or owed, when a day began, in cents. */
  balanceBefore(account: number, day: number): number
}

const STORES_MAX = 4

export function createHousehold(seed: string): Household {
  const life = new Living(keyOf(`${seed}/household`))
  const ofBank = (bankId: string) => (draft: Draft) =>
    HOUSEHOLD_ACCOUNTS[draft.account]?.bankId === bankId
  return {
    drafts: (bankId, firstDay, lastDay) => {
      life.reach(lastDay)
      return life.drafts.filter(
        (draft) =>
          dayOf(draft.occurredAt) >= firstDay &&
          dayOf(draft.occurredAt) <= lastDay &&
          ofBank(bankId)(draft),
      )
    },
    events: (bankId, after, until) => {
      life.reach(dayOf(until))
      const found: BankEvent[] = []
      for (let day = dayOf(after); day <= dayOf(until); day++) {
        for (const event of life.events.get(day) ?? []) {
          if (event.at > after && event.at <= until && ofBank(bankId)(event.draft)) {
            found.push(event)
          }
        }
      }
      return found.sort(byTime)
    },
    balanceBefore: (account, day) => {
      life.reach(day)
      const known = HOUSEHOLD_ACCOUNTS[account]
      if (known === undefined) return 0
      return life.drafts.reduce(
        (cents, draft) =>
          draft.account === account && dayOf(draft.occurredAt) < day
            ? cents + balanceSign(known) * finalCents(draft)
            : cents,
        known.openingCents,
      )
    },
  }
}

function byTime(a: BankEvent, b: BankEvent): number {
  return a.at - b.at || a.draft.index - b.draft.index
}

class Living implements Book {
  readonly drafts: Draft[] = []
  /** By day: what happens on a day is complete when that day has been lived. */
  readonly events = new Map<number, BankEvent[]>()
  readonly statements = new Map<number, number>()
  readonly #balances = HOUSEHOLD_ACCOUNTS.map((account) => account.openingCents)
  readonly #key: Key
  #nextDay = FIRST_DAY

  constructor(key: Key) {
    this.#key = key
  }

  reach(day: number): void {
    for (; this.#nextDay <= day; this.#nextDay++) {
      liveDay(this, calendarDay(this.#nextDay), drawsFor(this.#key, this.#nextDay))
    }
  }

  balance(account: number): number {
    return this.#balances[account] ?? 0
  }

  settled(account: number, payee: Payee, cents: number, at: number): void {
    this.#begin(account, payee, cents, at, settledLife(at, cents))
  }

  purchase(
    draws: ReturnType<typeof drawsFor>,
    account: number,
    payee: Payee,
    cents: number,
    at: number,
  ): void {
    this.#begin(account, payee, cents, at, purchaseLife(draws, payee.habit, cents, at))
  }

  #begin(account: number, payee: Payee, cents: number, occurredAt: number, life: Life): void {
    const index = this.drafts.length
    const store = drawAt(this.#key, index) % STORES_MAX
    const draft: Draft = { index, account, payee, store, cents, occurredAt, life }
    this.drafts.push(draft)
    const known = HOUSEHOLD_ACCOUNTS[account]
    if (known !== undefined) {
      this.#balances[account] = this.balance(account) + balanceSign(known) * finalCents(draft)
    }
    for (const event of eventsOf(draft)) {
      const day = dayOf(event.at)
      const that = this.events.get(day)
      if (that === undefined) this.events.set(day, [event])
      else that.push(event)
    }
  }
}
