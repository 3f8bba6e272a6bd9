// How a table that has grown gets into partitions, or out of them, while everybody reads and writes
// it: by the feed. Rows are taken over in its order, so whatever changes meanwhile comes again
// behind the last one, and a run that was broken off goes on where it was. At the end the clock is
// held for a moment, the rest is taken over, and the new table takes the old one's place.
import { SystemError, TransientError } from '../std/errors.ts'
import { retry } from '../std/retry.ts'
import type { Pool } from '../postgres/pool.ts'
import { type Db, tx } from '../postgres/query.ts'
import {
  beginNext,
  columnsOf,
  copyNext,
  countNext,
  lockPartitioning,
  missingIndexes,
  partsNow,
  pruneNext,
  stopClock,
  takePlace,
  unlockPartitioning,
} from './store/partition.ts'

/** A statement's worth, which nobody waits for. */
const batchRows = 10_000
const tries = { triesMax: 30, firstDelayMs: 500, delayMsMax: 10_000, factor: 2 }

export interface Progress {
  step: 'copying' | 'indexing' | 'exchanging'
  rows: number
}

/**
 * False where there is nothing to do. A statement of the pool's may take as long as an index does;
 * it needs two connections.
 */
export async function partitionTransactions(
  pool: Pool,
  parts: number,
  tell: (progress: Progress) => void,
): Promise<boolean> {
  const session = await pool.connect()
  try {
    if (!(await lockPartitioning(session))) {
      throw new TransientError('PARTITION_BUSY', 'another command is at it already')
    }
    if ((await partsNow(pool)) === parts) return false
    await tx(pool, (db) => beginNext(db, parts))
    const columns = await columnsOf(pool)
    let rows = 0
    await copyRest(pool, columns, (taken) => tell({ step: 'copying', rows: (rows += taken) }))
    for (const definition of await missingIndexes(pool)) {
      tell({ step: 'indexing', rows })
      await pool.query(definition)
    }
    await pool.query('vacuum analyze plaid_next.transaction')
    tell({ step: 'exchanging', rows })
    await retry(tries, async () => {
      await copyRest(pool, columns, () => {})
      await tx(pool, (db) => exchange(db, columns, parts))
    })
    return true
  } finally {
    await unlockPartitioning(session).catch(() => {}) // it goes with the connection, else
    session.release(true)
  }
}

async function copyRest(db: Db, columns: string[], took: (rows: number) => void): Promise<void> {
  for (let taken = batchRows; taken === batchRows;) {
    taken = await copyNext(db, columns, batchRows)
    took(taken)
  }
}

/** One transaction: either there are as many rows as the clock has counted, or all stays. */
async function exchange(
  db: Parameters<typeof takePlace>[0],
  columns: string[],
  parts: number,
): Promise<void> {
  const wanted = await stopClock(db)
  await copyRest(db, columns, () => {})
  await pruneNext(db)
  const there = await countNext(db)
  if (there !== wanted) {
    const sentence = `${wanted} transactions are counted and ${there} were copied`
    throw new SystemError('PARTITION_DIFFERS', `${sentence}: all stays as it is`)
  }
  await takePlace(db, parts)
}
