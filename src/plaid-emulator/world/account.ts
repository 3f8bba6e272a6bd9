// An account as a world describes it: what it is and what was on it when the life began. Ids and
// numbers belong to an Item and follow from its seed; balances follow from the life.
export type Seat = 'platypus' | 'gingham' | 'tattersall'

export interface WorldAccount {
  /** The household's banks hold different accounts; null is held by every bank. */
  seat: Seat | null
  type: 'depository' | 'credit' | 'loan' | 'investment'
  subtype: string
  name: string
  officialName: string | null
  mask: string
  /** What is there, or what is owed, on the first day. */
  openingCents: number
  limitCents: number | null
  /** An ISO 4217 code. */
  currency: string
  holder: 'personal' | 'business'
}

/** Debts grow with money that goes out; everything else shrinks. */
export function balanceSign(account: WorldAccount): 1 | -1 {
  return account.type === 'credit' || account.type === 'loan' ? 1 : -1
}

/** Plaid gives transactions of deposits, cards and, of the loans, the student's. */
export function hasTransactions(account: WorldAccount): boolean {
  return account.type === 'depository' || account.type === 'credit' || account.subtype === 'student'
}
