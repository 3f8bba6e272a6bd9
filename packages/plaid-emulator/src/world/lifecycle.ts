// What becomes of one movement of money at the bank: seen pending or not, corrected, dropped or
// posted under a new id, edited late. All of it follows from draws made when the movement begins,
// so that the bank's state at any instant is a pure function (L1: a truth to compare with).
import { DAY_MS, HOUR_MS, MINUTE_MS } from './calendar.ts'
import type { Habit, Payee } from './payee.ts'
import type { Draws } from './random.ts'

export interface Draft {
  /** Its number in the world, from which ids follow. */
  index: number
  /** The account's place in the household's list. */
  account: number
  payee: Payee
  /** Which of a merchant's shops. */
  store: number
  /** The final amount, in cents; positive when money leaves the account. */
  cents: number
  occurredAt: number
  course: Course
  details?: Details | undefined
}

/** What few rows have. */
export interface Details {
  /** What follows the payee's name: a check's number, the amount in another currency. */
  memo?: string
  checkNumber?: string
  /** The holder of a sub-account. */
  owner?: string
  /** Where it is not the account's. */
  currency?: string
  /** Where the bank tells another day than that on which it saw the movement first. */
  authorizedDay?: number
}

export interface Course {
  pendingAt?: number
  pendingCents: number
  /** A pending amount that changes: the tip, the fuel that was really taken. */
  adjustAt?: number
  /** A hold that vanishes without ever posting. */
  dropAt?: number
  postAt?: number
  /** Whether the posted row names the pending one. */
  linked: boolean
  /** A posted row that is changed later, to this amount. */
  editAt?: number
  editCents: number
  /** A posted row that the bank takes back and gives again under another id. */
  churnAt?: number
}

export type Happening = 'pending' | 'adjust' | 'drop' | 'post' | 'edit' | 'churn'

export interface BankEvent {
  at: number
  draft: Draft
  what: Happening
}

/** One id each: the pending row, the posted one, the one given again. */
export type Phase = 0 | 1 | 2

export interface RowState {
  phase: Phase
  cents: number
  edited: boolean
}

/** The row after something happened; undefined when it is gone. */
export function stateAfter(draft: Draft, what: Happening): RowState | undefined {
  if (what === 'drop') return undefined
  if (what === 'pending') return { phase: 0, cents: draft.course.pendingCents, edited: false }
  if (what === 'adjust') return { phase: 0, cents: draft.cents, edited: false }
  if (what === 'post') return { phase: 1, cents: draft.cents, edited: false }
  if (what === 'edit') return { phase: 1, cents: draft.course.editCents, edited: true }
  return { phase: 2, cents: draft.cents, edited: false }
}

/** In the order in which they happen. */
const HAPPENINGS = [
  ['pendingAt', 'pending'],
  ['adjustAt', 'adjust'],
  ['dropAt', 'drop'],
  ['postAt', 'post'],
  ['editAt', 'edit'],
  ['churnAt', 'churn'],
] as const satisfies [keyof Course, Happening][]

/** The row as the bank shows it at an instant; a ledger asks that of all its rows. */
export function stateAt(draft: Draft, at: number): RowState | undefined {
  let last: Happening | undefined
  for (const [when, what] of HAPPENINGS) if ((draft.course[when] ?? Infinity) <= at) last = what
  return last && stateAfter(draft, last)
}

export function eventsOf(draft: Draft): BankEvent[] {
  return HAPPENINGS.flatMap(([when, what]) => {
    const at = draft.course[when]
    return at === undefined ? [] : [{ at, draft, what }]
  })
}

/** What the account's owner has in the end: a dropped hold is nothing. */
export function finalCents(draft: Draft): number {
  return draft.course.postAt === undefined ? 0 : draft.course.editCents
}

/** What of a movement the bank had posted by an instant. */
export function postedCents(draft: Draft, at: number): number {
  const state = stateAt(draft, at)
  return state === undefined || state.phase === 0 ? 0 : state.cents
}

/** After so long nothing more happens to a movement. */
export const COURSE_MS_MAX = 45 * DAY_MS

const DROPPED_HOLDS = 0.06
const DROPPED = 0.008
const UNLINKED = 0.12
const EDITED = 0.03
const CHURNED = 0.008
/** A hold is one dollar at a pump, a night at a hotel. */
const PUMP_HOLD_CENTS = 100

export function settledCourse(occurredAt: number, cents: number): Course {
  return { pendingCents: cents, postAt: occurredAt, linked: false, editCents: cents }
}

/** The course of a purchase: pending within minutes, posted in one to four days. */
export function purchaseCourse(
  draws: Draws,
  habit: Habit,
  cents: number,
  occurredAt: number,
): Course {
  const pendingAt = occurredAt + draws.whole(2, 40) * MINUTE_MS
  const postAt = occurredAt + draws.whole(18, 96) * HOUR_MS
  const [drop, link, late] = [draws.fraction(), draws.fraction(), draws.fraction()]
  const lateAt = postAt + draws.whole(1, 20) * DAY_MS + draws.whole(0, 23) * HOUR_MS
  const adjustAt = occurredAt + draws.whole(3, 16) * HOUR_MS
  const correction = draws.chance(0.5) ? 0 : draws.whole(1, 400)
  const pendingCents = pendingAmount(habit, cents)
  const course: Course = { pendingAt, pendingCents, linked: link >= UNLINKED, editCents: cents }
  if (pendingCents !== cents) course.adjustAt = adjustAt
  if (drop < (habit === 'hold' ? DROPPED_HOLDS : DROPPED)) {
    return { ...course, dropAt: postAt }
  }
  course.postAt = postAt
  if (late < EDITED) return { ...course, editAt: lateAt, editCents: cents + correction }
  if (late < EDITED + CHURNED) return { ...course, churnAt: lateAt }
  return course
}

function pendingAmount(habit: Habit, cents: number): number {
  if (habit === 'tip') return Math.round(cents / 1.18)
  return habit === 'hold' ? PUMP_HOLD_CENTS : cents
}
