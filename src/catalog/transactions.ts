// The transactions stream: Plaid's Transaction, every field of it a column (Plaid's API 1.740.1),
// plus what the feed adds. Plaid's retired `category` array is not a column: `category` and
// `subcategory` are the primary and detailed personal finance category, and `category_id` finds the
// array's words in the stream of categories. Where Plaid says nothing beyond the columns, a row has
// no `extra`: what was stored before there was such a column says the same.
import { type Static, Type } from '../std/type.ts'
import {
  boolOrNull,
  dayOrNull,
  extra,
  instant,
  instantOrNull,
  listOrNull,
  moneyOrNull,
  objectOrNull,
  text,
  textOrNull,
} from './field.ts'
import { DELETED_AT, type Stream, tombstones } from './stream.ts'

const schema = Type.Object({
  transaction_id: text(
    'The transaction, by the id that Plaid gives; a pending one that posts gets a new id.',
  ),
  account_id: textOrNull('The account that it belongs to.'),
  item_id: text('The Item: one login at one institution.'),
  amount: moneyOrNull('In the account’s currency; positive when money leaves the account.'),
  iso_currency_code: textOrNull('ISO 4217; null when Plaid gives an unofficial code.'),
  unofficial_currency_code: textOrNull('For currencies without an ISO code, such as crypto.'),
  date: dayOrNull('When it posted; for a pending one, when it happened.'),
  datetime: instantOrNull('As `date`, with the time, where the bank says it.'),
  authorized_date: dayOrNull('When it was authorized: the date to show to a person.'),
  authorized_datetime: instantOrNull('As `authorized_date`, with the time.'),
  name: textOrNull('The bank’s description, lightly cleaned.'),
  merchant_name: textOrNull('The merchant, as Plaid knows it.'),
  original_description: textOrNull('The bank’s description, untouched.'),
  category: textOrNull('`personal_finance_category.primary`.'),
  subcategory: textOrNull('`personal_finance_category.detailed`.'),
  personal_finance_category: objectOrNull('Primary, detailed, confidence and taxonomy version.'),
  personal_finance_category_icon_url: textOrNull('A picture for the category.'),
  business_finance_category: objectOrNull('The same from a business’s point of view.'),
  category_id: textOrNull('Plaid’s retired category id, while it is still sent.'),
  transaction_type: textOrNull('Plaid’s retired type, while it is still sent.'),
  transaction_code: textOrNull('The bank’s kind: cash, bank charge, transfer and so on.'),
  payment_channel: textOrNull('online, in store or other.'),
  pending: boolOrNull('Not posted yet: amount and name may change, and it may vanish.'),
  pending_transaction_id: textOrNull('The pending transaction that became this one.'),
  account_owner: textOrNull('The sub-account holder, where the bank tells.'),
  check_number: textOrNull('For cheques.'),
  location: objectOrNull(
    'Address, city, region, postal code, country, latitude, longitude, store.',
  ),
  payment_meta: objectOrNull('Payer, payee, processor, reference and reason of a transfer.'),
  counterparties: listOrNull('Everybody on the other side: merchant, marketplace, payment app.'),
  merchant_entity_id: textOrNull('The merchant’s stable id across banks.'),
  merchant_category_code: textOrNull('ISO 18245, where the bank tells.'),
  logo_url: textOrNull('The merchant’s logo.'),
  website: textOrNull('The merchant’s website.'),
  running_balance: moneyOrNull('The account’s balance after it, where the bank tells.'),
  client_customization: objectOrNull('What this Plaid client attached to it.'),
  extra: Type.Optional(extra()),
  created_at: instant('When the store first had it.'),
  updated_at: instant('Its position in the feed: a strictly increasing microsecond stamp.'),
  [DELETED_AT]: instantOrNull('When the bank took it back; such a row is a tombstone.'),
})

export type TransactionRow = Static<typeof schema>

export const transactions: Stream = {
  name: 'transactions',
  doc: 'Transactions of deposit, credit and student loan accounts, with what the bank took back.',
  schema,
  primaryKey: ['transaction_id'],
  cursorField: 'updated_at',
  deletion: tombstones,
  // newest first; one account's history; spending by category and month
  indexes: [['date'], ['account_id', 'date'], ['category', 'date']],
  product: 'transactions',
  brings: 'changes',
}
