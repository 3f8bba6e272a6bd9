// Plaid's limits are calls in any minute. Whoever would be one too many waits here until the minute
// is over, instead of being refused there; so a hundred thousand Items are in nobody's way (L9).
import { type Clock, monotonicMs, systemClock } from '../std/clock.ts'

/** A minute, and as much again as two calls may differ in how long they are on their way. */
export const windowMs = 61_000
/** Keys of calls that no window remembers are forgotten after so many others. */
const SWEEP_EVERY = 1_000

export interface Limiter {
  /** Resolves when one more call of this key may be made; rejects when the signal fires. */
  take(key: string, signal?: AbortSignal): Promise<void>
}

/** A clock that somebody sets back must hold nobody. */
const steady: Clock = { now: monotonicMs, sleep: systemClock.sleep }

/** `perWindow` calls a minute for each key. Infinity lets everything pass. */
export function createLimiter(perWindow: number, clock: Clock = steady): Limiter {
  const windows = new Map<string, Window>()
  let calls = 0
  return {
    take: async (key, signal) => {
      if (perWindow === Infinity) return
      const now = clock.now()
      if (++calls % SWEEP_EVERY === 0) sweep(windows, now)
      let window = windows.get(key)
      if (!window) windows.set(key, (window = new Window(perWindow)))
      const wait = window.take(now) - now
      if (wait > 0) await clock.sleep(wait, signal)
    },
  }
}

function sweep(windows: Map<string, Window>, now: number): void {
  for (const [key, window] of windows) if (window.isIdle(now)) windows.delete(key)
}

/** When each of the last calls is or was made, oldest first, as a ring. */
class Window {
  readonly #size: number
  readonly #at: number[] = []
  #oldest = 0
  #last = -Infinity

  constructor(size: number) {
    this.#size = size
  }

  /** When the call may be made, which counts as made then. */
  take(now: number): number {
    const oldest = this.#at[this.#oldest] ?? -Infinity
    this.#last = Math.max(now, oldest + windowMs)
    this.#at[this.#oldest] = this.#last
    this.#oldest = (this.#oldest + 1) % this.#size
    return this.#last
  }

  isIdle(now: number): boolean {
    return this.#last + windowMs < now
  }
}
