// Trying again: exponential pauses, each drawn between half and the whole of it, bounded in length
// and number.
import { type Clock, systemClock } from './clock.ts'
import { classify } from './errors.ts'
import { jitter } from './ids.ts'

export interface RetryPolicy {
  triesMax: number
  firstDelayMs: number
  delayMsMax: number
  factor: number
}

/** The pause before try `attempt` + 1, where `attempt` counts from 1. */
export function backoffMs(policy: RetryPolicy, attempt: number, random = jitter): number {
  const full = Math.min(policy.delayMsMax, policy.firstDelayMs * policy.factor ** (attempt - 1))
  return Math.round(full / 2 + (random() * full) / 2)
}

/** Runs `work` again while it fails transiently; every other failure goes straight up. */
export async function retry<T>(
  policy: RetryPolicy,
  work: (attempt: number) => Promise<T>,
  options: { signal?: AbortSignal; clock?: Clock } = {},
): Promise<T> {
  const clock = options.clock ?? systemClock
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      const failure = classify(error)
      if (failure.kind !== 'transient' || attempt >= policy.triesMax) throw error
      options.signal?.throwIfAborted()
      const pause = Math.max(failure.retryAfterMs ?? 0, backoffMs(policy, attempt))
      await clock.sleep(pause, options.signal)
    }
  }
}
