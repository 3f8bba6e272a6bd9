// Work under a lease that is renewed while it runs (L6). The lease's time is counted here, from
// when it was asked for: a renewal that hangs, or a database that answers nothing, ends it as
// surely as somebody who took it over.
import { monotonicMs, systemClock } from './clock.ts'
import { TransientError } from './errors.ts'

export interface Lease {
  /** How long it holds after a renewal was asked for, and how often one is. */
  leaseMs: number
  renewEveryMs: number
  /** When it was asked for, by `monotonicMs`. */
  takenAtMs: number
  /** Answers false when somebody else has it; throws when nobody could be asked. */
  renew(): Promise<boolean>
  /** Gives it back. */
  release(): Promise<void>
  /** What it is of, for the sentence of its loss. */
  what: string
}

/** Rejects as soon as the lease is lost, though `work` may not hear its signal at once. */
export async function underLease<T>(
  lease: Lease,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController()
  const done = new AbortController()
  const over = new Promise<never>((_, reject) => {
    lost.signal.addEventListener('abort', () => reject(lost.signal.reason as Error))
  })
  over.catch(() => {}) // told by whoever waits for it
  let expiry = expireAfter(lease.takenAtMs)
  void keepRenewing()
  try {
    return await Promise.race([work(lost.signal), over])
  } finally {
    done.abort()
    // Where the database is away the lease ends by itself.
    if (!lost.signal.aborted) await Promise.race([lease.release(), over]).catch(() => {})
    clearTimeout(expiry)
  }

  async function keepRenewing(): Promise<void> {
    for (;;) {
      await systemClock.sleep(lease.renewEveryMs, done.signal).catch(() => {})
      if (done.signal.aborted || lost.signal.aborted) return
      const askedAt = monotonicMs()
      try {
        const isHeld = await Promise.race([lease.renew(), over])
        if (!isHeld) lost.abort(leaseLost(`another took over ${lease.what}`))
        else if (!done.signal.aborted) {
          clearTimeout(expiry)
          expiry = expireAfter(askedAt)
        }
      } catch {
        // Nobody could be asked: it holds until its time is over.
      }
    }
  }

  function expireAfter(sinceMs: number): NodeJS.Timeout {
    const left = lease.leaseMs - (monotonicMs() - sinceMs)
    return setTimeout(() => {
      lost.abort(leaseLost(`${lease.what} could not be renewed in ${lease.leaseMs} ms`))
    }, left)
  }
}

function leaseLost(why: string): TransientError {
  return new TransientError('LEASE_LOST', why)
}
