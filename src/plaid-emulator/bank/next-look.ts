// When something may come at an Item by itself: what it waits for first, then the bank's own times.
import { type ReadinessPace, readyTimes } from '../item/ready.ts'
import { isFollowed } from '../products/product.ts'
import { nextPullTime } from '../world/institutions.ts'
import type { ItemRecord } from './state.ts'

/** The first instant after the last telling; Infinity for an Item that nobody is told about. */
export function nextLookAt(item: ItemRecord, seed: string, pace: ReadinessPace): number {
  const { since, toldAt, institutionId, products, investmentsReadyAt } = item
  if (investmentsReadyAt !== null && investmentsReadyAt > toldAt) return investmentsReadyAt
  if (since === null)
    return isFollowed(products) ? nextPullTime(seed, institutionId, toldAt) : Infinity
  const { initialAt, historyAt } = readyTimes(since, pace)
  if (initialAt > toldAt) return initialAt
  return historyAt > toldAt ? historyAt : nextPullTime(seed, institutionId, toldAt)
}
