// One day in the household's life: what falls due, what is bought, what moves between its own
// accounts.
import type { CalendarDay } from '../calendar.ts'
import { PAYEES, SHOPS } from '../payees.ts'
import type { Book, Persona } from '../persona.ts'
import type { Draws } from '../random.ts'
import {
  accrue,
  type Bill,
  bill,
  type Card,
  charge,
  fill,
  goShopping,
  isDue,
  hour,
  move,
  payBills,
  payCards,
  payLoan,
  type Rate,
  sweep,
} from '../rules.ts'
import { ACCOUNT, HOUSEHOLD_ACCOUNTS } from './accounts.ts'

export const HOUSEHOLD: Persona = {
  name: 'household',
  accounts: HOUSEHOLD_ACCOUNTS,
  live: liveDay,
}

function liveDay(book: Book, date: CalendarDay, draws: Draws): void {
  income(book, date, draws)
  payBills(book, BILLS, date, draws)
  loans(book, date)
  payCards(book, CARDS, date)
  ownTransfers(book, date)
  if (date.dayOfMonth === 26) {
    accrue(book, RATES, hour(date, 4))
    charge(book, [ACCOUNT.studentLoan, ACCOUNT.mortgage], hour(date, 4))
  }
  goShopping(book, SHOPS, date, draws, purse)
  cash(book, date, draws)
}

function income(book: Book, date: CalendarDay, draws: Draws): void {
  if (date.day % 14 === 4) {
    const overtime = draws.chance(0.15) ? draws.whole(4_000, 22_000) : 0
    book.settled(ACCOUNT.checking, PAYEES.salary, -(218_045 + overtime), hour(date, 5))
  }
  if (isDue(date, 28, 'before')) {
    book.settled(ACCOUNT.joint, PAYEES.secondSalary, -295_010, hour(date, 5))
  }
  if (isDue(date, 3)) book.settled(ACCOUNT.joint, PAYEES.tenant, -145_000, hour(date, 9))
  if (date.month === 4 && isDue(date, 17)) {
    book.settled(ACCOUNT.checking, PAYEES.taxRefund, -draws.whole(42_000, 188_000), hour(date, 6))
  }
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

function loans(book: Book, date: CalendarDay): void {
  const { joint, mortgage, studentLoan } = ACCOUNT
  payLoan(book, [joint, PAYEES.mortgage], mortgage, date)
  payLoan(book, [joint, PAYEES.studentLoan], studentLoan, date)
}

const CARDS: readonly Card[] = [
  { card: ACCOUNT.rewardsCard, from: ACCOUNT.checking, paid: 12 },
  { card: ACCOUNT.cashCard, from: ACCOUNT.joint, paid: 7 },
]
const JOINT_LEAST_CENTS = 150_000
const CHECKING_LEAST_CENTS = 50_000
const CHECKING_KEPT_CENTS = 420_000
const JOINT_KEPT_CENTS = 600_000

function ownTransfers(book: Book, date: CalendarDay): void {
  const { checking, joint, savings, highYield, brokerage, retirement } = ACCOUNT
  if (date.dayOfMonth === 2) {
    move(book, [checking, PAYEES.toOwn], [joint, PAYEES.fromOwn], 90_000, hour(date, 6))
  }
  if (isDue(date, 16)) {
    invest(book, brokerage, 30_000, hour(date, 8))
    invest(book, retirement, 25_000, hour(date, 8))
  }
  if (date.dayOfMonth === 27) {
    sweep(book, checking, CHECKING_KEPT_CENTS, highYield, hour(date, 6))
    sweep(book, joint, JOINT_KEPT_CENTS, savings, hour(date, 6))
  }
  fill(book, joint, JOINT_LEAST_CENTS, highYield, hour(date, 12))
  fill(book, checking, CHECKING_LEAST_CENTS, highYield, hour(date, 12))
}

function invest(book: Book, into: number, cents: number, when: number): void {
  const from = ACCOUNT.checking
  move(book, [from, PAYEES.toInvestments], [into, PAYEES.contribution], cents, when)
}

const RATES: readonly Rate[] = [
  { account: ACCOUNT.savings, rate: 60, payee: PAYEES.interest },
  { account: ACCOUNT.highYield, rate: 390, payee: PAYEES.interest },
  { account: ACCOUNT.brokerage, rate: 310, payee: PAYEES.dividend },
  { account: ACCOUNT.retirement, rate: 340, payee: PAYEES.dividend },
]

function cash(book: Book, date: CalendarDay, draws: Draws): void {
  if (!draws.chance(0.09)) return
  const when = hour(date, draws.whole(9, 20))
  book.settled(ACCOUNT.checking, PAYEES.cash, draws.whole(1, 10) * 2_000, when)
  if (draws.chance(0.2)) book.settled(ACCOUNT.checking, PAYEES.atmFee, 300, when)
}

const CARD_SHARES = { rewards: 0.55, cash: 0.3 }

function purse(draws: Draws): number {
  const part = draws.fraction()
  if (part < CARD_SHARES.rewards) return ACCOUNT.rewardsCard
  return part < CARD_SHARES.rewards + CARD_SHARES.cash ? ACCOUNT.cashCard : ACCOUNT.checking
}
