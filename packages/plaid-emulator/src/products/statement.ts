// A debt's last statement: when it closed and with what, what was paid, what is asked for and when.
// It says what the bank had posted when the closing day was over, and stays so.
import type { Terms } from '../world/account.ts'
import { DAY_MS, dayInMonth, dayOf } from '../world/calendar.ts'
import { type Draft, postedCents } from '../world/lifecycle.ts'

/** What has been posted to a debt. */
export interface Movement {
  kind: 'payment' | 'interest' | 'other'
  /** Positive when the debt grows. */
  cents: number
  day: number
}

export interface Statement {
  day: number
  balanceCents: number
  /** The latest payment, before or after the statement. */
  payment: Movement | undefined
  /** What has not been paid of it yet. */
  carriedCents: number
  /** Charged between the statement before and this one. */
  interestCents: number
  minimumCents: number
  nextDueDay: number
  /** What its day has passed without being paid. */
  pastDueCents: number
}

export interface Account {
  drafts: readonly Draft[]
  openingCents: number
  terms: Pick<Terms, 'closes' | 'due'>
  /** A loan's rate; null for a card, which asks for a part of what is owed. */
  paymentCents: number | null
  /** Whether the world pays this debt at all. */
  isPaid: boolean
}

export function statementAt(account: Account, at: number): Statement {
  const { drafts, openingCents, terms } = account
  const today = dayOf(at)
  const day = lastBefore(today, terms.closes)
  const closed = (day + 1) * DAY_MS
  const balanceCents = drafts.reduce((sum, draft) => sum + postedCents(draft, closed), openingCents)
  const movements = movementsAt(drafts, at)
  const payments = movements.filter(({ kind }) => kind === 'payment')
  const before = dayInMonth(day, -1, terms.closes)
  const interestCents = sumOf(
    movements.filter((each) => each.kind === 'interest' && each.day > before && each.day <= day),
  )
  const paidCents = -sumOf(payments.filter((payment) => payment.day > day))
  const minimumCents = minimumOf(account, balanceCents, interestCents)
  const dueDay = firstAfter(day, terms.due)
  const late = account.isPaid && today > dueDay
  return {
    day,
    balanceCents,
    payment: payments.at(-1),
    carriedCents: Math.max(0, balanceCents - paidCents),
    interestCents,
    minimumCents,
    nextDueDay: today > dueDay ? firstAfter(today - 1, terms.due) : dueDay,
    pastDueCents: late ? Math.max(0, minimumCents - paidCents) : 0,
  }
}

/** What the bank has posted by now, the oldest first. */
export function movementsAt(drafts: readonly Draft[], at: number): Movement[] {
  return drafts
    .map((draft) => {
      const cents = postedCents(draft, at)
      return { kind: kindOf(draft, cents), cents, day: dayOf(draft.course.postAt ?? 0) }
    })
    .filter(({ cents }) => cents !== 0)
    .sort((a, b) => a.day - b.day)
}

function kindOf({ payee: { category } }: Draft, cents: number): Movement['kind'] {
  if (cents > 0) return category.startsWith('BANK_FEES_INTEREST') ? 'interest' : 'other'
  return /^(LOAN_PAYMENTS|TRANSFER_IN)_/.test(category) ? 'payment' : 'other'
}

/** A card asks for one percent and the interest, but for this much at least. */
const MINIMUM_CENTS = 3_500

function minimumOf({ paymentCents }: Account, balanceCents: number, interestCents: number): number {
  const asked =
    paymentCents ?? Math.max(MINIMUM_CENTS, Math.ceil(balanceCents / 100) + interestCents)
  return Math.max(0, Math.min(balanceCents, asked))
}

function sumOf(movements: readonly Movement[]): number {
  return movements.reduce((sum, { cents }) => sum + cents, 0)
}

/** The last day that is over and has this day of the month. */
function lastBefore(today: number, dayOfMonth: number): number {
  const day = dayInMonth(today, 0, dayOfMonth)
  return day < today ? day : dayInMonth(today, -1, dayOfMonth)
}

function firstAfter(after: number, dayOfMonth: number): number {
  const day = dayInMonth(after, 0, dayOfMonth)
  return day > after ? day : dayInMonth(after, 1, dayOfMonth)
}
