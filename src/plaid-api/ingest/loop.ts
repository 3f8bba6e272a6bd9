// The paging loop over /transactions/sync (L1). Pages are staged as they come; nothing of the
// loop is published before Plaid says that there is no more. Data that changed between two pages
// restarts the loop from its first cursor, since retrying the failed page alone makes the error
// recur; if even that keeps failing, the whole history is read instead and what was not seen in
// it is gone.
import type { Transaction, TransactionsSyncResponse } from 'plaid'
import { classify, TransientError } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'
import type { PlaidClient } from '../../plaid/client.ts'
import { MUTATION } from '../../plaid/errors.ts'
import { tx } from '../../postgres/query.ts'
import type { Pool } from '../../postgres/pool.ts'
import { type StagedRow, stagedRemoval, stagedTransaction } from '../row.ts'
import { checkLease, type LeasedItem } from '../store/item.ts'
import {
  advanceLoop,
  beginLoop,
  findLoop,
  type Loop,
  type LoopMode,
  stageRows,
  stageUnseenAsRemoved,
} from '../store/loop.ts'

export interface IngestContext {
  pool: Pool
  plaid: PlaidClient
  daysRequested: number
  /** For tests: called between two steps that a crash may come between. */
  onStep?: (step: string) => Promise<void>
}

/** Plaid's own advice against mutation errors: the largest page. */
const pageRows = 500
const restartsMax = 3
const HISTORY_COMPLETE = 'HISTORICAL_UPDATE_COMPLETE'

/**
 * Reads until there is no more; true when a complete loop is staged, false when Plaid is not
 * ready.
 */
export async function readLoop(
  context: IngestContext,
  item: LeasedItem,
  token: Secret,
  mode: LoopMode,
  signal: AbortSignal,
): Promise<boolean> {
  let wanted = mode
  let loop = await resumable(context, item, wanted)
  for (let restarts = 0; ; restarts++) {
    try {
      loop ??= await begin(context, item, wanted)
      const read = await readPages(context, item, token, loop, signal)
      if (read !== 'partial') return read === 'complete'
      wanted = 'incremental'
      loop = undefined
    } catch (error) {
      if (classify(error).code !== MUTATION) throw error
      if (restarts >= 2 * restartsMax) throw stillMoving(item, error)
      if (restarts >= restartsMax && wanted === 'incremental') wanted = 'full'
      loop = undefined
    }
  }
}

function stillMoving(item: LeasedItem, cause: unknown): TransientError {
  return new TransientError(
    MUTATION,
    `the bank's data of Item ${item.item_id} changes faster than it can be read; later again`,
    { cause },
  )
}

/**
 * A loop that a crash left behind goes on where it was, if it is of this kind and of this cursor.
 */
async function resumable(
  context: IngestContext,
  item: LeasedItem,
  mode: LoopMode,
): Promise<Loop | undefined> {
  const loop = await findLoop(context.pool, item.item_id)
  const fits = loop?.mode === mode || (mode === 'incremental' && loop?.mode === 'full')
  return fits && mode !== 'verify' && loop?.base_cursor === item.cursor ? loop : undefined
}

function begin(context: IngestContext, item: LeasedItem, mode: LoopMode): Promise<Loop> {
  return tx(context.pool, async (db) => {
    await checkLease(db, item)
    const first = mode === 'incremental' ? item.cursor : ''
    return beginLoop(db, item.item_id, mode, item.cursor, first)
  })
}

async function readPages(
  context: IngestContext,
  item: LeasedItem,
  token: Secret,
  loop: Loop,
  signal: AbortSignal,
): Promise<'complete' | 'partial' | 'not ready'> {
  if (loop.complete) return 'complete'
  const fetchPage = (cursor: string) => {
    const request = { cursor, count: pageRows, daysRequested: context.daysRequested }
    return context.plaid.transactionsSync(token, request, signal)
  }
  let next = fetchPage(loop.next_cursor)
  for (;;) {
    const page = await next
    if (!page.next_cursor) return 'not ready' // not ready: an empty cursor is no progress
    if (page.has_more) {
      next = fetchPage(page.next_cursor) // read ahead while this one is staged
      next.catch(() => {}) // awaited above in the next round
    }
    await context.onStep?.('page')
    const complete = await stagePage(context, item, loop, page)
    if (!page.has_more) return complete ? 'complete' : 'partial'
  }
}

/**
 * True when the loop is complete. A whole reading of an incomplete history never is: what it did
 * not see may be gone or only not there yet, and a cursor after it would pass over the removals
 * that the Item's own cursor still tells (L1).
 */
function stagePage(
  context: IngestContext,
  item: LeasedItem,
  loop: Loop,
  page: TransactionsSyncResponse,
): Promise<boolean> {
  const historyComplete = (page.transactions_update_status as string) === HISTORY_COMPLETE
  const rows = lastWords(item.item_id, page)
  return tx(context.pool, async (db) => {
    await checkLease(db, item)
    await stageRows(db, item.item_id, rows)
    const partial = loop.mode === 'full' && loop.base_cursor !== '' && !historyComplete
    const complete = !page.has_more && !partial
    if (complete && loop.mode === 'full' && historyComplete) {
      await stageUnseenAsRemoved(db, item.item_id)
    }
    await advanceLoop(db, item.item_id, page.next_cursor, { complete, historyComplete })
    return complete
  })
}

/**
 * Added, then modified, then removed, as Plaid's own samples apply them: the last word on an id
 * wins.
 */
function lastWords(itemId: string, page: TransactionsSyncResponse): StagedRow[] {
  const rows = new Map<string, StagedRow>()
  const put = (transaction: Transaction) => {
    rows.set(transaction.transaction_id, stagedTransaction(itemId, transaction))
  }
  page.added.forEach(put)
  page.modified.forEach(put)
  for (const removed of page.removed) {
    rows.set(removed.transaction_id, stagedRemoval(itemId, removed))
  }
  return [...rows.values()]
}
