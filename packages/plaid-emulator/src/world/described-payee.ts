// A payee of whom only the bank's words are known: rows that a test or a developer invents. What
// Plaid would guess from the words is guessed here, from fewer of them.
import { BANK, payee, type Payee } from './payee.ts'
import { PAYEES, SHOPS } from './payees.ts'

/** The payee that the words name, or one that is made of them. */
export function describedPayee(description: string, cents: number): Payee {
  const words = description.toLowerCase()
  const known = NAMED.find(({ name }) => words.includes(name.toLowerCase()))
  const shown = { statementText: description, described: true, habit: 'settled' } as const
  if (known !== undefined) return { ...known, ...shown }
  return payee(description, guess(words, cents), { ...BANK, ...shown })
}

const NAMED: readonly Payee[] = [
  ...SHOPS,
  ...Object.values(PAYEES).filter(({ counterparty }) => counterparty !== null),
]

/** The first that fits; what comes in is told from what goes out. */
const GUESSES: readonly [words: RegExp, out: string | null, into: string | null][] = [
  [/payroll|direct dep|salary|wages/, null, 'INCOME_SALARY'],
  [/interest/, 'BANK_FEES_INTEREST_CHARGE', 'INCOME_INTEREST_EARNED'],
  [/dividend/, null, 'INCOME_DIVIDENDS'],
  [/tax/, 'GOVERNMENT_AND_NON_PROFIT_TAX_PAYMENT', 'INCOME_TAX_REFUND'],
  [/mortgage/, 'LOAN_PAYMENTS_MORTGAGE_PAYMENT', null],
  [/student loan/, 'LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT', null],
  [/autopay|credit ca?rd|card payment/, 'LOAN_PAYMENTS_CREDIT_CARD_PAYMENT', null],
  [/\batm\b.*\bfee|\bfee\b.*\batm\b/, 'BANK_FEES_ATM_FEES', null],
  [/(foreign|international).*\bfee\b/, 'BANK_FEES_FOREIGN_TRANSACTION_FEES', null],
  [/\batm\b|withdrawal/, 'TRANSFER_OUT_WITHDRAWAL', null],
  [/deposit/, null, 'TRANSFER_IN_DEPOSIT'],
  [/transfer|xfer/, 'TRANSFER_OUT_ACCOUNT_TRANSFER', 'TRANSFER_IN_ACCOUNT_TRANSFER'],
  [/\bnsf\b|insufficient/, 'BANK_FEES_INSUFFICIENT_FUNDS', null],
  [/overdraft/, 'BANK_FEES_OVERDRAFT_FEES', null],
  [/\bfee\b/, 'BANK_FEES_OTHER_BANK_FEES', null],
  [/insurance/, 'GENERAL_SERVICES_INSURANCE', null],
  [/\brent\b/, 'RENT_AND_UTILITIES_RENT', 'INCOME_RENTAL'],
  [/electric|energy|power/, 'RENT_AND_UTILITIES_GAS_AND_ELECTRICITY', null],
  [/mobile|wireless|telecom/, 'RENT_AND_UTILITIES_TELEPHONE', null],
  [/coffee/, 'FOOD_AND_DRINK_COFFEE', null],
  [/grocer|foods|market\b/, 'FOOD_AND_DRINK_GROCERIES', null],
  [/restaurant|pizza|grill|diner/, 'FOOD_AND_DRINK_RESTAURANT', null],
  [/\bgas\b|fuel|petrol/, 'TRANSPORTATION_GAS', null],
  [/taxi|\bride/, 'TRANSPORTATION_TAXIS_AND_RIDE_SHARES', null],
  [/airline|\bair\b|flight/, 'TRAVEL_FLIGHTS', null],
  [/hotel|\binn\b/, 'TRAVEL_LODGING', null],
  [/pharmacy/, 'MEDICAL_PHARMACIES_AND_SUPPLEMENTS', null],
  [/gym|fitness/, 'PERSONAL_CARE_GYMS_AND_FITNESS_CENTERS', null],
]

function guess(words: string, cents: number): string {
  for (const [pattern, out, into] of GUESSES) {
    const category = cents < 0 ? into : out
    if (category !== null && pattern.test(words)) return category
  }
  return cents < 0 ? 'INCOME_OTHER' : 'GENERAL_MERCHANDISE_OTHER_GENERAL_MERCHANDISE'
}
