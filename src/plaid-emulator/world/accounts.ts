// The household's accounts over the three banks: ten of them, of the types that an application
// meets, with what was on them on the world's first day.
export interface HouseholdAccount {
  bankId: string
  type: 'depository' | 'credit' | 'loan' | 'investment'
  subtype: 'checking' | 'savings' | 'credit card' | 'student' | 'mortgage' | 'brokerage' | 'ira'
  name: string
  officialName: string
  mask: string
  /** What is there, or what is owed, on the first day. */
  openingCents: number
  limitCents: number | null
}

const PLATYPUS = 'ins_109508'
const GINGHAM = 'ins_109509'
const TATTERSALL = 'ins_109510'

function account(
  bankId: string,
  [type, subtype]: [HouseholdAccount['type'], HouseholdAccount['subtype']],
  [name, officialName, mask]: [string, string, string],
  openingCents: number,
  limitCents: number | null = null,
): HouseholdAccount {
  return { bankId, type, subtype, name, officialName, mask, openingCents, limitCents }
}

/** The places in the list below. */
export const ACCOUNT = {
  checking: 0,
  savings: 1,
  rewardsCard: 2,
  joint: 3,
  cashCard: 4,
  studentLoan: 5,
  mortgage: 6,
  highYield: 7,
  brokerage: 8,
  retirement: 9,
} as const

export const HOUSEHOLD_ACCOUNTS: readonly HouseholdAccount[] = [
  account(
    PLATYPUS,
    ['depository', 'checking'],
    ['Everyday Checking', 'Platypus Everyday Checking Account', '0417'],
    320_000,
  ),
  account(
    PLATYPUS,
    ['depository', 'savings'],
    ['Rainy Day Savings', 'Platypus Goal Savings Account', '1128'],
    640_000,
  ),
  account(
    PLATYPUS,
    ['credit', 'credit card'],
    ['Rewards Card', 'Platypus Rewards Platinum Credit Card', '3391'],
    41_200,
    900_000,
  ),
  account(
    GINGHAM,
    ['depository', 'checking'],
    ['Joint Checking', 'Gingham Joint Share Draft Account', '5502'],
    280_000,
  ),
  account(
    GINGHAM,
    ['credit', 'credit card'],
    ['Cash Card', 'Gingham Cash Back Credit Card', '6743'],
    23_900,
    650_000,
  ),
  account(
    GINGHAM,
    ['loan', 'student'],
    ['Student Loan', 'Gingham Graduate Student Loan', '7781'],
    3_460_000,
  ),
  account(
    GINGHAM,
    ['loan', 'mortgage'],
    ['Mortgage', 'Gingham 30-Year Fixed Mortgage', '8820'],
    21_200_000,
  ),
  account(
    TATTERSALL,
    ['depository', 'savings'],
    ['High Yield Savings', 'Tattersall High Yield Share Account', '2096'],
    1_200_000,
  ),
  account(
    TATTERSALL,
    ['investment', 'brokerage'],
    ['Brokerage', 'Tattersall Individual Brokerage Account', '4475'],
    1_800_000,
  ),
  account(
    TATTERSALL,
    ['investment', 'ira'],
    ['Retirement', 'Tattersall Traditional IRA', '9914'],
    3_100_000,
  ),
]

/** Debts grow with money that goes out; everything else shrinks. */
export function balanceSign(account: HouseholdAccount): 1 | -1 {
  return account.type === 'credit' || account.type === 'loan' ? 1 : -1
}

/** Plaid gives transactions of deposits, cards and, of the loans, the student's. */
export function hasTransactions(account: HouseholdAccount): boolean {
  return account.type === 'depository' || account.type === 'credit' || account.subtype === 'student'
}
