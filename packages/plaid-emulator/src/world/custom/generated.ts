// What happens on a custom account of which the JSON gives no transactions: drawn from its seed,
// by days since the Item was made, so that the same seed gives the same rows on another day.
import { DAY_MS, HOUR_MS } from '../calendar.ts'
import type { Payee, Shop } from '../payee.ts'
import { PAYEES, SHOPS } from '../payees.ts'
import type { Movement } from '../persona.ts'
import { basket } from '../rules.ts'
import { type Draws, drawsFor, keyOf } from '../random.ts'
import type { Opened } from './accounts.ts'

/** What happens so many days after the Item's creation; before it, the days are negative. */
export type Generator = (day: number) => Generated[]
export interface Generated {
  payee: Payee
  cents: number
  /** Of the day. */
  hour: number
  /** Days from pending to posted; none where it is posted at once. */
  pendingDays: number
}

const MONTH_DAYS = 30
/** A draw's index is not negative. */
const INDEX_FROM = 100_000
/** Plaid's longest history: nothing is generated before it. */
export const generatedDaysMax = 730

export function generatorOf({ given, account }: Opened, place: number, seed: string): Generator {
  if (given.transactions !== undefined) return () => []
  const key = keyOf(`custom/${seed}/rows/${place}`)
  const kind = kindOf(account.type, account.subtype)
  return (day) => {
    if (day < -generatedDaysMax) return []
    return kind((at) => drawsFor(key, at + INDEX_FROM), day)
  }
}

type Kind = (drawsOf: (day: number) => Draws, day: number) => Generated[]

function kindOf(type: string, subtype: string): Kind {
  if (type === 'credit') return card
  if (type === 'loan') return loan
  if (type !== 'depository') return () => []
  return subtype === 'savings' || subtype === 'money market' || subtype === 'cd' ? saving : daily
}

/** The part of the household's shopping that one person does. */
const SHOPPING = 0.6
const SALARY_DAYS = 14
const SALARY_CENTS = [118_000, 131_000] as const
const RENT_CENTS = 98_000

const daily: Kind = (drawsOf, day) => {
  const rows = shopping(drawsOf(day))
  if (day % SALARY_DAYS === 0) {
    rows.push(booked(PAYEES.salary, -drawsOf(day).whole(...SALARY_CENTS), 5))
  }
  if (day % MONTH_DAYS === 0) rows.push(booked(PAYEES.rent, RENT_CENTS, 7))
  return rows
}

const saving: Kind = (drawsOf, day) =>
  day % MONTH_DAYS === 0 ? [booked(PAYEES.interest, -drawsOf(day).whole(120, 2_400), 4)] : []

/** What was bought in a month is paid at its end. */
const card: Kind = (drawsOf, day) => {
  const rows = shopping(drawsOf(day))
  if (day % MONTH_DAYS !== 0) return rows
  let owed = 0
  for (let back = 1; back <= MONTH_DAYS; back++) {
    for (const { cents } of shopping(drawsOf(day - back))) owed += cents
  }
  return [...rows, booked(PAYEES.cardReceived, -owed, 8)]
}

const loan: Kind = (_, day) =>
  day % MONTH_DAYS === 0 ? [booked(PAYEES.loanReceived, -LOAN_RATE_CENTS, 8)] : []
const LOAN_RATE_CENTS = 24_000

function booked(payee: Payee, cents: number, hour: number): Generated {
  return { payee, cents, hour, pendingDays: 0 }
}

function shopping(draws: Draws): Generated[] {
  return SHOPS.flatMap((shop: Shop) => {
    if (!draws.chance((shop.timesPerWeek / 7) * SHOPPING)) return []
    return [
      {
        payee: shop,
        cents: basket(shop, draws),
        hour: draws.whole(8, 21),
        pendingDays: draws.whole(1, 3),
      },
    ]
  })
}

/** On a day of the calendar. */
export function movementOf(generated: Generated, account: number, day: number): Movement {
  const { payee, cents, hour, pendingDays } = generated
  const occurredAt = day * DAY_MS + hour * HOUR_MS
  const postAt = occurredAt + pendingDays * DAY_MS
  const course = { pendingCents: cents, postAt, linked: pendingDays > 0, editCents: cents }
  return {
    account,
    payee,
    cents,
    occurredAt,
    course: pendingDays > 0 ? { ...course, pendingAt: occurredAt } : course,
  }
}
