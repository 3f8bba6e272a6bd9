// One pull of one Item at a time, across any number of processes (L6): work runs under a lease
// that is renewed while it runs. When the lease is lost the work is told to stop, and the fence
// refuses whatever it still tries to commit.
import { monotonicMs } from '../../std/clock.ts'
import { errorCode } from '../../std/errors.ts'
import { underLease } from '../../std/lease.ts'
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
  const takenAtMs = monotonicMs()
  const item = await take(pool, itemId, leaseMs)
  if (!item) return undefined
  const lease = {
    leaseMs,
    renewEveryMs,
    takenAtMs,
    what: `the lease of Item ${itemId}`,
    renew: () => renewLease(pool, item, leaseMs).then(() => true, notLost),
    release: () => releaseLease(pool, item),
  }
  return underLease(lease, (lost) => work(item, AbortSignal.any([signal, lost])))
}

function notLost(error: unknown): false {
  if (errorCode(error) === 'LEASE_LOST') return false
  throw error
}
