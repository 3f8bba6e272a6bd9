// The test user `user_transactions_dynamic`, as Plaid describes it: a checking account and a card
// with about fifty rows, pending and posted, half a year of what recurs among them; nothing moves
// until a refresh is asked for. Then all that was pending posts, one row that had posted before
// costs a dollar more, and new pending rows come.
import { account, type WorldAccount } from './account.ts'
import { calendarDay, DAY_MS, dayOf, HOUR_MS, MINUTE_MS } from './calendar.ts'
import { type BankEvent, type Draft, settledCourse } from './lifecycle.ts'
import type { Payee } from './payee.ts'
import { PAYEES, SHOPS } from './payees.ts'
import { drawAt, type Draws, drawsFor, type Key, keyOf } from './random.ts'

const CHECKING = 0
const CARD = 1

export const DYNAMIC_ACCOUNTS: readonly WorldAccount[] = [
  account(
    ['depository', 'checking'],
    ['Dynamic Checking', 'Dynamic Gold Standard Checking', '0000'],
    310_000,
  ),
  account(
    ['credit', 'credit card'],
    ['Dynamic Card', 'Dynamic Diamond Credit Card', '3333'],
    41_000,
    { limitCents: 500_000 },
  ),
]

interface Recurring {
  dayOfMonth: number
  account: number
  payee: Payee
  cents: number
}

const RECURRING: readonly Recurring[] = [
  { dayOfMonth: 28, account: CHECKING, payee: PAYEES.salary, cents: -310_000 },
  { dayOfMonth: 1, account: CHECKING, payee: PAYEES.rent, cents: 165_000 },
  { dayOfMonth: 8, account: CARD, payee: PAYEES.film, cents: 1_799 },
  { dayOfMonth: 12, account: CARD, payee: PAYEES.gym, cents: 4_500 },
  { dayOfMonth: 17, account: CHECKING, payee: PAYEES.phone, cents: 9_450 },
]
const RECURRING_DAYS = 184
const PURCHASES = 22
const PURCHASE_DAYS = 80
const PENDING = 5
/** New pending rows of one refresh. */
const ARRIVALS = [2, 4] as const
const DOLLAR_CENTS = 100

export class DynamicWorld {
  readonly #key: Key
  readonly #drafts: Draft[] = []
  #events: BankEvent[] = []
  #refreshes = 0

  constructor(options: { seed: string; itemId: string; since: number; firstDay: number }) {
    const { since, firstDay } = options
    this.#key = keyOf(`${options.seed}/dynamic/${options.itemId}`)
    const today = dayOf(since)
    for (let day = Math.max(firstDay, today - RECURRING_DAYS); day < today; day++) {
      const { dayOfMonth } = calendarDay(day)
      for (const each of RECURRING.filter((bill) => bill.dayOfMonth === dayOfMonth)) {
        this.#post(each, day * DAY_MS + 7 * HOUR_MS)
      }
    }
    const draws = drawsFor(this.#key, 0)
    for (let i = 0; i < PURCHASES; i++) {
      const day = today - draws.whole(3, PURCHASE_DAYS)
      const bought = purchase(draws)
      if (day >= firstDay) this.#post(bought, day * DAY_MS + draws.whole(9, 21) * HOUR_MS)
    }
    for (let i = 0; i < PENDING; i++) {
      this.#wait(purchase(draws), since - draws.whole(1, 40) * HOUR_MS)
    }
  }

  drafts(firstDay: number, lastDay: number): Draft[] {
    return this.#drafts.filter(
      ({ occurredAt }) => dayOf(occurredAt) >= firstDay && dayOf(occurredAt) <= lastDay,
    )
  }

  /** What the refreshes since the last call have made happen. */
  takeEvents(): BankEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  refresh(at: number): void {
    const draws = drawsFor(this.#key, ++this.#refreshes)
    const posted = this.#drafts.filter(({ course }) => course.postAt !== undefined)
    for (const draft of this.#drafts.filter(({ course }) => course.postAt === undefined)) {
      draft.course.postAt = at
      draft.course.editCents = draft.cents
      this.#events.push({ at, draft, what: 'post' })
    }
    const dearer = posted[Math.floor(draws.fraction() * posted.length)]
    if (dearer !== undefined) {
      dearer.cents += DOLLAR_CENTS
      // the bank says the same row once more
      this.#events.push({ at, draft: dearer, what: 'post' })
    }
    for (let left = draws.whole(...ARRIVALS); left > 0; left--) {
      const draft = this.#wait(purchase(draws), at - draws.whole(1, 50) * MINUTE_MS)
      this.#events.push({ at, draft, what: 'pending' })
    }
  }

  #post(bought: Bought, at: number): void {
    this.#begin(bought, at, settledCourse(at, bought.cents))
  }

  #wait(bought: Bought, at: number): Draft {
    const { cents } = bought
    return this.#begin(bought, at, {
      pendingAt: at,
      pendingCents: cents,
      linked: true,
      editCents: cents,
    })
  }

  #begin({ account, payee, cents }: Bought, occurredAt: number, course: Draft['course']): Draft {
    const index = this.#drafts.length
    const store = drawAt(this.#key, index) % 4
    const draft = { index, account, payee, store, cents, occurredAt, course }
    this.#drafts.push(draft)
    return draft
  }
}

type Bought = Pick<Draft, 'account' | 'payee' | 'cents'>

function purchase(draws: Draws): Bought {
  const shop = draws.pick(SHOPS)
  const cents = draws.whole(shop.lowCents, shop.highCents)
  return { account: draws.chance(0.6) ? CARD : CHECKING, payee: shop, cents }
}
