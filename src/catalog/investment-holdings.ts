// The investment_holdings stream: which security each account holds, and what it is worth. Plaid
// does not promise that an account lists a security once, so its parts are numbered.
import { Type } from '../std/type.ts'
import {
  dayOrNull,
  extra,
  feedFields,
  instantOrNull,
  listOrNull,
  moneyOrNull,
  text,
  textOrNull,
} from './field.ts'
import { type Stream, tombstones } from './stream.ts'

const schema = Type.Object({
  account_id: text('The account.'),
  security_id: text('The security, to join with.'),
  part: text('1; or 2, 3 and so on where an account lists a security in several parts.'),
  item_id: text('The Item: one login at one institution.'),
  quantity: moneyOrNull('How much is held.'),
  institution_price: moneyOrNull('Its price, as the institution tells it.'),
  institution_price_as_of: dayOrNull('Of which day.'),
  institution_price_datetime: instantOrNull('Of which instant.'),
  institution_value: moneyOrNull('What it is worth, as the institution tells it.'),
  cost_basis: moneyOrNull('What was paid for it.'),
  vested_quantity: moneyOrNull('How much of it is its owner’s for good.'),
  vested_value: moneyOrNull('What that is worth.'),
  tax_lots: listOrNull('Of which purchases it consists.'),
  iso_currency_code: textOrNull('ISO 4217.'),
  unofficial_currency_code: textOrNull('For currencies without an ISO code.'),
  extra: extra(),
  ...feedFields(),
})

export const investmentHoldings: Stream = {
  name: 'investment_holdings',
  doc: 'What investment accounts hold.',
  schema,
  primaryKey: ['account_id', 'security_id', 'part'],
  cursorField: 'updated_at',
  deletion: tombstones,
  indexes: [['security_id']],
  product: 'investments',
  brings: 'changes',
}
