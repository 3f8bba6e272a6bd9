// The liabilities_mortgage stream: a mortgage's terms, and what is due of it.
import { Type } from '../std/type.ts'
import {
  boolOrNull,
  dayOrNull,
  extra,
  feedFields,
  moneyOrNull,
  objectOrNull,
  text,
  textOrNull,
} from './field.ts'
import { type Stream, tombstones } from './stream.ts'

const schema = Type.Object({
  account_id: text('The account.'),
  item_id: text('The Item: one login at one institution.'),
  account_number: textOrNull('The number of the loan.'),
  current_late_fee: moneyOrNull('What being late costs now.'),
  escrow_balance: moneyOrNull('What is held for taxes and insurance.'),
  has_pmi: boolOrNull('It has mortgage insurance.'),
  has_prepayment_penalty: boolOrNull('To pay it back early costs.'),
  interest_rate: objectOrNull('Its percentage, and whether it is fixed or variable.'),
  last_payment_amount: moneyOrNull('What was paid last.'),
  last_payment_date: dayOrNull('When that was.'),
  loan_term: textOrNull('How long it runs, in words.'),
  loan_type_description: textOrNull('What kind of loan, in words.'),
  maturity_date: dayOrNull('When it is paid back.'),
  next_monthly_payment: moneyOrNull('What is to be paid next.'),
  next_payment_due_date: dayOrNull('Until when.'),
  origination_date: dayOrNull('When it began.'),
  origination_principal_amount: moneyOrNull('With how much.'),
  past_due_amount: moneyOrNull('What is late.'),
  property_address: objectOrNull('Of the house.'),
  ytd_interest_paid: moneyOrNull('Interest, since the year began.'),
  ytd_principal_paid: moneyOrNull('Principal, since the year began.'),
  extra: extra(),
  ...feedFields(),
})

export const liabilitiesMortgage: Stream = {
  name: 'liabilities_mortgage',
  doc: 'Mortgages: terms, rate, what is due.',
  schema,
  primaryKey: ['account_id'],
  cursorField: 'updated_at',
  deletion: tombstones,
  indexes: [],
  product: 'liabilities',
  brings: 'changes',
}
