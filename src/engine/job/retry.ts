// Whether and when a failed job tries again (pure). Airbyte's numbers: a failure that committed
// nothing backs off, one that made progress starts afresh, and what the user must mend is not
// tried again.
import type { FailedAttempt } from '../store/attempt.ts'

export interface JobRetryPolicy {
  firstDelayMs: number
  factor: number
  delayMsMax: number
  completeInRowMax: number
  completeMax: number
  partialInRowMax: number
  partialMax: number
}

export const jobRetryPolicy: JobRetryPolicy = {
  firstDelayMs: 10_000,
  factor: 3,
  delayMsMax: 30 * 60_000,
  completeInRowMax: 5,
  completeMax: 10,
  partialInRowMax: 1_000,
  partialMax: 20,
}

/** Milliseconds until the next attempt, or undefined for none; `attempts` in their order. */
export function retryDelayMs(
  policy: JobRetryPolicy,
  attempts: FailedAttempt[],
): number | undefined {
  const last = attempts.at(-1)
  if (!last || last.kind === 'config' || last.kind === 'cancelled') return undefined
  const inRow = attempts.length - 1 - attempts.findLastIndex((one) => one.partial !== last.partial)
  const inAll = attempts.filter((one) => one.partial === last.partial).length
  if (last.partial) {
    return inRow >= policy.partialInRowMax || inAll >= policy.partialMax ? undefined : 0
  }
  if (inRow >= policy.completeInRowMax || inAll >= policy.completeMax) return undefined
  // The first loss of a worker and a state that expired are no reason to wait.
  const waits = inRow - (last.kind === 'lost' || last.kind === 'expired' ? 2 : 1)
  if (waits < 0) return 0
  return Math.min(policy.delayMsMax, policy.firstDelayMs * policy.factor ** waits)
}
