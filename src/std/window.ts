// How often somebody may do something (L9): counted in windows, in memory, of a bounded number of
// names.
import { type Clock, systemClock } from './clock.ts'

export interface Window {
  /**
   * Milliseconds to wait; undefined where it may be done now, which is then counted. `ownMax` is
   * the limit of that name alone.
   */
  take(name: string, ownMax?: number): number | undefined
}

const namesMax = 10_000

export function window(max: number, everyMs: number, clock: Clock = systemClock): Window {
  const counts = new Map<string, { until: number; count: number }>()
  return {
    take: (name, ownMax = max) => {
      const now = clock.now()
      const found = counts.get(name)
      const count = found && found.until > now ? found : { until: now + everyMs, count: 0 }
      if (count.count >= ownMax) return count.until - now
      count.count++
      counts.delete(name)
      counts.set(name, count)
      const [oldest] = counts.keys()
      if (counts.size > namesMax && oldest !== undefined) counts.delete(oldest)
      return undefined
    },
  }
}
