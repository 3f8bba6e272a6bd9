// Checkpoints: states are stored as the destination returned them, with what they were earned with
// (L3), through the fence (L6).
import type { Pool } from '../../postgres/pool.ts'
import { retry } from '../../std/retry.ts'
import { type AttemptStart, earnedBy } from '../connection/stream-life.ts'
import type { AcceptedState } from '../pump/state-ledger.ts'
import { deleteStatesExcept, saveEarned, upsertState } from '../store/state.ts'
import { fenced } from './fence.ts'

export async function checkpoint(
  pool: Pool,
  attempt: { attemptId: string; connectionId: string },
  start: AttemptStart,
  state: AcceptedState,
): Promise<void> {
  const { attemptId, connectionId } = attempt
  const earned = state.tables.flatMap(({ index, table }) => {
    const stream = start.streams[index]
    return stream ? [earnedBy(stream, table)] : []
  })
  const store = () =>
    fenced(pool, attemptId, async (db) => {
      await deleteStatesExcept(db, connectionId, state.kinds)
      for (const row of state.rows) await upsertState(db, connectionId, attemptId, row)
      await saveEarned(db, connectionId, earned)
    })
  // A short loss of the database is no reason to throw away a load that is durable.
  await retry(STORE_RETRY, store)
}

const STORE_RETRY = { triesMax: 4, firstDelayMs: 250, delayMsMax: 2_000, factor: 2 }
