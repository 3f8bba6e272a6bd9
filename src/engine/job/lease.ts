// Renews an attempt's lease while its worker lives, and says so as soon as it is lost (L6).
import { createBell } from '../../std/bell.ts'
import { monotonicMs } from '../../std/clock.ts'

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
  const bell = createBell()
  const over = new Promise((resolve) => lost.signal.addEventListener('abort', resolve))
  const loop = keep()
  return {
    lost: lost.signal,
    renewNow: () => bell.ring(),
    end: async () => {
      ended.abort()
      // A renewal that hangs holds nobody up whose turn is over.
      await Promise.race([loop, over])
    },
  }

  async function keep(): Promise<void> {
    // Not asked of the renewal, which may itself hang on a database that answers nothing.
    let expiry = setTimeout(() => lost.abort(), leaseMs)
    ended.signal.addEventListener('abort', () => clearTimeout(expiry))
    for (;;) {
      await bell.wait(renewMs, ended.signal)
      if (ended.signal.aborted || lost.signal.aborted) return
      const askedAt = monotonicMs()
      try {
        if (!(await renew())) return lost.abort()
        clearTimeout(expiry)
        const left = leaseMs - (monotonicMs() - askedAt)
        if (!ended.signal.aborted) expiry = setTimeout(() => lost.abort(), left)
      } catch {
        // The database cannot be asked; as long as the lease holds, nobody may reap the attempt.
      }
    }
  }
}
