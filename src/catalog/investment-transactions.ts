// The investment_transactions stream: what was bought, sold and earned. Plaid tells two years; what
// is older and was here stays.
import { Type } from '../std/type.ts'
import {
  dayOrNull,
  extra,
  feedFields,
  instantOrNull,
  moneyOrNull,
  text,
  textOrNull,
} from './field.ts'
import { type Stream, tombstones } from './stream.ts'

const schema = Type.Object({
  investment_transaction_id: text('The transaction, by the id that Plaid gives.'),
  account_id: textOrNull('The account that it belongs to.'),
  security_id: textOrNull('The security, to join with.'),
  item_id: text('The Item: one login at one institution.'),
  date: dayOrNull('When it posted.'),
  transaction_datetime: instantOrNull('When it happened, where the institution says it.'),
  name: textOrNull('The institution’s description.'),
  quantity: moneyOrNull('How many; positive when bought.'),
  amount: moneyOrNull('Positive when money leaves the account.'),
  price: moneyOrNull('Of one.'),
  fees: moneyOrNull('What it cost beside.'),
  type: textOrNull('buy, sell, cash, fee, transfer or cancel.'),
  subtype: textOrNull('Its kind, closer.'),
  iso_currency_code: textOrNull('ISO 4217.'),
  unofficial_currency_code: textOrNull('For currencies without an ISO code.'),
  cancel_transaction_id: textOrNull('The transaction that it takes back.'),
  extra: extra(),
  ...feedFields(),
})

export const investmentTransactions: Stream = {
  name: 'investment_transactions',
  doc: 'What was bought, sold and earned in investment accounts.',
  schema,
  primaryKey: ['investment_transaction_id'],
  cursorField: 'updated_at',
  deletion: tombstones,
  indexes: [['account_id', 'date'], ['security_id']],
  product: 'investments',
  brings: 'changes',
  day: 'date',
}
