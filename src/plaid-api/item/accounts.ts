// What a bank lists becomes the store's accounts: rewritten where they changed, closed where the
// bank lists them no more, and where one has come back under another id, succeeded by it (L1).
import { TransientError } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'
import type { PlaidClient } from '../../plaid/client.ts'
import type { Client } from '../../postgres/pool.ts'
import { isRecord, Misfits } from '../door.ts'
import { listedAccounts } from '../ingest/page.ts'
import { type AccountEntry, upsertAccounts } from '../store/account.ts'
import {
  knownAccounts,
  setSuccessors,
  stageReplacedAccounts,
  stageReplacedItems,
} from '../store/duplicate.ts'
import { institutionOf, type LeasedItem } from '../store/item.ts'
import { noteConsent } from '../store/life.ts'
import { replaceMisfits } from '../store/product.ts'
import { successors } from './likeness.ts'

export interface AccountList {
  entries: AccountEntry[]
  misfits: Misfits
  /** Null: Plaid names no end. Undefined: it does not say. */
  consentEndsAt: string | null | undefined
}

/** An answer without a list of accounts is none (L7). */
export async function askAccounts(
  plaid: PlaidClient,
  item: LeasedItem,
  token: Secret,
  signal: AbortSignal,
): Promise<AccountList> {
  const answer: unknown = await plaid.accountsGet(token, signal)
  const { accounts, item: seen } = isRecord(answer) ? answer : {}
  if (!Array.isArray(accounts)) {
    const sentence = 'Plaid /accounts/get answered with something that is no list of accounts'
    throw new TransientError('PLAID_ANSWER_INVALID', sentence)
  }
  const misfits = new Misfits()
  const entries = listedAccounts(item.item_id, institutionOf(item), accounts, misfits)
  return { entries, misfits, consentEndsAt: isRecord(seen) ? consentEnd(seen) : undefined }
}

function consentEnd({ consent_expiration_time: at }: Record<string, unknown>) {
  if (at === null || at === undefined) return null
  const ms = typeof at === 'string' ? Date.parse(at) : Number.NaN
  return Number.isFinite(ms) ? new Date(ms).toISOString() : undefined
}

/** Under the Item's lease, after its loop was read and before that is published. */
export async function adoptAccounts(
  db: Client,
  { item_id: id }: LeasedItem,
  { entries, misfits, consentEndsAt }: AccountList,
): Promise<void> {
  const pairs = successors(await knownAccounts(db, id), entries)
  await upsertAccounts(db, id, entries)
  await replaceMisfits(db, id, 'accounts', misfits.list())
  if (pairs.length > 0) await setSuccessors(db, id, pairs)
  if (consentEndsAt !== undefined) await noteConsent(db, id, consentEndsAt)
}

/**
 * Of a complete loop, before it is published: what it brings anew goes with it, whether the bank
 * lists its accounts now or not.
 */
export async function stageReplaced(db: Client, { item_id: id }: LeasedItem): Promise<void> {
  await stageReplacedAccounts(db, id)
  await stageReplacedItems(db, id)
}
