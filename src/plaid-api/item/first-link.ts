// Before an Item is read for the first time it is compared with what its owner has already (L1): a
// second link of the same accounts would count everything twice. It is held, unread, until somebody
// chooses. Link's own metadata may have told before (link/collect.ts); here Plaid is asked.
import { ConfigError } from '../../std/errors.ts'
import { type SealingKey, unseal } from '../../std/secrets.ts'
import type { PlaidClient } from '../../plaid/client.ts'
import { tx } from '../../postgres/query.ts'
import { upsertAccounts } from '../store/account.ts'
import { findDuplicate, lockOwner } from '../store/duplicate.ts'
import { checkLease, type LeasedItem } from '../store/item.ts'
import { setCompared, setDuplicate } from '../store/life.ts'
import { heldAdvice } from './advice.ts'
import { accountEntry } from './likeness.ts'
import { type LifeContext, noteEvent } from './note.ts'

export interface FirstLinkContext extends LifeContext {
  plaid: PlaidClient
  key: SealingKey
}

/** Throws ITEM_HELD where the Item is a second link; its accounts are not stored then. */
export async function requireFirstLink(
  context: FirstLinkContext,
  item: LeasedItem,
  signal: AbortSignal,
): Promise<void> {
  if (item.compared) return
  const token = unseal(context.key, item.item_id, item.access_token)
  const { accounts } = await context.plaid.accountsGet(token, signal)
  const institution = { id: item.institution_id, name: item.institution_name }
  const entries = accounts.map((account) => accountEntry(item.item_id, institution, account))
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
      await upsertAccounts(db, item.item_id, entries)
      await setCompared(db, item.item_id, true)
      return undefined
    }
    await noteEvent(context, db, item.item_id, { kind: 'duplicate' })
    await setDuplicate(db, item.item_id, duplicateOf)
    return duplicateOf
  })
  if (found !== undefined) throw heldError(item.item_id, found)
}

function heldError(itemId: string, duplicateOf: string | null): ConfigError {
  const sentence = `Item ${itemId}: ${heldAdvice(itemId, duplicateOf)}`
  return new ConfigError('ITEM_HELD', sentence, { status: 409 })
}
