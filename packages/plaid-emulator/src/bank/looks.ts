// When Plaid looks at an Item's bank by itself: first what the Item waits for, then the bank's own
// times.
import type { Deed } from '../item/ledger.ts'
import { type ReadinessPace, readyTimes } from '../item/ready.ts'
import { isFollowed } from '../products/product.ts'
import { DAY_MS } from '../world/calendar.ts'
import { nextPullTime, pullTimes } from '../world/institutions.ts'
import type { ItemRecord } from './state.ts'

/** The first instant after the last telling at which something may come by itself. */
export function nextLookAt(
  item: ItemRecord,
  seed: string,
  { pace, moves }: { pace: ReadinessPace; moves: boolean },
): number {
  const { since, toldAt, institutionId, products, investmentsReadyAt, actions } = item
  // a restart came in between
  const doneAt = actions.at(-1)?.at ?? -Infinity
  if (doneAt > toldAt) return doneAt
  if (investmentsReadyAt !== null && investmentsReadyAt > toldAt) return investmentsReadyAt
  const pulls = (): number => (moves ? nextPullTime(seed, institutionId, toldAt) : Infinity)
  if (since === null) return isFollowed(products) ? pulls() : Infinity
  const { initialAt, historyAt } = readyTimes(since, pace)
  if (initialAt > toldAt) return initialAt
  return historyAt > toldAt ? historyAt : pulls()
}

/**
 * The last look before the last telling; undefined where what the Item shows does not follow from
 * that instant alone, since its history is on the way, or somebody changed rows of it.
 */
export function lastLookAt(
  { since, toldAt, institutionId, actions }: ItemRecord,
  seed: string,
  pace: ReadinessPace,
): number | undefined {
  const historyAt = since === null ? Infinity : readyTimes(since, pace).historyAt
  const plain = actions.every(
    (action) => action.at <= toldAt && (action.kind === 'refresh' || isSelection(action)),
  )
  if (historyAt > toldAt || !plain) return undefined
  const refreshes = actions.filter(({ kind }) => kind === 'refresh').map(({ at }) => at)
  // a bank is asked at least once a day
  const pulls = pullTimes(seed, institutionId, toldAt - 2 * DAY_MS, toldAt)
  return Math.max(historyAt, ...refreshes, ...pulls)
}

/** It changes which accounts are shown, or under which ids, and no row. */
export function isSelection({ kind }: Deed): boolean {
  return kind === 'select' || kind === 'churn'
}
