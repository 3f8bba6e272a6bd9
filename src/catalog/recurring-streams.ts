// The recurring_streams stream: what Plaid finds to come again and again among an Item's rows. In
// which of its two lists a stream was is its direction.
import { Type } from '../std/type.ts'
import {
  boolOrNull,
  dayOrNull,
  extra,
  feedFields,
  instantOrNull,
  moneyOrNull,
  objectOrNull,
  text,
  textOrNull,
  textsOrNull,
} from './field.ts'
import { type Stream, tombstones } from './stream.ts'

const schema = Type.Object({
  stream_id: text('The recurring stream, by the id that Plaid gives.'),
  account_id: textOrNull('The account that it is of.'),
  item_id: text('The Item: one login at one institution.'),
  direction: text('inflow or outflow.'),
  description: textOrNull('What its transactions are called.'),
  merchant_name: textOrNull('The merchant, as Plaid knows it.'),
  category: textOrNull('`personal_finance_category.primary`.'),
  subcategory: textOrNull('`personal_finance_category.detailed`.'),
  personal_finance_category: objectOrNull('Primary, detailed, confidence and taxonomy version.'),
  frequency: textOrNull('WEEKLY, BIWEEKLY, SEMI_MONTHLY, MONTHLY, ANNUALLY or UNKNOWN.'),
  first_date: dayOrNull('Of its first transaction.'),
  last_date: dayOrNull('Of its last one.'),
  predicted_next_date: dayOrNull('When Plaid expects the next one.'),
  average_amount: moneyOrNull('Positive when money leaves the account.'),
  last_amount: moneyOrNull('Of the last one.'),
  iso_currency_code: textOrNull('ISO 4217.'),
  unofficial_currency_code: textOrNull('For currencies without an ISO code.'),
  is_active: boolOrNull('It goes on.'),
  status: textOrNull('EARLY_DETECTION, MATURE, TOMBSTONED or UNKNOWN.'),
  transaction_ids: textsOrNull('Its transactions, to join with.'),
  is_user_modified: boolOrNull('Somebody changed it at Plaid.'),
  last_user_modified_datetime: instantOrNull('When somebody did.'),
  extra: extra(),
  ...feedFields(),
})

export const recurringStreams: Stream = {
  name: 'recurring_streams',
  doc: 'What comes again and again: subscriptions, bills, salaries.',
  schema,
  primaryKey: ['stream_id'],
  cursorField: 'updated_at',
  deletion: tombstones,
  indexes: [['account_id']],
  product: 'recurring_transactions',
  brings: 'changes',
}
