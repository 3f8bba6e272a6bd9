// From Plaid's objects to the catalog's rows: the one place where a bank's answer becomes our
// columns. The text is made once, here, with the keys in the catalog's order, and then goes
// untouched to the destination. Two answers that say the same give the same text, so that an
// unchanged row stays still.
import type { AccountBase, Transaction } from 'plaid'
import { transactions } from '../catalog/transactions.ts'
import type { TransactionRow } from '../catalog/transactions.ts'
import type { AccountRow } from '../catalog/accounts.ts'
import { propertyNames } from '../catalog/stream.ts'

/** One staged row: the columns that filters need, and the text. */
export interface StagedRow {
  transactionId: string
  accountId: string
  removed: boolean
  date: string | null
  amount: number | null
  pending: boolean | null
  category: string | null
  name: string | null
  body: string
}

/** What the feed itself adds in front of a body. */
const FEED_FIELDS = new Set(['created_at', 'updated_at', '_ab_cdc_deleted_at'])
const BODY_FIELDS = propertyNames(transactions.schema).filter((name) => !FEED_FIELDS.has(name))
/** Plaid's field is the column's, but for these. */
const OWN_FIELDS = new Set(['item_id', 'category', 'subcategory'])

export function stagedTransaction(itemId: string, given: Transaction): StagedRow {
  const source = given as unknown as Record<string, unknown>
  const row: Record<string, unknown> = {}
  for (const field of BODY_FIELDS) {
    row[field] = OWN_FIELDS.has(field) ? null : (source[field] ?? null)
  }
  row['item_id'] = itemId
  row['category'] = given.personal_finance_category?.primary ?? null
  row['subcategory'] = given.personal_finance_category?.detailed ?? null
  return {
    transactionId: given.transaction_id,
    accountId: given.account_id,
    removed: false,
    date: given.date,
    amount: given.amount,
    pending: given.pending,
    category: storable(row['category'] as string | null),
    name: storable(given.name),
    body: bodyText(row),
  }
}

export type TombstoneBody = Pick<TransactionRow, 'transaction_id' | 'account_id' | 'item_id'>

export function stagedRemoval(
  itemId: string,
  given: { transaction_id: string; account_id?: string },
): StagedRow {
  const body: TombstoneBody = {
    transaction_id: given.transaction_id,
    account_id: given.account_id ?? '',
    item_id: itemId,
  }
  return {
    transactionId: given.transaction_id,
    accountId: body.account_id,
    removed: true,
    date: null,
    amount: null,
    pending: null,
    category: null,
    name: null,
    body: bodyText(body),
  }
}

export type AccountBody = Omit<AccountRow, 'created_at' | 'updated_at' | 'closed_at'>

export interface Institution {
  id: string | null
  name: string | null
}

export function accountBody(itemId: string, institution: Institution, given: AccountBase): string {
  const body: AccountBody = {
    account_id: given.account_id,
    item_id: itemId,
    name: given.name,
    official_name: given.official_name ?? null,
    type: given.type,
    subtype: given.subtype ?? null,
    mask: given.mask ?? null,
    institution_id: institution.id,
    institution_name: institution.name,
    current_balance: given.balances.current ?? null,
    available_balance: given.balances.available ?? null,
    credit_limit: given.balances.limit ?? null,
    iso_currency_code: given.balances.iso_currency_code ?? null,
    unofficial_currency_code: given.balances.unofficial_currency_code ?? null,
    holder_category: given.holder_category ?? null,
    persistent_account_id: given.persistent_account_id ?? null,
  }
  return bodyText(body)
}

/** JSON's escapes of what `storable` mends (or of a backslash before such letters). */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/

/** The object without its opening brace (migrations/0001-store.sql says why). */
function bodyText(row: object): string {
  const text = JSON.stringify(row)
  if (!UNSTORABLE.test(text)) return text.slice(1)
  const clean = JSON.stringify(row, (_, value: unknown) =>
    typeof value === 'string' ? storable(value) : value,
  )
  return clean.slice(1)
}

/**
 * PostgreSQL stores no NUL, and its jsonb no half of a surrogate pair (an emoji that a bank cut
 * off): the row loses that character only.
 */
function storable<T extends string | null>(text: T): T {
  return (text === null ? text : text.replaceAll('\0', '').toWellFormed()) as T
}
