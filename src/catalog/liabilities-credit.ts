// The liabilities_credit stream: what is owed on a credit card, and when it is due.
import { Type } from '../std/type.ts'
import { boolOrNull, dayOrNull, extra, feedFields, listOrNull, moneyOrNull, text } from './field.ts'
import { type Stream, tombstones } from './stream.ts'

const schema = Type.Object({
  account_id: text('The account.'),
  item_id: text('The Item: one login at one institution.'),
  aprs: listOrNull('Its rates: of each the percentage, the type and what it is on.'),
  is_overdue: boolOrNull('A payment is late.'),
  last_payment_amount: moneyOrNull('What was paid last.'),
  last_payment_date: dayOrNull('When that was.'),
  last_statement_issue_date: dayOrNull('Of the last statement.'),
  last_statement_balance: moneyOrNull('What was owed on it.'),
  minimum_payment_amount: moneyOrNull('What has to be paid at least.'),
  next_payment_due_date: dayOrNull('Until when.'),
  extra: extra(),
  ...feedFields(),
})

export const liabilitiesCredit: Stream = {
  name: 'liabilities_credit',
  doc: 'Credit cards: rates, statement, what is due.',
  schema,
  primaryKey: ['account_id'],
  cursorField: 'updated_at',
  deletion: tombstones,
  indexes: [],
  product: 'liabilities',
  brings: 'changes',
}
