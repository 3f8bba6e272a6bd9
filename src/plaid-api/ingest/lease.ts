// One pull of one Item at a time, across any number of processes (L6): work runs under a lease
// that is renewed while it runs. When the lease is lost the work is told to stop, and the fence
// refuses whatever it still tries to commit.
import { systemClock } from '../../std/clock.ts'
import { isAbort } from '../../std/errors.ts'
import type { Pool } from '../../postgres/pool.ts'
import { type LeasedItem, releaseLease, renewLease, takeLease } from '../store/item.ts'

const leaseMs = 60_000
const renewEveryMs = 15_000

/** Runs `work` with the Item's lease; undefined while another holds it, or `take` gives none. */
export async function withLease<T>(
  pool: Pool,
  itemId: string,
  signal: AbortSignal,
  work: (item: LeasedItem, signal: AbortSignal) => Promise<T>,
  take = takeLease,
): Promise<T | undefined> {
  signal.throwIfAborted()
  const item = await take(pool, itemId, leaseMs)
  if (!item) return undefined
  const lost = new AbortController()
  const done = new AbortController()
  const renewing = keepRenewing(pool, item, done.signal).catch((error: unknown) =>
    lost.abort(error),
  )
  try {
    return await work(item, AbortSignal.any([signal, lost.signal]))
  } finally {
    done.abort()
    await renewing
    // Where the database is away the lease ends by itself.
    await releaseLease(pool, item).catch(() => {})
  }
}

async function keepRenewing(pool: Pool, item: LeasedItem, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await systemClock.sleep(renewEveryMs, signal)
      await renewLease(pool, item, leaseMs)
    }
  } catch (error) {
    if (!isAbort(error)) throw error
  }
}
