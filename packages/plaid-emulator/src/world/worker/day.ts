// Somebody who lives from one payday to the next: hourly wages, advances on them that are taken
// back on payday, rent that is paid when it can be. Plaid's `user_ewa_user`.
import { account } from '../account.ts'
import type { CalendarDay } from '../calendar.ts'
import { ACH, EMPLOYER, type Payee, payee } from '../payee.ts'
import { PAYEES, SHOPS } from '../payees.ts'
import type { Book, Persona } from '../persona.ts'
import type { Draws } from '../random.ts'
import { basket, hour, move, sometime } from '../rules.ts'

const [checking, savings] = [0, 1]

export const WORKER: Persona = {
  name: 'worker',
  accounts: [
    account(
      ['depository', 'checking'],
      ['Simple Checking', 'Simple No-Fee Checking', '1190'],
      61_000,
    ),
    account(['depository', 'savings'], ['Spare Change', 'Spare Change Savings', '1208'], 12_000),
  ],
  live: (book, date, draws) => {
    payday(book, date, draws)
    advance(book, date, draws)
    dues(book, date)
    put(book, date)
    shopping(book, date, draws)
  },
}

const APP = {
  channel: 'other',
  counterparty: 'payment_app',
  meta: { payment_method: 'Instant transfer' },
} as const
const OWN = {
  wages: payee('Corner Logistics', 'INCOME_SALARY', {
    ...EMPLOYER,
    statementText: 'CORNER LOGISTICS PAYROLL PPD',
  }),
  advance: payee('Paybefore', 'LOAN_DISBURSEMENTS_EWA', {
    ...APP,
    statementText: 'PAYBEFORE ADVANCE',
  }),
  takenBack: payee('Paybefore', 'LOAN_PAYMENTS_EWA', {
    ...APP,
    statementText: 'PAYBEFORE REPAYMENT',
  }),
  express: payee('Paybefore', 'BANK_FEES_CASH_ADVANCE', {
    ...APP,
    statementText: 'PAYBEFORE EXPRESS FEE',
  }),
  rent: payee('Millrace Rooms', 'RENT_AND_UTILITIES_RENT', ACH),
  phone: payee('Clearbell Prepaid', 'RENT_AND_UTILITIES_TELEPHONE', ACH),
}

/** What is owed to others than banks, kept beside the statements: no account has these places. */
const OWED = { advances: 100, rent: 101, phone: 102 } as const

/** Every other Friday. */
const PAYDAY = 1

function payday(book: Book, date: CalendarDay, draws: Draws): void {
  if (date.day % 14 !== PAYDAY) return
  book.settled(checking, OWN.wages, -draws.whole(92_000, 119_000), hour(date, 5))
  pay(book, OWED.advances, OWN.takenBack, ADVANCE_MOST_CENTS, hour(date, 8))
}

const LOW_CENTS = 24_000
const ADVANCE_MOST_CENTS = 8_000
const EXPRESS_CENTS = 399

/** Who has not paid the last one back gets no other. */
function advance(book: Book, date: CalendarDay, draws: Draws): void {
  const wish = draws.whole(2, ADVANCE_MOST_CENTS / 1_000) * 1_000
  const express = draws.chance(0.4)
  if (date.day % 14 === PAYDAY || book.balance(checking) >= LOW_CENTS) return
  if ((book.statements.get(OWED.advances) ?? 0) > 0 || !draws.chance(0.5)) return
  book.settled(checking, OWN.advance, -wish, hour(date, 9))
  if (express) book.settled(checking, OWN.express, EXPRESS_CENTS, hour(date, 9))
  book.statements.set(OWED.advances, wish)
}

const RENT_CENTS = 98_000
const PHONE_CENTS = 4_500
const CUSHION_CENTS = 3_000

function dues(book: Book, date: CalendarDay): void {
  if (date.dayOfMonth === 1) owe(book, OWED.rent, RENT_CENTS)
  if (date.dayOfMonth === 12) owe(book, OWED.phone, PHONE_CENTS)
  if (date.weekday === 0 || date.weekday === 6) return
  pay(book, OWED.rent, OWN.rent, RENT_CENTS, hour(date, 10))
  pay(book, OWED.phone, OWN.phone, PHONE_CENTS, hour(date, 10))
}

function owe(book: Book, place: number, cents: number): void {
  book.statements.set(place, (book.statements.get(place) ?? 0) + cents)
}

/** As soon as there is enough; who is behind pays one part after the other. */
function pay(book: Book, place: number, to: Payee, most: number, when: number): void {
  const owed = book.statements.get(place) ?? 0
  const cents = Math.min(owed, most)
  if (cents === 0 || book.balance(checking) < cents + CUSHION_CENTS) return
  book.settled(checking, to, cents, when)
  book.statements.set(place, owed - cents)
}

const PUT_CENTS = 500

/** Small change every Sunday. */
function put(book: Book, date: CalendarDay): void {
  if (date.weekday !== 0 || book.balance(checking) < LOW_CENTS) return
  const [from, to] = [PAYEES.toSavings, PAYEES.fromChecking]
  move(book, [checking, from], [savings, to], PUT_CENTS, hour(date, 12))
}

/** Cheap, near, and only with what is there. */
const NEAR = SHOPS.filter(
  ({ highCents, category }) => highCents <= 15_000 && !category.endsWith('GAS'),
)

function shopping(book: Book, date: CalendarDay, draws: Draws): void {
  // whoever has more goes out more, and saves little
  const appetite = Math.min(2, 0.7 + book.balance(checking) / 100_000)
  for (const shop of NEAR) {
    const wants = draws.chance((shop.timesPerWeek / 7) * appetite)
    const cents = Math.round(basket(shop, draws) * THRIFT)
    const when = sometime(date, draws, 9, 21)
    if (!wants || book.balance(checking) < cents + CUSHION_CENTS) continue
    book.purchase(draws, checking, shop, cents, when)
  }
}
const THRIFT = 0.8
