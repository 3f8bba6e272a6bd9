// One day in the household's life: what falls due, what is bought, what moves between its own
// accounts. Amounts that depend on balances (a card's statement, the surplus) are read from the
// book, so that cents add up across banks.
import { type CalendarDay, DAY_MS, HOUR_MS } from '../calendar.ts'
import type { Payee } from '../payee.ts'
import { PAYEES, SHOPS } from '../payees.ts'
import type { Book, Persona } from '../persona.ts'
import type { Draws } from '../random.ts'
import { ACCOUNT, HOUSEHOLD_ACCOUNTS } from './accounts.ts'

export const HOUSEHOLD: Persona = {
  name: 'household',
  accounts: HOUSEHOLD_ACCOUNTS,
  live: liveDay,
}

function liveDay(book: Book, date: CalendarDay, draws: Draws): void {
  income(book, date, draws)
  bills(book, date, draws)
  ownTransfers(book, date)
  interest(book, date)
  spending(book, date, draws)
}

const at = (date: CalendarDay, hour: number): number => date.day * DAY_MS + hour * HOUR_MS

function income(book: Book, date: CalendarDay, draws: Draws): void {
  if (date.day % 14 === 4) {
    const overtime = draws.chance(0.15) ? draws.whole(4_000, 22_000) : 0
    book.settled(ACCOUNT.checking, PAYEES.salary, -(218_045 + overtime), at(date, 5))
  }
  if (date.dayOfMonth === 28) {
    book.settled(ACCOUNT.joint, PAYEES.secondSalary, -295_010, at(date, 5))
  }
  if (date.dayOfMonth === 3) book.settled(ACCOUNT.joint, PAYEES.tenant, -145_000, at(date, 9))
  if (date.month === 4 && date.dayOfMonth === 17) {
    book.settled(ACCOUNT.checking, PAYEES.taxRefund, -draws.whole(42_000, 188_000), at(date, 6))
  }
}

interface Bill {
  dayOfMonth: number
  account: number
  payee: Payee
  lowCents: number
  highCents: number
}

function bill(dayOfMonth: number, account: number, payee: Payee, low: number, high = low): Bill {
  return { dayOfMonth, account, payee, lowCents: low, highCents: high }
}

const BILLS: readonly Bill[] = [
  bill(1, ACCOUNT.joint, PAYEES.rent, 198_000),
  bill(6, ACCOUNT.joint, PAYEES.power, 7_400, 21_900),
  bill(9, ACCOUNT.joint, PAYEES.water, 4_100, 6_800),
  bill(11, ACCOUNT.joint, PAYEES.internet, 6_999),
  bill(14, ACCOUNT.rewardsCard, PAYEES.phone, 9_450),
  bill(18, ACCOUNT.joint, PAYEES.insurance, 21_137),
  bill(2, ACCOUNT.rewardsCard, PAYEES.gym, 4_500),
  bill(8, ACCOUNT.rewardsCard, PAYEES.film, 1_799),
  bill(13, ACCOUNT.cashCard, PAYEES.music, 1_099),
  bill(21, ACCOUNT.rewardsCard, PAYEES.storage, 299),
  bill(24, ACCOUNT.cashCard, PAYEES.news, 850),
]

function bills(book: Book, date: CalendarDay, draws: Draws): void {
  for (const bill of BILLS) {
    const cents = draws.whole(bill.lowCents, bill.highCents)
    if (bill.dayOfMonth === date.dayOfMonth) {
      book.settled(bill.account, bill.payee, cents, at(date, 7))
    }
  }
  if (date.dayOfMonth === 5) {
    pay(book, ACCOUNT.mortgage, PAYEES.mortgage, 118_000, at(date, 7))
  }
  if (date.dayOfMonth === 10) {
    pay(book, ACCOUNT.studentLoan, PAYEES.studentLoan, 31_000, at(date, 7))
  }
}

/** A loan's rate, never more than what is owed. */
function pay(book: Book, loan: number, payee: Payee, rate: number, when: number): void {
  const cents = Math.min(rate, book.balance(loan))
  if (cents <= 0) return
  book.settled(ACCOUNT.joint, payee, cents, when)
  book.settled(loan, PAYEES.loanReceived, -cents, when + HOUR_MS)
}

/** Days of the month: a card's statement closes on one and is paid on the other. */
const CARDS = [
  { card: ACCOUNT.rewardsCard, from: ACCOUNT.checking, closes: 25, paid: 12 },
  { card: ACCOUNT.cashCard, from: ACCOUNT.joint, closes: 20, paid: 7 },
]
const JOINT_LEAST_CENTS = 150_000
const CHECKING_KEPT_CENTS = 420_000
const JOINT_KEPT_CENTS = 600_000

