// Before an Item is read for the first time it is compared with what its owner has already (L1): a
// second link of the same accounts would count everything twice. It is held, unread, until somebody
// chooses. Link's own metadata may have told before (link/collect.ts); here Plaid is asked.
import type { AccountBase } from 'plaid'
import { classify, ConfigError, isAbort } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'
import type { PlaidClient } from '../../plaid/client.ts'
import { remedyFor } from '../../plaid/errors.ts'
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
  const accounts = await accountsOf(context, token, signal)
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
  token: Secret,
  signal: AbortSignal,
): Promise<AccountBase[]> {
  try {
    return (await plaid.accountsGet(token, signal)).accounts
  } catch (error) {
    if (isAbort(error) || remedyFor(classify(error).code) !== undefined) throw error
    const first = { cursor: '', count: 1, daysRequested }
    return (await plaid.transactionsSync(token, first, signal)).accounts
  }
}

function heldError(itemId: string, duplicateOf: string | null): ConfigError {
  const sentence = `Item ${itemId}: ${heldAdvice(itemId, duplicateOf)}`
  return new ConfigError('ITEM_HELD', sentence, { status: 409 })
}
