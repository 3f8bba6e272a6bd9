// Renews an attempt's lease while its worker lives, and says so as soon as it is lost (L6).
import { monotonicMs } from '../../std/clock.ts'
import { createLatch } from './latch.ts'

/** The lease of a worker that has not been heard of for so long lapses. */
export const leaseMs = 10_000
const renewMs = 2_000

export interface Lease {
  /** Fires when somebody else ended the attempt, or when nobody could be asked for too long. */
  lost: AbortSignal
  /** Asks at once: something about jobs changed. */
  renewNow(): void
  /** Stops renewing. */
  end(): Promise<void>
}

/** `renew` answers false when the attempt runs no more. */
export function holdLease(renew: () => Promise<boolean>): Lease {
  const lost = new AbortController()
  const ended = new AbortController()
  const latch = createLatch()
  const loop = keep()
  return {
    lost: lost.signal,
    renewNow: () => latch.ring(),
    end: async () => {
      ended.abort()
      await loop
    },
  }

  async function keep(): Promise<void> {
    let renewedAt = monotonicMs()
    for (;;) {
      await latch.wait(renewMs, ended.signal)
      if (ended.signal.aborted) return
      const askedAt = monotonicMs()
      try {
        if (!(await renew())) return lost.abort()
        renewedAt = askedAt
      } catch {
        // The database cannot be asked; as long as the lease holds, nobody may reap the attempt.
        if (monotonicMs() - renewedAt > leaseMs) return lost.abort()
      }
    }
  }
}
