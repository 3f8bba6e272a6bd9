// Plaid's limits are calls a minute, per client and per Item. Calls are spread by a bucket that
// refills evenly, so that a hundred thousand Items wait here instead of being refused there (L9).
import { type Clock, systemClock } from '../std/clock.ts'

const MINUTE_MS = 60_000

export interface Limiter {
  /** Resolves when one more call may be made; rejects when the signal fires. */
  take(signal?: AbortSignal): Promise<void>
}

/** `perMinute` calls a minute, with bursts of at most `burst`. Infinity lets everything pass. */
export function createLimiter(
  perMinute: number,
  burst: number,
  clock: Clock = systemClock,
): Limiter {
  const everyMs = MINUTE_MS / perMinute
  let nextAt = 0
  return {
    take: async (signal) => {
      if (perMinute === Infinity) return
      const now = clock.now()
      nextAt = Math.max(nextAt, now - everyMs * (burst - 1))
      const wait = nextAt - now
      nextAt += everyMs
      if (wait > 0) await clock.sleep(wait, signal)
    },
  }
}
