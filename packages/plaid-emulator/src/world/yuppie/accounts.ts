// A young professional's accounts, all at whichever bank is asked: cards, a student loan, money
// invested, and two accounts in other currencies.
import { account, type WorldAccount } from '../account.ts'

/** The places in the list below. */
export const ACCOUNT = {
  checking: 0,
  savings: 1,
  travelCard: 2,
  card: 3,
  studentLoan: 4,
  brokerage: 5,
  retirement: 6,
  euro: 7,
  coins: 8,
} as const

export const YUPPIE_ACCOUNTS: readonly WorldAccount[] = [
  account(['depository', 'checking'], ['Checking', 'Everyday Checking', '2230'], 410_000),
  account(['depository', 'savings'], ['Savings', 'High Yield Savings', '2248'], 920_000),
  account(
    ['credit', 'credit card'],
    ['Travel Card', 'Sapphire Travel Rewards Card', '6104'],
    94_300,
    { limitCents: 1_800_000, terms: { rate: 2_249, closes: 24, due: 19 } },
  ),
  account(['credit', 'credit card'], ['Everyday Card', 'Cash Back Everyday Card', '6112'], 38_800, {
    limitCents: 900_000,
    terms: { rate: 2_399, closes: 18, due: 13 },
  }),
  account(['loan', 'student'], ['Student Loan', 'Direct Graduate Loan', '8831'], 7_860_000, {
    terms: { rate: 560, closes: 27, due: 21, loan: { paymentCents: 61_500, months: 240 } },
  }),
  account(['investment', 'brokerage'], ['Brokerage', 'Self-Directed Brokerage', '5520'], 640_000),
  account(['investment', '401k'], ['401(k)', 'Employer 401(k) Plan', '5538'], 1_450_000),
  account(['depository', 'checking'], ['Euro Account', 'Euro Travel Account', '3301'], 42_000, {
    currency: 'EUR',
  }),
  account(['depository', 'cash management'], ['Coin Wallet', 'Stablecoin Wallet', '3319'], 0, {
    currency: 'USDT',
  }),
]
