// One day of a small company: the terminal pays out what the shop sold, customers pay invoices,
// staff and suppliers are paid, tax is put aside, and a line of credit bridges what lacks.
import { type CalendarDay, DAY_MS, FIRST_DAY } from '../calendar.ts'
import type { Payee } from '../payee.ts'
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
  hour,
  isDue,
  move,
  payBills,
  payCards,
  payLoan,
  type Rate,
  sometime,
} from '../rules.ts'
import { ACCOUNT, BUSINESS_ACCOUNTS } from './accounts.ts'
import { COSTS, OWN, SALES, STAFF_SHOPS } from './payees.ts'

export const BUSINESS: Persona = {
  name: 'business',
  accounts: BUSINESS_ACCOUNTS,
  live: liveDay,
}

const { operating, reserve, card, creditLine, equipmentLoan } = ACCOUNT

function liveDay(book: Book, date: CalendarDay, draws: Draws): void {
  sales(book, date, draws)
  payBills(book, BILLS, date, draws)
  staff(book, date, draws)
  suppliers(book, date, draws)
  payCards(book, CARDS, date)
  payLoan(book, [operating, COSTS.lender], equipmentLoan, date)
  taxes(book, date)
  borrow(book, date)
  liquidity(book, date)
  if (date.dayOfMonth === 28) {
    accrue(book, RATES, hour(date, 4))
    charge(book, [creditLine, equipmentLoan], hour(date, 4))
  }
  purchases(book, date, draws)
}

/** What the terminal keeps, in hundredths of a percent. */
const TERMINAL_FEE = 265
/** A weekday's sales in the shop; Monday pays out the weekend's too. */
const SALES_CENTS = [90_000, 204_000] as const

function sales(book: Book, date: CalendarDay, draws: Draws): void {
  if (date.weekday >= 1 && date.weekday <= 5) {
    let gross = 0
    for (let day = 0; day < (date.weekday === 1 ? 3 : 1); day++)
      gross += draws.whole(...SALES_CENTS)
    const net = gross - Math.round((gross * TERMINAL_FEE) / 10_000)
    book.settled(operating, SALES.terminal, -net, hour(date, 6))
    if (draws.chance(0.025)) {
      book.settled(operating, SALES.chargeback, draws.whole(900, 8_400), hour(date, 11))
    }
  }
  if (date.weekday === 3) {
    book.settled(operating, SALES.webShop, -draws.whole(48_000, 164_000), hour(date, 6))
    book.settled(operating, SALES.cafe, -draws.whole(12, 26) * 9_850, hour(date, 9))
  }
  if (date.weekday === 5 && draws.chance(0.5)) {
    book.settled(operating, SALES.hotel, -draws.whole(20, 44) * 9_850, hour(date, 9))
  }
  if (date.weekday === 2 && draws.chance(0.35)) {
    const checkNumber = String(draws.whole(1_001, 9_899))
    const memo = `#${checkNumber}`
    book.settled(operating, SALES.checks, -draws.whole(24_000, 180_000), hour(date, 13), {
      checkNumber,
      memo,
    })
  }
}

const BILLS: readonly Bill[] = [
  bill(4, operating, COSTS.power, 48_000, 98_000),
  bill(9, operating, COSTS.water, 9_100, 16_800),
  bill(12, operating, COSTS.waste, 14_850),
  bill(11, operating, COSTS.internet, 12_999),
  bill(18, operating, COSTS.insurance, 64_137),
  bill(22, operating, COSTS.accountant, 45_000),
  bill(14, card, COSTS.phone, 18_640),
  bill(2, card, COSTS.till, 8_900),
  bill(3, card, COSTS.books, 6_500),
  bill(8, card, COSTS.web, 7_900),
  bill(6, card, COSTS.ads, 38_000, 94_000),
  bill(20, card, COSTS.ads, 38_000, 94_000),
  bill(1, operating, COSTS.serviceFee, 2_500),
]

/** Every other Friday; the taxes follow on Monday. */
function staff(book: Book, date: CalendarDay, draws: Draws): void {
  const hours = draws.whole(860_000, 1_010_000)
  if (date.day % 14 === 1) book.settled(operating, COSTS.wages, hours, hour(date, 5))
  if (date.day % 14 === 4) {
    book.settled(operating, COSTS.payrollTax, draws.whole(268_000, 322_000), hour(date, 5))
  }
}

function suppliers(book: Book, date: CalendarDay, draws: Draws): void {
  if (isDue(date, 1)) byCheck(book, COSTS.rent, 420_000, 1_000 + months(date), date)
  if (date.weekday === 4) {
    byCheck(book, COSTS.milk, draws.whole(38_000, 64_500), 5_000 + weeks(date), date)
  }
  if ([5, 15, 25].some((each) => isDue(date, each))) {
    book.settled(operating, COSTS.beans, draws.whole(240_000, 460_000), hour(date, 8))
  }
  if (isDue(date, 17)) {
    book.settled(operating, COSTS.packaging, draws.whole(74_000, 158_000), hour(date, 8))
  }
  if (isDue(date, 24) && date.month % 3 === 2) {
    book.settled(operating, COSTS.beansAbroad, draws.whole(620_000, 980_000), hour(date, 15))
    book.settled(operating, COSTS.wireFee, 4_500, hour(date, 15))
  }
  if (isDue(date, 23) && draws.chance(0.2)) {
    book.settled(operating, COSTS.lawyer, draws.whole(3, 14) * 29_500, hour(date, 8))
  }
}

