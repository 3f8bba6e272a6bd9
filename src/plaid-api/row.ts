// From Plaid's objects to the catalog's rows: the one place where a bank's answer becomes our
// columns. The text is made once, here, with the keys in the catalog's order, and then goes
// untouched to the destination. Two answers that say the same give the same text, so that an
// unchanged row stays still. Nothing is believed of an answer: every value goes through the door.
import { accounts } from '../catalog/accounts.ts'
import { propertyNames, type Stream } from '../catalog/stream.ts'
import { transactions, type TransactionRow } from '../catalog/transactions.ts'
import { exactText } from '../std/exact-json.ts'
import { likenessOf } from './item/likeness.ts'
import type { AccountEntry } from './store/account.ts'
import {
  fitting,
  isRecord,
  isUsableId,
  type Kind,
  kindsOf,
  Misfits,
  storableText,
  type Tell,
} from './door.ts'

/** One staged row: the columns that filters need, and the text. */
export interface StagedRow {
  transactionId: string
  accountId: string
  removed: boolean
  date: string | null
  /** Decimal text. */
  amount: string | null
  pending: boolean | null
  category: string | null
  name: string | null
  merchant: string | null
  body: string
}

/** What the store itself adds in front of a body. */
const OWN = new Set(['created_at', 'updated_at', '_ab_cdc_deleted_at', 'closed_at'])

export interface Column {
  field: string
  kind: Kind
  /** Of which a bank that leaves it out is told; every other may be absent. */
  isExpected: boolean
}

const EXPECTED = ['amount', 'date', 'name', 'pending', 'type']

export function columnsOf(stream: Stream, expected: readonly string[] = []): Column[] {
  const names = propertyNames(stream.schema).filter((name) => !OWN.has(name))
  return [...kindsOf(stream.schema, names)].map(([field, kind]) => ({
    field,
    kind,
    isExpected: expected.includes(field),
  }))
}

const TRANSACTION_COLUMNS = columnsOf(transactions, EXPECTED).filter(
  ({ field }) => field !== 'extra',
)
const TRANSACTION_NAMES = namesOf(TRANSACTION_COLUMNS)
const ACCOUNT_COLUMNS = columnsOf(accounts, EXPECTED)
const ACCOUNT_NAMES = namesOf(ACCOUNT_COLUMNS, ['balances'])
const BALANCE_NAMES = new Set([
  'current',
  'available',
  'limit',
  'iso_currency_code',
  'unofficial_currency_code',
])

/** Undefined for a record that cannot be taken. */
export function stagedTransaction(
  itemId: string,
  given: unknown,
  misfits: Misfits,
): StagedRow | undefined {
  const tell = teller(misfits, transactions)
  const found = identified(given, 'transaction_id', tell)
  if (!found) return undefined
  const { record, id: transactionId } = found
  const { account_id: account, personal_finance_category: category } = record
  const hasAccount = isUsableId(account)
  if (!hasAccount) tell('account_id', 'no_usable_id')
  const { primary, detailed } = isRecord(category) ? category : {}
  const own = {
    account_id: hasAccount ? account : null,
    item_id: itemId,
    category: primary,
    subcategory: detailed,
  }
  const row = fitted(TRANSACTION_COLUMNS, record, own, tell)
  const extra = extraOf(record, TRANSACTION_NAMES)
  if (extra) row['extra'] = fitting('object', extra, 'extra', tell)
  const body = bodyText(row, tell)
  return {
    transactionId,
    accountId: hasAccount ? account : '',
    removed: false,
    date: row['date'] as string | null,
    amount: exactText(row['amount']) ?? null,
    pending: row['pending'] as boolean | null,
    category: row['category'] as string | null,
    name: row['name'] as string | null,
    merchant: row['merchant_name'] as string | null,
    body,
  }
}

export function teller(misfits: Misfits, { name }: Stream): Tell {
  return (field, reason) => misfits.tell(name, field, reason)
}

