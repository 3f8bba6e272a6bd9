// The one door through which an attempt stores anything: a transaction that holds the attempt's
// row and looks whether it still runs (L6). States come through it as the destination returned
// them (L3).
import type { Pool } from '../../postgres/pool.ts'
import { type Db, tx } from '../../postgres/query.ts'
import { TransientError } from '../../std/errors.ts'
import { retry } from '../../std/retry.ts'
import type { AcceptedState } from '../pump/state-ledger.ts'
import { lockAttempt } from '../store/attempt.ts'
import { deleteStatesExcept, upsertState } from '../store/state.ts'

export function fenced<T>(pool: Pool, attemptId: string, work: (db: Db) => Promise<T>): Promise<T> {
  return tx(pool, async (db) => {
    if (!(await lockAttempt(db, attemptId))) {
      throw new TransientError(
        'ATTEMPT_FENCED',
        'another attempt has taken over: nothing is stored',
      )
    }
    return work(db)
  })
}

export async function saveState(
  pool: Pool,
  attempt: { attemptId: string; connectionId: string },
  state: AcceptedState,
): Promise<void> {
  const { attemptId, connectionId } = attempt
  const save = () =>
    fenced(pool, attemptId, async (db) => {
      await deleteStatesExcept(db, connectionId, state.kinds)
      for (const row of state.rows) await upsertState(db, connectionId, attemptId, row)
    })
  // A short loss of the database is no reason to throw away a load that is durable.
  await retry(SAVE_RETRY, save)
}

const SAVE_RETRY = { triesMax: 4, firstDelayMs: 250, delayMsMax: 2_000, factor: 2 }
