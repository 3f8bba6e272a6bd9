// What a debt's contract says: its rate, its days and, of a loan, when and with how much it began.
// What the world does not say follows from the kind of debt and from how it is paid; a loan's
// beginning follows from its balance, backwards month by month in whole cents.
import type { Terms, WorldAccount } from '../world/account.ts'
import { calendarDay, dayInMonth, FIRST_DAY } from '../world/calendar.ts'
import type { Movement } from './statement.ts'

export interface Contract {
  terms: Terms
  loan: Loan
}

export interface Loan {
  paymentCents: number
  months: number
  originDay: number
  principalCents: number
  /** When it is paid back, if nobody is late. */
  endDay: number
}

/** `movements` are those of the debt's life, the oldest first. */
export function contractOf(known: WorldAccount, movements: readonly Movement[]): Contract {
  const payment = movements.findLast(({ kind }) => kind === 'payment')
  const terms = known.terms ?? usualTerms(known, payment)
  const { months, paymentCents } = terms.loan ?? {
    months: MONTHS[known.subtype] ?? USUAL_MONTHS,
    paymentCents: payment === undefined ? null : -payment.cents,
  }
  // lent again, when the one before was paid back
  const advance = movements.findLast(({ kind, cents }) => kind === 'other' && cents > 0)
  const asked = paymentCents ?? annuity(advance?.cents ?? known.openingCents, terms.rate, months)
  const [lentCents, before] = beginning(known.openingCents, terms.rate, asked, months)
  const principalCents = advance?.cents ?? lentCents
  const originDay = advance?.day ?? dayInMonth(FIRST_DAY, -before, terms.due)
  const endDay = dayInMonth(originDay, months, terms.due)
  return { terms, loan: { paymentCents: asked, months, originDay, principalCents, endDay } }
}

const CARD_RATE = 2_199
const LOAN_RATE = 650
const RATES: Readonly<Record<string, number>> = { mortgage: 425, student: 525, auto: 590 }
const USUAL_MONTHS = 60
const MONTHS: Readonly<Record<string, number>> = { mortgage: 360, student: 120 }
const USUAL_DUE = 15

function usualTerms(known: WorldAccount, payment: Movement | undefined): Terms {
  const given = known.custom?.liability
  const percent = given?.purchase_apr ?? given?.nominal_apr
  const usual = known.type === 'credit' ? CARD_RATE : (RATES[known.subtype] ?? LOAN_RATE)
  // who pays is on time: a bill is due on the day on which it is paid
  const paid = payment === undefined ? USUAL_DUE : calendarDay(payment.day).dayOfMonth
  const due = Math.min(LAST_DUE, paid)
  return {
    rate: percent === undefined ? usual : Math.round(percent * 100),
    closes: ((due + 5) % LAST_DUE) + 1,
    due,
  }
}

/** No month is shorter. */
const LAST_DUE = 27

/** Hundredths of a percent a year, as a part of a month. */
const MONTHLY = 120_000

/** What pays this much back in so many months. */
function annuity(cents: number, rate: number, months: number): number {
  let growth = 1
  for (let i = 0; i < months; i++) growth *= 1 + rate / MONTHLY
  return rate === 0
    ? Math.ceil(cents / months)
    : Math.ceil((cents * (rate / MONTHLY) * growth) / (growth - 1))
}

/** What was lent, and how many months before the world's first day. */
function beginning(
  openingCents: number,
  rate: number,
  paymentCents: number,
  months: number,
): [principalCents: number, before: number] {
  let left = 0
  for (let cents = openingCents; cents > 0 && left < months; left++) {
    cents += Math.round((cents * rate) / MONTHLY) - paymentCents
  }
  let cents = openingCents
  for (let i = left; i < months; i++) {
    cents = Math.round(((cents + paymentCents) * MONTHLY) / (MONTHLY + rate))
  }
  return [cents, months - left]
}