/** The record and its id; undefined, and told, for one that has none. */
function identified(
  given: unknown,
  key: string,
  tell: Tell,
): { record: Record<string, unknown>; id: string } | undefined {
  const id = isRecord(given) ? given[key] : undefined
  if (isRecord(given) && isUsableId(id)) return { record: given, id }
  tell(key, isRecord(given) ? 'no_usable_id' : 'no_record')
  return undefined
}

/** `own` stands before what the bank gave. One loop without a copy: it is most of a pull's time. */
export function fitted(
  columns: readonly Column[],
  given: Record<string, unknown>,
  own: Record<string, unknown>,
  tell: Tell,
): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (const { field, kind, isExpected } of columns) {
    const value = field in own ? own[field] : given[field]
    if (value === undefined || value === null) {
      row[field] = null
      if (isExpected) tell(field, 'missing')
    } else {
      row[field] = fitting(kind, value, field, tell)
    }
  }
  return row
}

/** What Plaid says under other names than these; null: nothing, which is found without a copy. */
export function extraOf(
  given: Record<string, unknown>,
  known: ReadonlySet<string>,
): Record<string, unknown> | null {
  for (const name in given) {
    if (known.has(name)) continue
    return Object.fromEntries(Object.entries(given).filter(([key]) => !known.has(key)))
  }
  return null
}

/** The names that a row has a place for. */
export function namesOf(columns: readonly Column[], taken: readonly string[] = []): Set<string> {
  const names = new Set([...columns.map(({ field }) => field), ...taken])
  names.delete('extra')
  return names
}

/** The object without its opening brace (migrations/0001-store.sql says why). */
export function bodyText(row: Record<string, unknown>, tell: Tell): string {
  return storableText(row, tell).slice(1)
}

export type TombstoneBody = Pick<TransactionRow, 'transaction_id' | 'account_id' | 'item_id'>

export function stagedRemoval(
  itemId: string,
  given: unknown,
  misfits: Misfits,
): StagedRow | undefined {
  const tell = teller(misfits, transactions)
  const found = identified(given, 'transaction_id', tell)
  if (!found) return undefined
  const { record, id: transactionId } = found
  const accountId = isUsableId(record['account_id']) ? record['account_id'] : ''
  const body: TombstoneBody = {
    transaction_id: transactionId,
    account_id: accountId,
    item_id: itemId,
  }
  return {
    transactionId,
    accountId,
    removed: true,
    date: null,
    amount: null,
    pending: null,
    category: null,
    name: null,
    merchant: null,
    body: JSON.stringify(body).slice(1),
  }
}

export interface Institution {
  id: string | null
  name: string | null
}

/** Undefined for an account that cannot be taken. */
export function accountRow(
  itemId: string,
  institution: Institution,
  given: unknown,
  misfits: Misfits,
): AccountEntry | undefined {
  const tell = teller(misfits, accounts)
  const found = identified(given, 'account_id', tell)
  if (!found) return undefined
  const { record, id: accountId } = found
  const { balances: told } = record
  if (!isRecord(told)) tell('balances', 'missing')
  const balances = isRecord(told) ? told : {}
  const more = extraOf(balances, BALANCE_NAMES)
  const own = {
    item_id: itemId,
    institution_id: institution.id,
    institution_name: institution.name,
    current_balance: balances['current'],
    available_balance: balances['available'],
    credit_limit: balances['limit'],
    iso_currency_code: balances['iso_currency_code'],
    unofficial_currency_code: balances['unofficial_currency_code'],
    extra: extraOf(more ? { ...record, balances_extra: more } : record, ACCOUNT_NAMES),
  }
  const row = fitted(ACCOUNT_COLUMNS, record, own, tell)
  const body = bodyText(row, tell) // first: it mends the texts of the row
  return { accountId, body, ...likenessOf(row) }
}

/**
 * What stands for an account that a transaction names and no answer of the bank has listed yet, so
 * that a join loses no row: the text behind its id.
 */
export function unlistedAccount(itemId: string, institution: Institution): string {
  const given = { account_id: '-', name: 'not listed by the bank', type: 'other', balances: {} }
  const { body } = accountRow(itemId, institution, given, new Misfits()) ?? { body: '' }
  return body.slice('"account_id":"-"'.length)
}
