// The accounts stream: Plaid's account with its balances, its Item and institution. Closed
// accounts stay while they have transactions, so that a join loses no row. There is no
// access token in it (L5).
import { type Static, Type } from '../std/type.ts'
import { extra, feedFields, instantOrNull, moneyOrNull, text, textOrNull } from './field.ts'
import { type Stream, tombstones } from './stream.ts'

const schema = Type.Object({
  account_id: text('The account, by the id that Plaid gives.'),
  item_id: text('The Item: one login at one institution.'),
  name: textOrNull('The name that the bank or its customer gave it.'),
  official_name: textOrNull('The bank’s name of the product.'),
  type: textOrNull('depository, credit, loan, investment, payroll or other.'),
  subtype: textOrNull('checking, savings, credit card, mortgage and so on.'),
  mask: textOrNull('The last two to four characters of its number.'),
  institution_id: textOrNull('Plaid’s id of the institution.'),
  institution_name: textOrNull('The institution.'),
  current_balance: moneyOrNull('What is in it, or what is owed on it.'),
  available_balance: moneyOrNull('What can be spent.'),
  credit_limit: moneyOrNull('The limit of a credit account or an overdraft.'),
  iso_currency_code: textOrNull('ISO 4217.'),
  unofficial_currency_code: textOrNull('For currencies without an ISO code.'),
  holder_category: textOrNull('personal or business.'),
  persistent_account_id: textOrNull('An id that outlives a new link, at a few banks.'),
  closed_at: instantOrNull('When the bank stopped listing it, or its Item was disconnected.'),
  extra: extra(),
  ...feedFields(),
})

export type AccountRow = Static<typeof schema>

export const accounts: Stream = {
  name: 'accounts',
  doc: 'Every account of every linked Item, with its balances at the last pull.',
  schema,
  primaryKey: ['account_id'],
  cursorField: 'updated_at',
  deletion: tombstones,
  indexes: [['item_id']],
  product: null,
  brings: 'whole',
}
