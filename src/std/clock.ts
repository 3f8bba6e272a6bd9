// The one place that asks for the time (a test in tidy.test.ts holds that), so that time can be
// set still in tests.
import { setTimeout as wait } from 'node:timers/promises'

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms`; rejects with an AbortError when the signal fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await wait(ms, undefined, signal ? { signal } : {})
  },
}

/** The day in UTC, `YYYY-MM-DD`. */
export function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/** A monotonic reading in milliseconds, for durations only. */
export function monotonicMs(): number {
  return performance.now()
}

export function isoNow(clock: Clock = systemClock): string {
  return new Date(clock.now()).toISOString()
}
