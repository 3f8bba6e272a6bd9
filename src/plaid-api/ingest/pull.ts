// One pull of one Item: read the loop, store the accounts, publish. Accounts come before the rows
// that name them, so that no reader of the feed finds a transaction without its account.
import { isAbort, must } from '../../std/errors.ts'
import { unseal, type SealingKey, type Secret } from '../../std/secrets.ts'
import { type Db, tx } from '../../postgres/query.ts'
import { adoptAccounts } from '../item/accounts.ts'
import { requireFirstLink } from '../item/first-link.ts'
import { noteFailure, noteSuccess } from '../item/note.ts'
import { leavesRowsBehind } from '../store/duplicate.ts'
import { checkLease, type LeasedItem, moveCursor } from '../store/item.ts'
import { endLoop, findLoop, forgetStaged, publishStaged } from '../store/loop.ts'
import { type IngestContext, readLoop } from './loop.ts'
import { withLease } from './lease.ts'

export interface PullContext extends IngestContext {
  key: SealingKey
  pollEveryMs: number
}

export interface PullCounts {
  added: number
  modified: number
  removed: number
}

/** A publishing transaction holds the feed's clock: this bounds for how long (L9). */
export const publishRowsMax = 10_000
/** A transaction on the Item's row, which the renewal of its lease waits for. */
const forgetRowsMax = 50_000

/**
 * Pulls an Item; undefined while another process does. What goes wrong is noted at the Item,
 * where its owner sees it, and thrown.
 */
export function pullItem(
  context: PullContext,
  itemId: string,
  mode: 'incremental' | 'full',
  signal: AbortSignal,
): Promise<PullCounts | undefined> {
  return withLease(context.pool, itemId, signal, async (item, leased) => {
    try {
      const counts = { added: 0, modified: 0, removed: 0 }
      let cursor = await pullLeased(context, item, mode, leased, counts)
      if (await leavesRowsBehind(context.pool, item.item_id)) {
        const known = { ...item, cursor, compared: true }
        cursor = await pullLeased(context, known, 'full', leased, counts)
      }
      await noteSuccess(context, item, cursor !== '')
      return counts
    } catch (error) {
      if (!isAbort(error)) await noteFailure(context, item, error)
      throw error
    }
  })
}

/** Returns the Item's cursor afterwards. */
export async function pullLeased(
  context: PullContext,
  item: LeasedItem,
  mode: 'incremental' | 'full',
  signal: AbortSignal,
  counts: PullCounts = { added: 0, modified: 0, removed: 0 },
): Promise<string> {
  const token = unseal(context.key, item.item_id, item.access_token)
  await requireFirstLink(context, item, token, signal)
  // What a crash left complete is published first; it is old, so the bank is asked after it.
  const left = await findLoop(context.pool, item.item_id)
  const finished = left?.complete && left.mode !== 'verify'
  const cursor = finished ? await publish(context, item, counts, signal) : item.cursor
  const now = { ...item, cursor }
  const complete = await readLoop(context, now, token, mode, signal)
  await context.onStep?.('accounts')
  await storeAccounts(context, now, token, signal)
  return complete ? publish(context, now, counts, signal) : cursor
}

async function storeAccounts(
  context: PullContext,
  item: LeasedItem,
  token: Secret,
  signal: AbortSignal,
): Promise<void> {
  const answer = await context.plaid.accountsGet(token, signal)
  await tx(context.pool, async (db) => {
    await checkLease(db, item)
    await adoptAccounts(db, item, answer)
  })
}

/**
 * Transactions of at most `publishRowsMax` rows; the last one moves the Item's cursor, which is
 * returned.
 */
async function publish(
  context: PullContext,
  item: LeasedItem,
  counts: PullCounts,
  signal: AbortSignal,
): Promise<string> {
  for (;;) {
    signal.throwIfAborted()
    await context.onStep?.('publish')
    const moved = await tx(context.pool, (db) => publishBatch(db, item, counts))
    if (moved === undefined) continue
    await forget(context, item)
    return moved
  }
}

/** After the publishing, not with it: deleting many rows must not hold the feed's clock. */
async function forget(context: PullContext, item: LeasedItem): Promise<void> {
  for (let gone = forgetRowsMax; gone === forgetRowsMax;) {
    gone = await tx(context.pool, async (db) => {
      await checkLease(db, item)
      return forgetStaged(db, item.item_id, forgetRowsMax)
    })
  }
}

async function publishBatch(
  db: Db,
  item: LeasedItem,
  counts: PullCounts,
): Promise<string | undefined> {
  await checkLease(db, item)
  const loop = must(await findLoop(db, item.item_id), 'a complete loop is there to be published')
  const batch = await publishStaged(db, item.item_id, publishRowsMax)
  counts.added += batch.added
  counts.modified += batch.modified
  counts.removed += batch.removed
  if (batch.taken === publishRowsMax) return undefined
  await moveCursor(db, item, loop.base_cursor, loop.next_cursor, loop.history_complete)
  await endLoop(db, item.item_id)
  return loop.next_cursor
}
