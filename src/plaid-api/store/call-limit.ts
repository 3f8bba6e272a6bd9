// Plaid's limits of a whole client, shared by every process on this store: in any minute no more
// calls of an endpoint than it allows, nine tenths of them evenly and a tenth at once.
import { windowMs } from '../../plaid/limiter.ts'
import { type Db, one, sql } from '../../postgres/query.ts'

/** Milliseconds to wait before one more call, which counts as made then. */
export async function takeCall(db: Db, path: string, perMinute: number): Promise<number> {
  const burst = Math.max(1, Math.floor(perMinute / 10))
  const stepMs = windowMs / Math.max(1, perMinute - burst)
  const { wait } = await one<{ wait: number }>(
    db,
    sql`select plaid.take_call(${path}, ${stepMs}::float8 * interval '1 ms', ${burst}) as wait`,
  )
  return wait
}
