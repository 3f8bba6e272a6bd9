// Ending an Item: `disconnect` ends it at Plaid (and its billing) and keeps its rows, marked;
// `erase` makes tombstones of them too, so that the warehouse forgets. What was asked for is
// written down before Plaid is asked, so that a crash between Plaid's answer and our write leaves
// an intent, which the keeper (keeper.ts) brings to its end. Safe to repeat.
import { classify, ConfigError, isAbort, TransientError } from '../../std/errors.ts'
import { type SealingKey, unseal } from '../../std/secrets.ts'
import type { PlaidClient } from '../../plaid/client.ts'
import { isGone } from '../../plaid/errors.ts'
import { type Db, tx } from '../../postgres/query.ts'
import { withLease } from '../ingest/lease.ts'
import { forgetLoop } from '../ingest/loop.ts'
import { openFeed } from '../store/feed.ts'
import { checkLease, itemStatus, type LeasedItem, takeAnyLease } from '../store/item.ts'
import {
  fenceItem,
  heldFor,
  lockLife,
  replacedItems,
  setDuplicate,
  setReplacedBy,
} from '../store/life.ts'
import { closeAccounts, deleteAccounts, forgetToken, tombstoneItem } from '../store/removal.ts'
import { forgetProducts } from '../store/product.ts'
import { tombstoneRows } from '../store/stream-row.ts'
import { isPulled } from './life.ts'
import { type LifeContext, noteEvent, noteFailure } from './note.ts'

export interface RemovalContext extends LifeContext {
  plaid: PlaidClient
  key: SealingKey
  onStep?: (step: string) => Promise<void>
}

/** A transaction that makes tombstones holds the feed's clock (L9). */
const tombstonesMax = 10_000

/** Resolves when it is done; rejects where Plaid cannot be asked now: then it goes on by itself. */
export async function endItem(
  context: RemovalContext,
  itemId: string,
  kind: 'disconnect' | 'erase',
  signal: AbortSignal,
  /** Throws where it is not to be, under the Item's lock. */
  agreed: (db: Db) => Promise<unknown> = async () => {},
): Promise<void> {
  await itemStatus(context.pool, itemId) // unknown: 404
  // A pull may hang for minutes: its lease is taken over, and what it still tells is refused (L6).
  const takeOver = (_: Db, id: string, ms: number) =>
    tx(context.pool, async (db) => {
      const life = await lockLife(db, id)
      if (life && isPulled(life.status)) await fenceItem(db, id)
      return takeAnyLease(db, id, ms)
    })
  const done = await withLease(
    context.pool,
    itemId,
    signal,
    async (item, leased) => {
      const life = await tx(context.pool, async (db) => {
        await checkLease(db, item)
        await lockLife(db, itemId)
        await agreed(db)
        await restoreReplaced(context, db, itemId)
        return noteEvent(context, db, itemId, { kind })
      })
      await finish(context, { ...item, status: life?.status ?? item.status }, leased)
      return true
    },
    takeOver,
  )
  if (done) return
  throw new TransientError('ITEM_BUSY', 'somebody else ends the Item; ask again', { status: 409 })
}

/** Goes on with what was asked for before; nothing where another is at it. */
export async function goOnEnding(
  context: RemovalContext,
  itemId: string,
  signal: AbortSignal,
): Promise<void> {
  const work = (item: LeasedItem, leased: AbortSignal) => finish(context, item, leased)
  await withLease(context.pool, itemId, signal, work, takeAnyLease)
}

async function finish(
  context: RemovalContext,
  item: LeasedItem,
  signal: AbortSignal,
): Promise<void> {
  if (item.status !== 'disconnecting' && item.status !== 'erasing') return
  try {
    await removeAtPlaid(context, item)
    await context.onStep?.('removed at Plaid')
    await forgetLoop(context.pool, item, 'pull')
    await forgetLoop(context.pool, item, 'verify')
    if (item.status === 'erasing') await makeTombstones(context, item, signal)
    await tx(context.pool, (db) => conclude(context, db, item))
  } catch (error) {
    if (!isAbort(error)) await noteFailure(context, item, error)
    throw error
  }
}

/** An Item that is gone at Plaid already, by an earlier try, is removed. */
async function removeAtPlaid(context: RemovalContext, item: LeasedItem): Promise<void> {
  if (item.access_token === '') return
  const token = unseal(context.key, item.item_id, item.access_token)
  await context.plaid.itemRemove(token).catch((error: unknown) => {
    if (!isGone(classify(error).code)) throw error
  })
}

async function makeTombstones(
  context: RemovalContext,
  item: LeasedItem,
  signal: AbortSignal,
): Promise<void> {
  for (let made = tombstonesMax; made === tombstonesMax;) {
    signal.throwIfAborted()
    made = await tx(context.pool, async (db) => {
      await checkLease(db, item)
      await openFeed(db)
      const { item_id: id } = item
      const rows = await tombstoneItem(db, id, tombstonesMax)
      return rows < tombstonesMax ? tombstoneRows(db, id, tombstonesMax) : rows
    })
    await context.onStep?.('tombstones')
  }
}

async function conclude(context: RemovalContext, db: Db, item: LeasedItem): Promise<void> {
  const { item_id: id } = item
  await checkLease(db, item)
  await forgetToken(db, id)
  await noteEvent(context, db, id, { kind: 'done' })
  if (item.status === 'disconnecting') return closeAccounts(db, id)
  // After their transactions: no reader finds one of these without its account.
  await deleteAccounts(db, id)
  await forgetProducts(db, id)
  await setReplacedBy(db, id, null)
  // What was held beside it is a second link no more, unless of another one.
  for (const held of await heldFor(db, id)) {
    await setDuplicate(db, held, null)
    await noteEvent(context, db, held, { kind: 'released' })
  }
}

/** Whose place it was to take stays where it was. */
async function restoreReplaced(context: RemovalContext, db: Db, itemId: string): Promise<void> {
  for (const id of await replacedItems(db, itemId)) {
    const row = await lockLife(db, id)
    await setReplacedBy(db, id, null)
    await noteEvent(context, db, id, { kind: 'restored', hasToken: row?.hasToken ?? false })
  }
}

export function endedError(status: 'removed' | 'erased'): ConfigError {
  return new ConfigError(
    'ITEM_REMOVED',
    `the Item was ${status}: nobody can ask the bank any more; link it with make plaid-link-token`,
    { status: 409 },
  )
}
