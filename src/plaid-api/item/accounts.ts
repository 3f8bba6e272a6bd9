// What a bank lists becomes the store's accounts: rewritten where they changed, closed where the
// bank lists them no more, and where one has come back under another id, succeeded by it (L1).
import type { AccountsGetResponse } from 'plaid'
import type { Client } from '../../postgres/pool.ts'
import { upsertAccounts } from '../store/account.ts'
import {
  knownAccounts,
  setSuccessors,
  stageReplacedAccounts,
  stageReplacedItems,
} from '../store/duplicate.ts'
import type { LeasedItem } from '../store/item.ts'
import { noteConsent } from '../store/life.ts'
import { accountEntry, successors } from './likeness.ts'

/** Under the Item's lease, after its loop was read and before that is published. */
export async function adoptAccounts(
  db: Client,
  item: LeasedItem,
  { accounts, item: seen }: Pick<AccountsGetResponse, 'accounts'> & Partial<AccountsGetResponse>,
): Promise<void> {
  const institution = { id: item.institution_id, name: item.institution_name }
  const entries = accounts.map((account) => accountEntry(item.item_id, institution, account))
  const pairs = successors(await knownAccounts(db, item.item_id), entries)
  await upsertAccounts(db, item.item_id, entries)
  if (pairs.length > 0) await setSuccessors(db, item.item_id, pairs)
  await stageReplacedAccounts(db, item.item_id)
  await stageReplacedItems(db, item.item_id)
  if (seen) await noteConsent(db, item.item_id, seen.consent_expiration_time ?? null)
}
