import { monotonicMs, systemClock } from '../../src/std/clock.ts'

/** Asks again, where whoever is asked was killed or is not there yet; rejects when it stays so. */
export async function patiently<T>(work: () => Promise<T>, msMax: number): Promise<T> {
  for (const deadline = monotonicMs() + msMax; ;) {
    try {
      return await work()
    } catch (error) {
      if (monotonicMs() > deadline) throw error
      await systemClock.sleep(500)
    }
  }
}
