// A second link of what its owner has already is held until somebody chooses (L1): repair the old
// Item and discard the new one; let the new one take the old one's place; keep both, since they are
// not the same after all; or discard the new one at Plaid.
import { ConfigError } from '../../std/errors.ts'
import { type Db, tx } from '../../postgres/query.ts'
import type { LinkContext } from '../link/context.ts'
import { createLinkSession } from '../link/session.ts'
import { findItem } from '../store/items-page.ts'
import { fenceItem, lockLife, setCompared, setDuplicate, setReplacedBy } from '../store/life.ts'
import { closeAccounts } from '../store/removal.ts'
import { noteEvent } from './note.ts'
import { endItem } from './removal.ts'
import type { ItemRow, LinkSessionView } from '../shapes.ts'

export const choices = ['repair', 'replace', 'keep_both', 'discard'] as const
export type Choice = (typeof choices)[number]

/** Gives the session in which the old Item is repaired, where that was chosen. */
export async function choose(
  context: LinkContext,
  itemId: string,
  choice: Choice,
  signal: AbortSignal,
): Promise<LinkSessionView | null> {
  const held = await requireHeld(context.pool, itemId)
  if (choice === 'keep_both' || choice === 'replace') {
    await tx(context.pool, (db) => release(context, db, itemId, choice === 'replace'))
    return null
  }
  // First what may be refused: then nothing is discarded.
  const session =
    choice === 'repair'
      ? await createLinkSession(context, { itemId: held.duplicate_of ?? '' })
      : null
  await endItem(context, itemId, 'erase', signal, (db) => requireHeld(db, itemId))
  return session
}

async function release(
  context: LinkContext,
  db: Db,
  itemId: string,
  replaces: boolean,
): Promise<void> {
  await lockLife(db, itemId)
  const { duplicate_of: old } = await requireHeld(db, itemId) // read again, now under its lock
  if (replaces && old !== null) await replace(context, db, old, itemId)
  // Of what else it may be a second link, its first pull finds out; who keeps both, keeps all.
  await setCompared(db, itemId, !replaces)
  await setDuplicate(db, itemId, null)
  await noteEvent(context, db, itemId, { kind: 'released' })
}

/** Its rows stay until the new Item is read: they go in the transactions that bring its own. */
async function replace(context: LinkContext, db: Db, old: string, by: string): Promise<void> {
  const life = await noteEvent(context, db, old, { kind: 'replaced' })
  if (life?.status !== 'replaced') return
  await fenceItem(db, old)
  await closeAccounts(db, old)
  await setReplacedBy(db, old, by)
}

async function requireHeld(db: Db, itemId: string): Promise<ItemRow> {
  const item = await findItem(db, itemId)
  if (!item) throw new ConfigError('ITEM_UNKNOWN', `there is no Item ${itemId}`, { status: 404 })
  if (item.status === 'held') return item
  const sentence = `Item ${itemId} is ${item.status}: there is nothing to choose`
  throw new ConfigError('ITEM_NOT_HELD', sentence, { status: 409 })
}
