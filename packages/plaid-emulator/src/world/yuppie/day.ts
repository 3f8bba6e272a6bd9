// One day of a young professional: salary and rent, subscriptions and rides, and twice a year a
// journey that is paid in the country's own money.
import { type CalendarDay, DAY_MS } from '../calendar.ts'
import { inDollars } from '../money.ts'
import { PAYEES } from '../payees.ts'
import type { Book, Persona } from '../persona.ts'
import type { Draws } from '../random.ts'
import {
  accrue,
  basket,
  type Bill,
  bill,
  type Card,
  charge,
  fill,
  goShopping,
  hour,
  isDue,
  move,
  payBills,
  payCards,
  payLoan,
  type Rate,
  sometime,
  sweep,
} from '../rules.ts'
import { ACCOUNT, YUPPIE_ACCOUNTS } from './accounts.ts'
import { CITY_SHOPS, type Land, LANDS, OWN_PAYEES } from './payees.ts'

export const YUPPIE: Persona = {
  name: 'yuppie',
  accounts: YUPPIE_ACCOUNTS,
  live: liveDay,
}

const { checking, savings, travelCard, card, studentLoan, brokerage, retirement } = ACCOUNT
const { euro, coins } = ACCOUNT

function liveDay(book: Book, date: CalendarDay, draws: Draws): void {
  income(book, date, draws)
  payBills(book, BILLS, date, draws)
  payLoan(book, [checking, OWN_PAYEES.loan], studentLoan, date)
  payCards(book, CARDS, date)
  ownTransfers(book, date)
  if (date.dayOfMonth === 27) {
    accrue(book, RATES, hour(date, 4))
    charge(book, [studentLoan], hour(date, 4))
  }
  const land = journey(book, date, draws)
  if (land === undefined) goShopping(book, CITY_SHOPS, date, draws, purse)
  else abroad(book, land, date, draws)
}

const PLAN_CENTS = 38_500

function income(book: Book, date: CalendarDay, draws: Draws): void {
  if (date.day % 14 === 8) {
    book.settled(checking, OWN_PAYEES.salary, -312_044, hour(date, 5))
    book.settled(retirement, OWN_PAYEES.plan, -PLAN_CENTS, hour(date, 9))
  }
  if (date.month === 3 && isDue(date, 15)) {
    book.settled(checking, OWN_PAYEES.bonus, -draws.whole(480_000, 790_000), hour(date, 5))
  }
  if (date.month === 4 && isDue(date, 22)) {
    book.settled(checking, PAYEES.taxRefund, -draws.whole(31_000, 142_000), hour(date, 6))
  }
  if (date.dayOfMonth === 12) {
    book.settled(checking, OWN_PAYEES.flatmate, -draws.whole(6_200, 9_400), hour(date, 18))
  }
  if (draws.chance(0.06)) {
    book.settled(checking, OWN_PAYEES.friends, draws.whole(900, 7_800), hour(date, 22))
  }
}

const BILLS: readonly Bill[] = [
  bill(1, checking, OWN_PAYEES.rent, 195_000),
  bill(7, checking, OWN_PAYEES.power, 5_400, 11_900),
  bill(10, checking, OWN_PAYEES.internet, 6_999),
  bill(15, card, OWN_PAYEES.phone, 6_500),
  bill(4, card, OWN_PAYEES.video, 1_799),
  bill(9, card, OWN_PAYEES.series, 1_299),
  bill(13, card, OWN_PAYEES.music, 1_199),
  bill(2, card, OWN_PAYEES.yoga, 8_900),
  bill(22, card, OWN_PAYEES.storage, 999),
  bill(19, card, OWN_PAYEES.meals, 7_992, 11_988),
]

const CARDS: readonly Card[] = [
  { card: travelCard, from: checking, paid: 11, reserve: savings },
  { card, from: checking, paid: 5, reserve: savings },
]
const KEPT_CENTS = 450_000
const LEAST_CENTS = 120_000
const EURO_CENTS = 20_000
const EURO_MOST_CENTS = 250_000
const COIN_CENTS = 5_000

