// The balances stream: what each account had whenever a pull saw it otherwise than before. Nobody
// is asked for it: Plaid tells balances with every list of accounts.
import { Type } from '../std/type.ts'
import { feedFields, instant, moneyOrNull, text, textOrNull } from './field.ts'
import { type Stream, tombstones } from './stream.ts'

const schema = Type.Object({
  account_id: text('The account.'),
  observed_at: instant('When it was seen, to the microsecond: a part of the key.'),
  item_id: text('The Item: one login at one institution.'),
  current_balance: moneyOrNull('What is in it, or what is owed on it.'),
  available_balance: moneyOrNull('What can be spent.'),
  credit_limit: moneyOrNull('The limit of a credit account or an overdraft.'),
  iso_currency_code: textOrNull('ISO 4217.'),
  unofficial_currency_code: textOrNull('For currencies without an ISO code.'),
  ...feedFields(),
})

export const balances: Stream = {
  name: 'balances',
  doc: 'The history of balances: a row whenever an account was seen with another one.',
  schema,
  primaryKey: ['account_id', 'observed_at'],
  cursorField: 'updated_at',
  deletion: tombstones,
  indexes: [['item_id']],
  notAtBank: 'Plaid tells what is, not what was',
  product: null,
  brings: 'changes',
  day: 'observed_at',
}
