// A persona's whole life from one seed, lived day by day as far as somebody looks, and shared by
// every Item of the process. Nothing here knows of Items: this is the banks' own truth.
import { balanceSign, type WorldAccount } from './account.ts'
import { calendarDay, dayOf, FIRST_DAY } from './calendar.ts'
import {
  type BankEvent,
  COURSE_MS_MAX,
  type Details,
  type Draft,
  eventsOf,
  finalCents,
  postedCents,
  purchaseCourse,
  settledCourse,
} from './lifecycle.ts'
import type { Payee } from './payee.ts'
import type { Book, Movement, Persona } from './persona.ts'
import { drawAt, drawsFor, type Key, keyOf } from './random.ts'

/** Accounts are told by their place in `accounts`. */
export interface Life {
  readonly accounts: readonly WorldAccount[]
  /** Drafts of these accounts that began on these days, both included, in order. */
  drafts(accounts: ReadonlySet<number>, firstDay: number, lastDay: number): Draft[]
  /** What happened to these accounts in (after, until], in order. */
  events(accounts: ReadonlySet<number>, after: number, until: number): BankEvent[]
  /** What an account held, or owed, when a day began, in cents. */
  balanceBefore(account: number, day: number): number
}

const STORES_MAX = 4

export function createLife(persona: Persona, seed: string): Life {
  const life = new Living(persona, keyOf(persona.seed ?? `${seed}/${persona.name}`))
  return {
    accounts: persona.accounts,
    drafts: (accounts, firstDay, lastDay) => {
      life.reach(lastDay)
      const found: Draft[] = []
      for (const [day, { drafts }] of life.days) {
        if (day < firstDay || day > lastDay) continue
        for (const draft of drafts) if (accounts.has(draft.account)) found.push(draft)
      }
      return found.sort((a, b) => a.index - b.index)
    },
    events: (accounts, after, until) => {
      life.reach(dayOf(until))
      const found: BankEvent[] = []
      for (let day = dayOf(after); day <= dayOf(until); day++) {
        for (const event of life.events.get(day) ?? []) {
          if (event.at > after && event.at <= until && accounts.has(event.draft.account)) {
            found.push(event)
          }
        }
      }
      return found.sort(byTime)
    },
    balanceBefore: (account, day) => {
      life.reach(day)
      const known = persona.accounts[account]
      if (known === undefined) return 0
      let cents = 0
      for (const [at, { sums }] of life.days) if (at < day) cents += sums[account] ?? 0
      return known.openingCents + balanceSign(known) * cents
    },
  }
}

function byTime(a: BankEvent, b: BankEvent): number {
  return a.at - b.at || a.draft.index - b.draft.index
}

/** What began on a day. */
interface Day {
  drafts: Draft[]
  /** What each account's owner has of it in the end. */
  sums: number[]
}

class Living implements Book {
  readonly drafts: Draft[] = []
  /** Every Item asks for some of them: none looks through a whole life for that. */
  readonly days = new Map<number, Day>()
  /** By day: what happens on a day is complete when that day has been lived. */
  readonly events = new Map<number, BankEvent[]>()
  readonly statements = new Map<number, number>()
  readonly #balances: number[]
  readonly #persona: Persona
  readonly #key: Key
  #nextDay = FIRST_DAY

  constructor(persona: Persona, key: Key) {
    this.#persona = persona
    this.#key = key
    this.#balances = persona.accounts.map((account) => account.openingCents)
  }

  get accounts(): readonly WorldAccount[] {
    return this.#persona.accounts
  }

  reach(day: number): void {
    for (; this.#nextDay <= day; this.#nextDay++) {
      const draws = drawsFor(this.#key, this.#nextDay)
      this.#persona.live(this, calendarDay(this.#nextDay), draws)
    }
  }

  balance(account: number): number {
    return this.#balances[account] ?? 0
  }

  posted(account: number, at: number): number {
    let missing = 0
    for (let i = this.drafts.length - 1; i >= 0; i--) {
      const draft = this.drafts[i]
      if (draft === undefined || draft.occurredAt < at - COURSE_MS_MAX) break
      if (draft.account === account) missing += finalCents(draft) - postedCents(draft, at)
    }
    const known = this.#persona.accounts[account]
    return this.balance(account) - (known === undefined ? 0 : balanceSign(known) * missing)
  }

  settled(account: number, payee: Payee, cents: number, at: number, details?: Details): void {
    this.begin({ account, payee, cents, occurredAt: at, course: settledCourse(at, cents), details })
  }

  purchase(
    draws: ReturnType<typeof drawsFor>,
    account: number,
    payee: Payee,
    cents: number,
    at: number,
    details?: Details,
  ): void {
    const course = purchaseCourse(draws, payee.habit, cents, at)
    this.begin({ account, payee, cents, occurredAt: at, course, details })
  }

  begin(movement: Movement): void {
    const index = this.drafts.length
    const store = drawAt(this.#key, index) % STORES_MAX
    const draft: Draft = { index, store, ...movement }
    const { account } = draft
    this.drafts.push(draft)
    const final = finalCents(draft)
    const day = this.#dayOf(draft)
    day.drafts.push(draft)
    day.sums[account] = (day.sums[account] ?? 0) + final
    const known = this.#persona.accounts[account]
    if (known !== undefined) {
      this.#balances[account] = this.balance(account) + balanceSign(known) * final
    }
    for (const event of eventsOf(draft)) {
      const day = dayOf(event.at)
      const that = this.events.get(day)
      if (that === undefined) this.events.set(day, [event])
      else that.push(event)
    }
  }

  #dayOf({ occurredAt }: Draft): Day {
    const number = dayOf(occurredAt)
    let day = this.days.get(number)
    if (day === undefined) {
      day = { drafts: [], sums: [] }
      this.days.set(number, day)
    }
    return day
  }
}
