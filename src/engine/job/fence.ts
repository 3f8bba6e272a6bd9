// The one door through which an attempt stores anything: a transaction that holds the attempt's
// row and sees whether it still runs (L6).
import type { Pool } from '../../postgres/pool.ts'
import { type Db, tx } from '../../postgres/query.ts'
import { TransientError } from '../../std/errors.ts'
import { lockAttempt } from '../store/attempt.ts'

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
