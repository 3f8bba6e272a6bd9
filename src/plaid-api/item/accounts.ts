// What a bank lists becomes the store's accounts: rewritten where they changed, closed where the
// bank lists them no more, and where one has come back under another id, succeeded by it (L1).
import { TransientError } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'
import type { PlaidClient } from '../../plaid/client.ts'
import type { Client } from '../../postgres/pool.ts'
import { instantOf } from '../cursor.ts'
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
import { noteBank, noteConsent } from '../store/life.ts'
import { replaceMisfits } from '../store/product.ts'
import { type BankItem, bankItem } from './bank-item.ts'
import { noteWebhook } from '../store/webhook-address.ts'
import { successors } from './likeness.ts'

export interface AccountList {
  entries: AccountEntry[]
  misfits: Misfits
  /** Null: Plaid names no end. Undefined: it does not say. */
  consentEndsAt: string | null | undefined
  /** The Item itself, as Plaid describes it; undefined: it does not say. */
  bank: BankItem | undefined
  /** Where Plaid sends its webhooks, empty: nowhere. Undefined: it does not say. */
  webhook: string | undefined
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
  if (!isRecord(seen)) {
    return { entries, misfits, consentEndsAt: undefined, bank: undefined, webhook: undefined }
  }
  const [bank, webhook] = [bankItem(seen), webhookOf(seen)]
  return { entries, misfits, consentEndsAt: consentEnd(seen), bank, webhook }
}

function webhookOf({ webhook }: Record<string, unknown>): string | undefined {
  if (webhook === null) return ''
  return typeof webhook === 'string' && !webhook.includes('\0') ? webhook : undefined
}

function consentEnd({ consent_expiration_time: at }: Record<string, unknown>) {
  if (at === null || at === undefined) return null
  return instantOf(at)
}

/** Under the Item's lease, after its loop was read and before that is published. */
export async function adoptAccounts(
  db: Client,
  { item_id: id }: LeasedItem,
  { entries, misfits, consentEndsAt, bank, webhook }: AccountList,
): Promise<void> {
  const pairs = successors(await knownAccounts(db, id), entries)
  const refused = await upsertAccounts(db, id, entries)
  if (refused > 0) misfits.tell('accounts', 'account_id', 'of_another_item', refused)
  await replaceMisfits(db, id, 'accounts', misfits.list())
  if (pairs.length > 0) await setSuccessors(db, id, pairs)
  if (consentEndsAt !== undefined) await noteConsent(db, id, consentEndsAt)
  if (bank !== undefined) await noteBank(db, id, bank.body)
  if (webhook !== undefined) await noteWebhook(db, id, webhook)
}

/**
 * Of a complete loop, before it is published: what it brings anew goes with it, whether the bank
 * lists its accounts now or not.
 */
export async function stageReplaced(db: Client, { item_id: id }: LeasedItem): Promise<void> {
  await stageReplacedAccounts(db, id)
  await stageReplacedItems(db, id)
}
