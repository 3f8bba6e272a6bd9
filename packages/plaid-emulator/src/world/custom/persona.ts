// A custom user's life: the transactions that the JSON gives, those that are drawn where it gives
// none, and the inflow model's. What was before the Item is known when the Item is made, so that
// the balances of that moment are those of the JSON.
import { balanceSign } from '../account.ts'
import { type CalendarDay, calendarDay, DAY_MS, dayOf, dayOfDate, FIRST_DAY } from '../calendar.ts'
import { describedPayee } from '../described-payee.ts'
import type { Course, Details } from '../lifecycle.ts'
import { centsOf } from '../money.ts'
import type { Book, Movement, Persona } from '../persona.ts'
import { openAccounts, type Opened } from './accounts.ts'
import { redated } from './dates.ts'
import { generatedDaysMax, type Generator, generatorOf, movementOf } from './generated.ts'
import { type Debt, inflowOf } from './inflow.ts'
import type { CustomUser } from './schema.ts'

/** `name` is the Item's: who gives no seed has other data in every Item. */
export function customPersona(json: CustomUser, name: string, createdAt: number): Persona {
  const today = dayOf(createdAt)
  const seed = json.seed ?? name
  const lives = openAccounts(redated(json, today), seed).map(
    (opened, place) => new AccountLife(opened, place, seed, today),
  )
  for (const life of lives) life.settleOpening(createdAt)
  return {
    name,
    seed: `custom/${seed}`,
    accounts: lives.map(({ opened }) => opened.account),
    live: (book, date) => {
      for (const life of lives) life.live(book, date)
    },
  }
}

class AccountLife {
  readonly opened: Opened
  readonly #place: number
  readonly #today: number
  readonly #generate: Generator
  /** What is known from the beginning, by the day on which it is lived. */
  readonly #known = new Map<number, Movement[]>()
  readonly #debt: Debt

  constructor(opened: Opened, place: number, seed: string, today: number) {
    this.opened = opened
    this.#place = place
    this.#today = today
    this.#generate = generatorOf(opened, place, seed)
    this.#debt = { owed: opened.startCents, due: 0, statement: 0 }
    for (const given of opened.given.transactions ?? []) this.#know(this.#given(given))
    for (let day = today - generatedDaysMax; day <= today; day++) this.#past(calendarDay(day))
  }

  /** The balance of the Item's first moment, less what had moved until then. */
  settleOpening(createdAt: number): void {
    const { account, startCents } = this.opened
    let moved = 0
    for (const movement of [...this.#known.values()].flat()) {
      const { postAt } = movement.course
      if (postAt !== undefined && postAt <= createdAt) moved += movement.cents
    }
    account.openingCents = startCents - balanceSign(account) * moved
  }

  live(book: Book, date: CalendarDay): void {
    for (const movement of this.#known.get(date.day) ?? []) book.begin(movement)
    if (date.day <= this.#today) return
    for (const each of this.#drawn(date.day)) book.begin(each)
    const owed = book.balance(this.#place)
    this.#debt.owed = owed
    this.#debt.due = Math.max(0, owed)
    for (const each of inflowOf(this.opened.given, date, this.#debt)) {
      book.begin({ account: this.#place, ...each })
    }
  }

  /** Up to the Item's own day, a statement asks for what came since the one before. */
  #past(date: CalendarDay): void {
    for (const each of this.#drawn(date.day)) this.#know(each)
    for (const { cents } of this.#known.get(date.day) ?? []) this.#debt.due += Math.max(0, cents)
    const before = this.#debt.statement
    for (const each of inflowOf(this.opened.given, date, this.#debt)) {
      this.#know({ account: this.#place, ...each })
    }
    if (this.#debt.statement !== before) this.#debt.due = 0
  }

  #drawn(day: number): Movement[] {
    return this.#generate(day - this.#today).map((each) => movementOf(each, this.#place, day))
  }

  #know(movement: Movement): void {
    const day = dayOf(movement.occurredAt)
    if (day < FIRST_DAY) return
    const those = this.#known.get(day)
    if (those === undefined) this.#known.set(day, [movement])
    else those.push(movement)
  }

  /** Posted on its day; until that day has come, pending, also where it lies ahead altogether. */
  #given(given: NonNullable<Opened['given']['transactions']>[number]): Movement {
    const [transacted, posted] = [dayOfDate(given.date_transacted), dayOfDate(given.date_posted)]
    const amount = centsOf(given.amount)
    const details: Details = { authorizedDay: transacted }
    if (given.currency !== undefined) details.currency = given.currency
    const seen = Math.min(transacted, posted, this.#today)
    const course: Course = {
      pendingCents: amount,
      postAt: posted * DAY_MS,
      linked: false,
      editCents: amount,
    }
    return {
      account: this.#place,
      payee: describedPayee(given.description, amount),
      cents: amount,
      occurredAt: seen * DAY_MS,
      details,
      course: posted > this.#today ? { ...course, pendingAt: seen * DAY_MS, linked: true } : course,
    }
  }
}