function byCheck(book: Book, payee: Payee, cents: number, number: number, date: CalendarDay): void {
  const checkNumber = String(number)
  book.settled(operating, payee, cents, hour(date, 14), { checkNumber, memo: `#${checkNumber}` })
}

const months = ({ day }: CalendarDay): number => Math.round((day - FIRST_DAY) / 30.44)
const weeks = ({ day }: CalendarDay): number => Math.floor((day - FIRST_DAY) / 7)

const CARDS: readonly Card[] = [{ card, from: operating, paid: 16 }]
/** Set aside every Monday. */
const RESERVED_CENTS = 78_000

function taxes(book: Book, date: CalendarDay): void {
  if (date.weekday === 1) {
    const [from, to] = [OWN.toReserve, OWN.inReserve]
    move(book, [operating, from], [reserve, to], RESERVED_CENTS, hour(date, 12))
  }
  if (isDue(date, 19)) payTax(book, COSTS.salesTax, 121_400, date)
  if (isDue(date, 15) && [1, 4, 6, 9].includes(date.month)) {
    payTax(book, COSTS.incomeTax, 640_000, date)
  }
}

/** From the reserve, as far as it reaches. */
function payTax(book: Book, payee: Payee, cents: number, date: CalendarDay): void {
  const aside = Math.min(cents, book.balance(reserve))
  if (aside > 0) {
    const [from, to] = [OWN.outOfReserve, OWN.fromReserve]
    move(book, [reserve, from], [operating, to], aside, hour(date, 5))
  }
  book.settled(operating, payee, cents, hour(date, 9))
}

const HARVEST_CENTS = 1_500_000
const ROASTER_CENTS = 7_400_000

/** The harvest is bought on credit; a new roaster, when the old one is paid off. */
function borrow(book: Book, date: CalendarDay): void {
  if (date.month === 9 && date.dayOfMonth === 3) {
    draw(book, HARVEST_CENTS, hour(date, 10))
    book.settled(operating, COSTS.beansAbroad, HARVEST_CENTS, hour(date, 15))
  }
  if (date.month === 2 && date.dayOfMonth === 10 && book.balance(equipmentLoan) <= 0) {
    const [from, to] = [OWN.advance, OWN.lent]
    move(book, [equipmentLoan, from], [operating, to], ROASTER_CENTS, hour(date, 10))
    book.settled(operating, COSTS.roaster, ROASTER_CENTS, hour(date, 15))
  }
}

/** As far as the line of credit reaches. */
function draw(book: Book, cents: number, when: number): void {
  const limit = BUSINESS_ACCOUNTS[creditLine]?.limitCents ?? 0
  if (book.balance(creditLine) + cents > limit) return
  move(book, [creditLine, OWN.advance], [operating, OWN.drawn], cents, when)
}

const LEAST_CENTS = 900_000
const ENOUGH_CENTS = 3_200_000
const KEPT_CENTS = 2_600_000
const DRAWN_CENTS = 1_000_000

/** The line of credit bridges; what is over repays it first, then goes to the owner. */
function liquidity(book: Book, date: CalendarDay): void {
  if (book.balance(operating) < LEAST_CENTS) draw(book, DRAWN_CENTS, hour(date, 16))
  const over = book.balance(operating) - ENOUGH_CENTS
  const owed = book.balance(creditLine)
  if (date.weekday === 5 && over > 0 && owed > 0) {
    const [from, to] = [OWN.repaid, PAYEES.loanReceived]
    move(book, [operating, from], [creditLine, to], Math.min(over, owed), hour(date, 16))
  } else if (date.dayOfMonth === 29 && over > 0) {
    const cents = Math.floor((book.balance(operating) - KEPT_CENTS) / 10_000) * 10_000
    book.settled(operating, COSTS.owner, cents, hour(date, 16))
  }
}

const RATES: readonly Rate[] = [{ account: reserve, rate: 210, payee: PAYEES.interest }]

/** Each has a card of the company's account. */
const STAFF = ['Nadia Flores', 'Theo Lindqvist', 'Ren Okada'] as const
const RETURNED = 0.02

function purchases(book: Book, date: CalendarDay, draws: Draws): void {
  for (const shop of STAFF_SHOPS) {
    if (date.weekday === 0 || !draws.chance(shop.timesPerWeek / 6)) continue
    const cents = basket(shop, draws)
    const when = sometime(date, draws, 8, 18)
    const owner = draws.pick(STAFF)
    book.purchase(draws, card, shop, cents, when, { owner })
    if (shop.category.startsWith('GENERAL_MERCHANDISE') && draws.chance(RETURNED)) {
      book.settled(card, shop, -cents, when + draws.whole(3, 9) * DAY_MS, { owner })
    }
  }
}