function ownTransfers(book: Book, date: CalendarDay): void {
  if (isDue(date, 17)) {
    const [from, to] = [PAYEES.toInvestments, PAYEES.contribution]
    move(book, [checking, from], [brokerage, to], 40_000, hour(date, 8))
  }
  if (date.dayOfMonth === 20 && book.balance(euro) < EURO_MOST_CENTS) exchange(book, date)
  if (isDue(date, 6)) {
    const [from, to] = [OWN_PAYEES.toCoins, OWN_PAYEES.inCoins]
    move(book, [checking, from], [coins, to], COIN_CENTS, hour(date, 19))
  }
  if (date.dayOfMonth === 28) sweep(book, checking, KEPT_CENTS, savings, hour(date, 6))
  fill(book, checking, LEAST_CENTS, savings, hour(date, 12))
}

/** So many euros arrive; what leaves is their price of the week. */
function exchange(book: Book, date: CalendarDay): void {
  const cents = inDollars('EUR', EURO_CENTS, date.day)
  const when = hour(date, 10)
  const memo = `EUR ${EURO_CENTS / 100}.00`
  book.settled(checking, OWN_PAYEES.toEuro, cents, when, { memo })
  book.settled(euro, OWN_PAYEES.inEuro, -EURO_CENTS, when)
}

const RATES: readonly Rate[] = [
  { account: savings, rate: 410, payee: PAYEES.interest },
  { account: brokerage, rate: 180, payee: PAYEES.dividend },
  { account: retirement, rate: 220, payee: PAYEES.dividend },
]

/** A spring week in the first country, an autumn one in the second; booked a month before. */
const JOURNEYS = [
  { month: 5, from: 8, to: 16, booked: 4, land: LANDS[0] },
  { month: 10, from: 3, to: 13, booked: 9, land: LANDS[1] },
] as const

function journey(book: Book, date: CalendarDay, draws: Draws): Land | undefined {
  for (const { month, from, to, booked, land } of JOURNEYS) {
    if (date.month === booked && date.dayOfMonth === 2) {
      const when = hour(date, 20)
      book.purchase(draws, travelCard, OWN_PAYEES.flight, draws.whole(64_000, 138_000), when)
      book.purchase(draws, travelCard, OWN_PAYEES.hotel, draws.whole(82_000, 164_000), when)
    }
    if (date.month === month && date.dayOfMonth >= from && date.dayOfMonth <= to) return land
  }
  return undefined
}

/** In hundredths of a percent; the travel card asks none. */
const FOREIGN_FEE = 300

function abroad(book: Book, { currency, shops }: Land, date: CalendarDay, draws: Draws): void {
  for (const shop of shops) {
    if (!draws.chance(shop.timesPerWeek / 7)) continue
    const whole = currency === 'JPY' ? 100 : 1
    const foreign = Math.round(basket(shop, draws) / whole) * whole
    const when = sometime(date, draws, 8, 20)
    const part = draws.fraction()
    if (currency === 'EUR' && part < 0.35 && book.balance(euro) > foreign) {
      book.settled(euro, shop, foreign, when)
      continue
    }
    const cents = inDollars(currency, foreign, date.day)
    const memo = `${currency} ${(foreign / 100).toFixed(currency === 'JPY' ? 0 : 2)}`
    const account = part < 0.8 ? travelCard : card
    book.purchase(draws, account, shop, cents, when, { memo })
    if (account === card) {
      const fee = Math.max(1, Math.round((cents * FOREIGN_FEE) / 10_000))
      book.settled(card, OWN_PAYEES.foreignFee, fee, when + DAY_MS)
    }
  }
}

function purse(draws: Draws): number {
  const part = draws.fraction()
  if (part < 0.5) return travelCard
  return part < 0.85 ? card : checking
}
