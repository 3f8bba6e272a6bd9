// Before an Item is read for the first time it is compared with what its owner has already (L1): a
// second link of the same accounts would count everything twice. It is held, unread, until somebody
// chooses. Link's own metadata may have told before (link/collect.ts); here Plaid is asked.
import {
  classify,
  ConfigError,
  isAbort,
  type TartanError,
  TransientError,
} from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'
import type { PlaidClient } from '../../plaid/client.ts'
import { remedyFor } from '../../plaid/errors.ts'
import { tx } from '../../postgres/query.ts'
import { isRecord, Misfits } from '../door.ts'
import { listedAccounts, pageRows } from '../ingest/page.ts'
import { type AccountEntry, putPagedAccounts, upsertAccounts } from '../store/account.ts'
import { findDuplicate, hasSibling, lockOwner } from '../store/duplicate.ts'
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
  const { entries, failure } = await accountsOf(context, item, token, signal)
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
      if (entries.length === 0 && (await hasSibling(db, item.item_id))) {
        throw failure ?? accountsUnknown(item.item_id)
      }
      // The next one that is compared sees them, though nothing was read yet.
      if (failure) await putPagedAccounts(db, item.item_id, entries)
      else await upsertAccounts(db, item.item_id, entries)
      await setCompared(db, item.item_id, failure === undefined && entries.length > 0)
      return undefined
    }
    await noteEvent(context, db, item.item_id, { kind: 'duplicate' })
    await setDuplicate(db, item.item_id, duplicateOf)
    return duplicateOf
  })
  if (found !== undefined) throw heldError(item, found)
}

/**
 * Products stand apart (L7): where Plaid does not list the accounts (`failure`), its first page
 * lists those that have rows. What more there is, the next look tells.
 */
async function accountsOf(
  { plaid, daysRequested }: FirstLinkContext,
  item: LeasedItem,
  token: Secret,
  signal: AbortSignal,
): Promise<{ entries: AccountEntry[]; failure?: TartanError }> {
  try {
    const { entries } = await askAccounts(plaid, item, token, signal)
    return { entries }
  } catch (error) {
    if (isAbort(error)) throw error
    const failure = classify(error)
    const first = { cursor: '', count: pageRows, daysRequested }
    const answer: unknown = await plaid.transactionsSync(token, first, signal).catch((other) => {
      // What its owner can mend is told before what passes by itself.
      throw !isAbort(other) && remedyFor(failure.code) !== undefined ? error : other
    })
    const list = isRecord(answer) ? answer['accounts'] : undefined
    const entries = listedAccounts(item.item_id, institutionOf(item), list, new Misfits())
    return { entries, failure }
  }
}

/** With no account to compare, and another Item that may have them: nothing is read (L1). */
function accountsUnknown(itemId: string): TransientError {
  const sentence =
    `Item ${itemId}: the bank lists no account yet, and another Item of its owner is at the same ` +
    'bank: it is read when its accounts are known, so that nothing counts twice'
  return new TransientError('ACCOUNTS_UNKNOWN', sentence)
}

function heldError(item: LeasedItem, duplicateOf: string): ConfigError {
  const { item_id: id, cursor } = item
  const sentence = `Item ${id}: ${heldAdvice(id, duplicateOf, cursor !== '')}`
  return new ConfigError('ITEM_HELD', sentence, { status: 409 })
}
