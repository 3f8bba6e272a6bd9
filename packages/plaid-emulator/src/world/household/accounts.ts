// The household's accounts over the three banks: ten of them, of the types that an application
// meets, with what was on them on the world's first day.
import { account, type WorldAccount } from '../account.ts'

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

export const HOUSEHOLD_ACCOUNTS: readonly WorldAccount[] = [
  account(
    ['depository', 'checking'],
    ['Everyday Checking', 'Platypus Everyday Checking Account', '0417'],
    320_000,
    { seat: 'platypus' },
  ),
  account(
    ['depository', 'savings'],
    ['Rainy Day Savings', 'Platypus Goal Savings Account', '1128'],
    640_000,
    { seat: 'platypus' },
  ),
  account(
    ['credit', 'credit card'],
    ['Rewards Card', 'Platypus Rewards Platinum Credit Card', '3391'],
    41_200,
    { seat: 'platypus', limitCents: 900_000, terms: { rate: 2_149, closes: 25, due: 20 } },
  ),
  account(
    ['depository', 'checking'],
    ['Joint Checking', 'Gingham Joint Share Draft Account', '5502'],
    280_000,
    { seat: 'gingham', joint: true },
  ),
  account(
    ['credit', 'credit card'],
    ['Cash Card', 'Gingham Cash Back Credit Card', '6743'],
    23_900,
    { seat: 'gingham', limitCents: 650_000, terms: { rate: 2_374, closes: 20, due: 15 } },
  ),
  account(
    ['loan', 'student'],
    ['Student Loan', 'Gingham Graduate Student Loan', '7781'],
    3_460_000,
    {
      seat: 'gingham',
      terms: { rate: 480, closes: 20, due: 10, loan: { paymentCents: 31_000, months: 180 } },
    },
  ),
  account(
    ['loan', 'mortgage'],
    ['Mortgage', 'Gingham 30-Year Fixed Mortgage', '8820'],
    21_200_000,
    {
      seat: 'gingham',
      joint: true,
      terms: { rate: 385, closes: 15, due: 5, loan: { paymentCents: 118_000, months: 360 } },
    },
  ),
  account(
    ['depository', 'savings'],
    ['High Yield Savings', 'Tattersall High Yield Share Account', '2096'],
    1_200_000,
    { seat: 'tattersall' },
  ),
  account(
    ['investment', 'brokerage'],
    ['Brokerage', 'Tattersall Individual Brokerage Account', '4475'],
    1_800_000,
    { seat: 'tattersall' },
  ),
  account(['investment', 'ira'], ['Retirement', 'Tattersall Traditional IRA', '9914'], 3_100_000, {
    seat: 'tattersall',
  }),
]
