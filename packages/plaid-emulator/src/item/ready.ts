// When an Item has its transactions: Plaid has the last month after about ten seconds and the whole
// history after about a minute; an emulator that is in a hurry has both at once.
import { MINUTE_MS } from '../world/calendar.ts'

export const PACES = ['immediate', 'plaid'] as const
export type ReadinessPace = (typeof PACES)[number]

const INITIAL_AFTER_MS = 10_000
const HISTORY_AFTER_MS = MINUTE_MS

/** `since` is when transactions were first asked for. */
export function readyTimes(
  since: number,
  pace: ReadinessPace,
): { initialAt: number; historyAt: number } {
  if (pace === 'immediate') return { initialAt: since, historyAt: since }
  return { initialAt: since + INITIAL_AFTER_MS, historyAt: since + HISTORY_AFTER_MS }
}
