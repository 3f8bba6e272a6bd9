// Before an Item is read for the first time it is compared with what its owner has already (L1): a
// second link of the same accounts would count everything twice. It is held, unread, until somebody
// chooses. Link's own metadata may have told before (link/collect.ts); here Plaid is asked.
import { classify, ConfigError, isAbort } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'
import type { PlaidClient } from '../../plaid/client.ts'
import { remedyFor } from '../../plaid/errors.ts'
import { tx } from '../../postgres/query.ts'
import { isRecord, Misfits } from '../door.ts'
import { listedAccounts } from '../ingest/page.ts'
import { type AccountEntry, putPagedAccounts, upsertAccounts } from '../store/account.ts'
import { findDuplicate, lockOwner } from '../store/duplicate.ts'
import { checkLease, institutionOf, type LeasedItem } from '../store/item.ts'
import { setCompared, setDuplicate } from '../store/life.ts'
import { askAccounts } from './accounts.ts'
import { heldAdvice } from './advice.ts'
import { type LifeContext, noteEvent } from './note.ts'

export interface FirstLinkContext extends LifeContext {
  plaid: PlaidClient
  daysRequested: number
}

/** Throws ITEM_HELD where the Item is a second link; its accounts are not stored then. */
export async function requireFirstLink(
  context: FirstLinkContext,
  item: LeasedItem,
  token: Secret,
  signal: AbortSignal,
): Promise<void> {
  if (item.compared) return
  const { entries, isWhole } = await accountsOf(context, item, token, signal)
  const found = await tx(context.pool, async (db) => {
    await lockOwner(db, item.client_user_id)
    await checkLease(db, item)
    const duplicateOf = await findDuplicate(db, {
      itemId: item.item_id,
      owner: item.client_user_id,
      institutionId: item.institution_id,
      accounts: entries,
    })
    if (duplicateOf === undefined) {
      // The next one that is compared sees them, though nothing was read yet.
      if (isWhole) await upsertAccounts(db, item.item_id, entries)
      else await putPagedAccounts(db, item.item_id, entries)
      await setCompared(db, item.item_id, entries.length > 0)
      return undefined
    }
    await noteEvent(context, db, item.item_id, { kind: 'duplicate' })
    await setDuplicate(db, item.item_id, duplicateOf)
    return duplicateOf
  })
  if (found !== undefined) throw heldError(item.item_id, found)
}

/** Products stand apart (L7): where Plaid does not list the accounts, it does beside the rows. */
async function accountsOf(
  { plaid, daysRequested }: FirstLinkContext,
  item: LeasedItem,
  token: Secret,
  signal: AbortSignal,
): Promise<{ entries: AccountEntry[]; isWhole: boolean }> {
  try {
    const { entries } = await askAccounts(plaid, item, token, signal)
    return { entries, isWhole: true }
  } catch (error) {
    if (isAbort(error)) throw error
    const first = { cursor: '', count: 1, daysRequested }
    const answer: unknown = await plaid.transactionsSync(token, first, signal).catch((other) => {
      // What its owner can mend is told before what passes by itself.
      throw !isAbort(other) && remedyFor(classify(error).code) !== undefined ? error : other
    })
    const list = isRecord(answer) ? answer['accounts'] : undefined
    const entries = listedAccounts(item.item_id, institutionOf(item), list, new Misfits())
    return { entries, isWhole: false }
  }
}

function heldError(itemId: string, duplicateOf: string | null): ConfigError {
  const sentence = `Item ${itemId}: ${heldAdvice(itemId, duplicateOf)}`
  return new ConfigError('ITEM_HELD', sentence, { status: 409 })
}
