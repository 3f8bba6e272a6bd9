// What falls due in any life: bills, cards and their statements, loans, interest, transfers between
// own accounts, shopping. Whoever pays reads the balance from the book, so that cents add up.
import { must } from '../../../../src/std/errors.ts'
import type { Terms } from './account.ts'
import { type CalendarDay, calendarDay, DAY_MS, HOUR_MS } from './calendar.ts'
import type { Payee, Shop } from './payee.ts'
import { PAYEES } from './payees.ts'
import type { Book } from './persona.ts'
import type { Draws } from './random.ts'

export const hour = (date: CalendarDay, hour: number): number => date.day * DAY_MS + hour * HOUR_MS

/** Some second from one hour to the end of another. */
export function sometime(date: CalendarDay, draws: Draws, from: number, to: number): number {
  return hour(date, draws.whole(from, to)) + draws.whole(0, 3_599) * 1000
}

const [MONDAY, FRIDAY] = [1, 5]

/** Whether what a clearing house or a check brings on that day of the month comes today: neither
 * works on weekends, and what falls on one comes on the working day after it, or before. */
export function isDue(
  { day, weekday }: CalendarDay,
  dayOfMonth: number,
  weekend: 'after' | 'before' = 'after',
): boolean {
  if (weekday < MONDAY || weekday > FRIDAY) return false
  const [edge, step] = weekend === 'after' ? [MONDAY, -1] : [FRIDAY, 1]
  const days = weekday === edge ? [day, day + step, day + 2 * step] : [day]
  return days.some((each) => calendarDay(each).dayOfMonth === dayOfMonth)
}

export interface Bill {
  dayOfMonth: number
  account: number
  payee: Payee
  lowCents: number
  highCents: number
}

export function bill(
  dayOfMonth: number,
  account: number,
  payee: Payee,
  lowCents: number,
  highCents = lowCents,
): Bill {
  return { dayOfMonth, account, payee, lowCents, highCents }
}

export function payBills(
  book: Book,
  bills: readonly Bill[],
  date: CalendarDay,
  draws: Draws,
): void {
  for (const { dayOfMonth, account, payee, lowCents, highCents } of bills) {
    const cents = draws.whole(lowCents, highCents)
    const isCleared = payee.channel === 'other'
    const due = isCleared ? isDue(date, dayOfMonth) : dayOfMonth === date.dayOfMonth
    if (due) book.settled(account, payee, cents, hour(date, 7))
  }
}

type Side = [account: number, payee: Payee]

/** What leaves one own account arrives at the other two hours later. */
export function move(book: Book, from: Side, to: Side, cents: number, when: number): void {
  book.settled(from[0], from[1], cents, when)
  book.settled(to[0], to[1], -cents, when + 2 * HOUR_MS)
}

/** A loan's rate, on the last working day on which it is not late, never more than what is owed. */
export function payLoan(book: Book, [from, payee]: Side, loan: number, date: CalendarDay): void {
  const terms = termsOf(book, loan)
  if (terms.loan === undefined || !isDue(date, terms.due, 'before')) return
  const when = hour(date, 7)
  const cents = Math.min(terms.loan.paymentCents, book.balance(loan))
  if (cents <= 0) return
  book.settled(from, payee, cents, when)
  book.settled(loan, PAYEES.loanReceived, -cents, when + HOUR_MS)
}

/** A card whose statement is paid, whole, on this day of the month. */
export interface Card {
  card: number
  from: number
  paid: number
  /** Where what lacks for the payment comes from. */
  reserve?: number
}

const CUSHION_CENTS = 60_000

export function payCards(book: Book, cards: readonly Card[], date: CalendarDay): void {
  for (const { card, from, paid, reserve } of cards) {
    // what the bank had posted when the closing day was over
    if (date.dayOfMonth - 1 === termsOf(book, card).closes) {
      book.statements.set(card, book.posted(card, hour(date, 0)))
    }
    const owed = book.statements.get(card) ?? 0
    if (date.dayOfMonth === paid && owed > 0) {
      if (reserve !== undefined) fill(book, from, owed + CUSHION_CENTS, reserve, hour(date, 5))
      move(book, [from, PAYEES.cardPayment], [card, PAYEES.cardReceived], owed, hour(date, 8))
    }
  }
}

/** What is above the amount kept goes to savings, in whole tens. */
export function sweep(book: Book, from: number, kept: number, to: number, when: number): void {
  const cents = Math.floor((book.balance(from) - kept) / 1000) * 1000
  if (cents >= 5_000) {
    move(book, [from, PAYEES.toSavings], [to, PAYEES.fromChecking], cents, when)
  }
}

/** An account that lacks something is filled from another, in whole thousands. */
export function fill(
  book: Book,
  account: number,
  leastCents: number,
  from: number,
  when: number,
): void {
  const short = Math.ceil((leastCents - book.balance(account)) / FILLED_CENTS)
  const there = Math.floor(book.balance(from) / FILLED_CENTS)
  const cents = Math.min(short, there) * FILLED_CENTS
  if (cents > 0) move(book, [from, PAYEES.toOwn], [account, PAYEES.fromOwn], cents, when)
}
const FILLED_CENTS = 100_000

/** What an account earns: a year's interest in hundredths of a percent. */
export interface Rate {
  account: number
  rate: number
  payee: Payee
}

export function accrue(book: Book, rates: readonly Rate[], when: number): void {
  for (const { account, rate, payee } of rates) {
    const cents = Math.round((book.balance(account) * rate) / 120_000)
    if (cents > 0) book.settled(account, payee, -cents, when)
  }
}

/** A month's interest on debts, by their terms. */
export function charge(book: Book, debts: readonly number[], when: number): void {
  for (const debt of debts) {
    const cents = Math.round((book.balance(debt) * termsOf(book, debt).rate) / 120_000)
    if (cents > 0) book.settled(debt, PAYEES.loanInterest, cents, when)
  }
}

function termsOf(book: Book, debt: number): Terms {
  return must(book.accounts[debt]?.terms, 'a debt that a persona pays has terms')
}

const WEEKEND_FACTOR = 1.25
const REFUNDED = 0.03

/** A day's purchases; some goods go back, in whole or in part. */
export function goShopping(
  book: Book,
  shops: readonly Shop[],
  date: CalendarDay,
  draws: Draws,
  purse: (draws: Draws) => number,
): void {
  const weekend = date.weekday === 0 || date.weekday === 6
  for (const shop of shops) {
    if (!draws.chance((shop.timesPerWeek / 7) * (weekend ? WEEKEND_FACTOR : 0.9))) continue
    const account = purse(draws)
    const cents = basket(shop, draws)
    const when = sometime(date, draws, 8, 21)
    book.purchase(draws, account, shop, cents, when)
    if (shop.category.startsWith('GENERAL_MERCHANDISE') && draws.chance(REFUNDED)) {
      const back = draws.chance(0.7) ? cents : Math.round(cents / 2)
      book.settled(account, shop, -back, when + draws.whole(4, 11) * DAY_MS)
    }
  }
}

/** Squared: many small baskets, few large ones. */
export function basket(shop: Shop, draws: Draws): number {
  const part = draws.fraction()
  return Math.round(shop.lowCents + part * part * (shop.highCents - shop.lowCents))
}
