// The liabilities_student stream: a student loan's terms, and what is due of it.
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
  textsOrNull,
} from './field.ts'
import { type Stream, tombstones } from './stream.ts'

const schema = Type.Object({
  account_id: text('The account.'),
  item_id: text('The Item: one login at one institution.'),
  account_number: textOrNull('The number of the loan.'),
  disbursement_dates: textsOrNull('When it was paid out.'),
  expected_payoff_date: dayOrNull('When it will be paid back.'),
  guarantor: textOrNull('Who answers for it.'),
  interest_rate_percentage: moneyOrNull('Its rate.'),
  is_overdue: boolOrNull('A payment is late.'),
  last_payment_amount: moneyOrNull('What was paid last.'),
  last_payment_date: dayOrNull('When that was.'),
  last_statement_balance: moneyOrNull('What was owed on the last statement.'),
  last_statement_issue_date: dayOrNull('When that was issued.'),
  loan_name: textOrNull('The name of the loan.'),
  loan_status: objectOrNull('repayment, deferment and so on, and until when.'),
  minimum_payment_amount: moneyOrNull('What has to be paid at least.'),
  next_payment_due_date: dayOrNull('Until when.'),
  origination_date: dayOrNull('When it began.'),
  origination_principal_amount: moneyOrNull('With how much.'),
  outstanding_interest_amount: moneyOrNull('Interest that is owed.'),
  payment_reference_number: textOrNull('What a payment has to name.'),
  pslf_status: objectOrNull('How far forgiveness for public service has come.'),
  repayment_plan: objectOrNull('Its kind, and in words.'),
  sequence_number: textOrNull('Its number among loans of one account number.'),
  servicer_address: objectOrNull('Where to pay.'),
  ytd_interest_paid: moneyOrNull('Interest, since the year began.'),
  ytd_principal_paid: moneyOrNull('Principal, since the year began.'),
  extra: extra(),
  ...feedFields(),
})

export const liabilitiesStudent: Stream = {
  name: 'liabilities_student',
  doc: 'Student loans: terms, status, what is due.',
  schema,
  primaryKey: ['account_id'],
  cursorField: 'updated_at',
  deletion: tombstones,
  indexes: [],
  product: 'liabilities',
  brings: 'changes',
}
