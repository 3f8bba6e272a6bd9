// A small company's accounts, all at whichever bank is asked: a coffee roastery with a shop.
import type { WorldAccount } from '../account.ts'

function account(
  [type, subtype]: [WorldAccount['type'], string],
  [name, officialName, mask]: [string, string, string],
  openingCents: number,
  limitCents: number | null = null,
): WorldAccount {
  const named = { type, subtype, name, officialName, mask }
  return { seat: null, ...named, openingCents, limitCents, currency: null, holder: 'business' }
}

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
  ),
  account(
    ['depository', 'savings'],
    ['Tax Reserve', 'Business Tax Reserve Savings', '4839'],
    1_180_000,
  ),
  account(
    ['credit', 'credit card'],
    ['Business Card', 'Business Rewards Credit Card', '7710'],
    318_400,
    2_500_000,
  ),
  account(
    ['loan', 'line of credit'],
    ['Line of Credit', 'Business Revolving Line of Credit', '9053'],
    0,
    6_000_000,
  ),
  account(
    ['loan', 'business'],
    ['Equipment Loan', 'Business Equipment Term Loan', '9061'],
    7_400_000,
  ),
]