function ownTransfers(book: Book, date: CalendarDay): void {
  for (const { card, from, closes, paid } of CARDS) {
    if (date.dayOfMonth === closes) book.statements.set(card, book.balance(card))
    const owed = book.statements.get(card) ?? 0
    if (date.dayOfMonth === paid && owed > 0) {
      move(book, [from, PAYEES.cardPayment], [card, PAYEES.loanReceived], owed, at(date, 8))
    }
  }
  const { checking, joint, savings, highYield, brokerage, retirement } = ACCOUNT
  if (date.dayOfMonth === 2) {
    move(book, [checking, PAYEES.toOwn], [joint, PAYEES.fromOwn], 90_000, at(date, 6))
  }
  if (date.dayOfMonth === 16) {
    invest(book, brokerage, 30_000, at(date, 8))
    invest(book, retirement, 25_000, at(date, 8))
  }
  if (date.dayOfMonth === 27) {
    sweep(book, checking, CHECKING_KEPT_CENTS, highYield, at(date, 6))
    sweep(book, joint, JOINT_KEPT_CENTS, savings, at(date, 6))
  }
  if (book.balance(joint) < JOINT_LEAST_CENTS && book.balance(highYield) > 150_000) {
    move(book, [highYield, PAYEES.toOwn], [joint, PAYEES.fromOwn], 100_000, at(date, 12))
  }
  if (book.balance(checking) < 50_000 && book.balance(highYield) > 150_000) {
    move(book, [highYield, PAYEES.toOwn], [checking, PAYEES.fromOwn], 100_000, at(date, 12))
  }
}

type Side = [account: number, payee: Payee]

function move(book: Book, from: Side, to: Side, cents: number, when: number): void {
  book.settled(from[0], from[1], cents, when)
  book.settled(to[0], to[1], -cents, when + 2 * HOUR_MS)
}

function invest(book: Book, into: number, cents: number, when: number): void {
  const from = ACCOUNT.checking
  move(book, [from, PAYEES.toInvestments], [into, PAYEES.contribution], cents, when)
}

/** What is above the amount kept goes to savings, in whole tens. */
function sweep(book: Book, from: number, kept: number, to: number, when: number): void {
  const cents = Math.floor((book.balance(from) - kept) / 1000) * 1000
  if (cents >= 5_000) {
    move(book, [from, PAYEES.toSavings], [to, PAYEES.fromChecking], cents, when)
  }
}

/** A year's interest in hundredths of a percent, by account. */
const EARNING = [
  { account: ACCOUNT.savings, rate: 60, payee: PAYEES.interest },
  { account: ACCOUNT.highYield, rate: 390, payee: PAYEES.interest },
  { account: ACCOUNT.brokerage, rate: 310, payee: PAYEES.dividend },
  { account: ACCOUNT.retirement, rate: 340, payee: PAYEES.dividend },
]
const OWING = [
  { account: ACCOUNT.studentLoan, rate: 480 },
  { account: ACCOUNT.mortgage, rate: 385 },
]

function interest(book: Book, date: CalendarDay): void {
  if (date.dayOfMonth !== 26) return
  for (const { account, rate, payee } of EARNING) {
    const cents = Math.round((book.balance(account) * rate) / 120_000)
    if (cents > 0) book.settled(account, payee, -cents, at(date, 4))
  }
  for (const { account, rate } of OWING) {
    const cents = Math.round((book.balance(account) * rate) / 120_000)
    if (cents > 0) book.settled(account, PAYEES.loanInterest, cents, at(date, 4))
  }
}

const WEEKEND_FACTOR = 1.25
const REFUNDED = 0.03
const CARD_SHARES = { rewards: 0.55, cash: 0.3 }

function spending(book: Book, date: CalendarDay, draws: Draws): void {
  const weekend = date.weekday === 0 || date.weekday === 6
  for (const shop of SHOPS) {
    if (!draws.chance((shop.timesPerWeek / 7) * (weekend ? WEEKEND_FACTOR : 0.9))) continue
    const account = purse(draws)
    // squared: many small baskets, few large ones
    const part = draws.fraction() ** 2
    const cents = Math.round(shop.lowCents + part * (shop.highCents - shop.lowCents))
    const when = at(date, draws.whole(8, 21)) + draws.whole(0, 3_599) * 1000
    book.purchase(draws, account, shop, cents, when)
    if (shop.category.startsWith('GENERAL_MERCHANDISE') && draws.chance(REFUNDED)) {
      const back = draws.chance(0.7) ? cents : Math.round(cents / 2)
      book.settled(account, shop, -back, when + draws.whole(4, 11) * DAY_MS)
    }
  }
  if (draws.chance(0.09)) {
    const when = at(date, draws.whole(9, 20))
    book.settled(ACCOUNT.checking, PAYEES.cash, draws.whole(1, 10) * 2_000, when)
    if (draws.chance(0.2)) book.settled(ACCOUNT.checking, PAYEES.atmFee, 300, when)
  }
}

function purse(draws: Draws): number {
  const part = draws.fraction()
  if (part < CARD_SHARES.rewards) return ACCOUNT.rewardsCard
  return part < CARD_SHARES.rewards + CARD_SHARES.cash ? ACCOUNT.cashCard : ACCOUNT.checking
}
