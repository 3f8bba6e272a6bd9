// A small company's accounts, all at whichever bank is asked: a coffee roastery with a shop.
import { account, type WorldAccount } from '../account.ts'

const company = { holder: 'business' } as const

/** The places in the list below. */
export const ACCOUNT = {
  operating: 0,
  reserve: 1,
  card: 2,
  creditLine: 3,
  equipmentLoan: 4,
} as const

export const BUSINESS_ACCOUNTS: readonly WorldAccount[] = [
  account(
    ['depository', 'checking'],
    ['Operating Account', 'Business Advantage Operating Checking', '4821'],
    2_465_000,
    company,
  ),
  account(
    ['depository', 'savings'],
    ['Tax Reserve', 'Business Tax Reserve Savings', '4839'],
    1_180_000,
    company,
  ),
  account(
    ['credit', 'credit card'],
    ['Business Card', 'Business Rewards Credit Card', '7710'],
    318_400,
    { ...company, limitCents: 2_500_000, terms: { rate: 2_049, closes: 26, due: 22 } },
  ),
  account(
    ['loan', 'line of credit'],
    ['Line of Credit', 'Business Revolving Line of Credit', '9053'],
    0,
    { ...company, limitCents: 6_000_000, terms: { rate: 925, closes: 20, due: 15 } },
  ),
  account(
    ['loan', 'business'],
    ['Equipment Loan', 'Business Equipment Term Loan', '9061'],
    7_400_000,
    {
      ...company,
      terms: { rate: 690, closes: 22, due: 15, loan: { paymentCents: 148_200, months: 72 } },
    },
  ),
]
