// What a custom user's password may hold: Plaid's own JSON for `user_custom`, all of its fields.
// Nulls count as not given and are gone before this is asked (read.ts); a field that Plaid has no
// name for is most likely misspelt, and is refused.
import { type Static, type TProperties, type TSchema, Type } from '../../../../../src/std/type.ts'

/** Plaid takes about so much, and about so many. */
export const customBytesMax = 55 * 1024
export const customAccountsMax = 10
export const customTransactionsMax = 250
const listMax = 1_000
const charactersMax = 1_000
/** So that sums in cents stay whole numbers. */
const amountMax = 1e11

const some = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })
/** What no endpoint shows. */
const any = Type.Object({})
const opt = <T extends TSchema>(schema: T) => Type.Optional(schema)
const text = Type.String({ maxLength: charactersMax })
const bool = Type.Boolean()
const amount = Type.Number({ minimum: -amountMax, maximum: amountMax })
const count = Type.Integer({ minimum: 0, maximum: 10_000 })
const date = Type.String({ pattern: String.raw`^\d{4}-\d{2}-\d{2}$` })
/** One that there is (account-checks.ts). */
const currency = Type.String({ maxLength: 5 })
const list = <T extends TSchema>(schema: T, max = listMax) => Type.Array(schema, { maxItems: max })
const oneOf = (...words: string[]) => Type.String({ pattern: `^(${words.join('|')})$` })

const address = some({
  data: some({
    city: opt(text),
    region: opt(text),
    street: opt(text),
    postal_code: opt(text),
    country: opt(text),
  }),
  primary: opt(bool),
})

const identity = some({
  names: opt(list(text)),
  phone_numbers: opt(
    list(
      some({
        data: text,
        primary: opt(bool),
        type: opt(oneOf('home', 'work', 'office', 'mobile', 'mobile1', 'other')),
      }),
    ),
  ),
  emails: opt(
    list(
      some({
        data: text,
        primary: opt(bool),
        type: opt(oneOf('primary', 'secondary', 'other')),
      }),
    ),
  ),
  addresses: opt(list(address)),
})

const numbers = some({
  account: opt(text),
  ach_routing: opt(text),
  ach_wire_routing: opt(text),
  eft_institution: opt(text),
  eft_branch: opt(text),
  international_bic: opt(text),
  international_iban: opt(text),
  bacs_sort_code: opt(text),
})

const security = some({
  isin: opt(text),
  cusip: opt(text),
  sedol: opt(text),
  name: opt(text),
  ticker_symbol: opt(text),
  currency: opt(currency),
})

const holding = some({
  institution_price: amount,
  institution_price_as_of: opt(date),
  cost_basis: opt(amount),
  quantity: amount,
  currency,
  security,
})

const investmentTransaction = some({
  date,
  name: text,
  quantity: amount,
  price: amount,
  fees: opt(amount),
  type: oneOf('buy', 'sell', 'cash', 'fee', 'transfer'),
  currency,
  security: opt(security),
})

const liability = some({
  type: oneOf('credit', 'student'),
  purchase_apr: opt(amount),
  cash_apr: opt(amount),
  balance_transfer_apr: opt(amount),
  special_apr: opt(amount),
  last_payment_amount: opt(amount),
  minimum_payment_amount: opt(amount),
  is_overdue: opt(bool),
  origination_date: opt(date),
  principal: opt(amount),
  nominal_apr: opt(amount),
  interest_capitalization_grace_period_months: opt(count),
  repayment_model: opt(
    some({
      type: oneOf('standard'),
      non_repayment_months: opt(count),
      repayment_months: opt(count),
    }),
  ),
  expected_payoff_date: opt(date),
  guarantor: opt(text),
  is_federal: opt(bool),
  loan_name: opt(text),
  loan_status: opt(some({ end_date: opt(date), type: opt(text) })),
  payment_reference_number: opt(text),
  pslf_status: opt(
    some({
      estimated_eligibility_date: opt(date),
      payments_made: opt(count),
      payments_remaining: opt(count),
    }),
  ),
  repayment_plan_description: opt(text),
  repayment_plan_type: opt(text),
  sequence_number: opt(text),
  servicer_address: opt(address),
})

/** 1 to 28, as a number or as text, or the month's last day. */
const dayOfMonth = Type.Union([
  Type.Integer({ minimum: 1, maximum: 28 }),
  Type.String({ pattern: '^([1-9]|1[0-9]|2[0-8]|last)$' }),
])

const inflowModel = some({
  type: oneOf('none', 'monthly-income', 'monthly-balance-payment', 'monthly-interest-only-payment'),
  income_amount: opt(amount),
  payment_day_of_month: opt(dayOfMonth),
  transaction_name: opt(text),
  statement_day_of_month: opt(dayOfMonth),
})

const payroll = some({
  paystubs: opt(list(any)),
  w2s: opt(list(any)),
})

const transaction = some({
  date_transacted: date,
  date_posted: date,
  amount,
  description: text,
  currency: opt(currency),
})

const account = some({
  type: oneOf('investment', 'credit', 'depository', 'loan', 'payroll', 'other'),
  subtype: opt(text),
  starting_balance: opt(amount),
  force_available_balance: opt(amount),
  has_null_available_balance: opt(bool),
  currency: opt(currency),
  meta: opt(
    some({
      name: opt(text),
      official_name: opt(text),
      limit: opt(amount),
      mask: opt(Type.String({ pattern: '^$|^[A-Za-z0-9]{2,4}$' })),
    }),
  ),
  numbers: opt(numbers),
  transactions: opt(list(transaction)),
  holdings: opt(list(holding)),
  investment_transactions: opt(list(investmentTransaction)),
  identity: opt(identity),
  liability: opt(liability),
  inflow_model: opt(inflowModel),
  income: opt(payroll),
})

export const CUSTOM_USER = some({
  version: opt(Type.Union([oneOf('1', '2'), Type.Integer({ minimum: 1, maximum: 2 })])),
  seed: opt(text),
  override_accounts: opt(list(account)),
  mfa: opt(
    some({
      type: oneOf('device', 'selections', 'questions'),
      question_rounds: opt(count),
      questions_per_round: opt(count),
      selection_rounds: opt(count),
      selections_per_question: opt(count),
    }),
  ),
  recaptcha: opt(oneOf('good', 'bad')),
  force_error: opt(text),
  // no fields of Plaid's schema, but some of its own files are documents of income
  ocr_status: opt(text),
  paystub: opt(any),
  risk_signals_status: opt(text),
  single_document_risk_signals: opt(any),
  w2: opt(any),
})

export type CustomUser = Static<typeof CUSTOM_USER>
/** Dates are those that the Item shows, after any shift (read.ts). */
export type CustomAccount = Static<typeof account>
