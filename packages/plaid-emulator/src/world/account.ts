// An account as a world describes it: what it is and what was on it when the life began. Ids and
// numbers belong to an Item and follow from its seed; balances follow from the life.
import type { CustomAccount } from './custom/schema.ts'
import type { Listing } from './market.ts'

export type Seat = 'platypus' | 'gingham' | 'tattersall'

export interface WorldAccount {
  /** The household's banks hold different accounts; null is held by every bank. */
  seat: Seat | null
  type: 'depository' | 'credit' | 'loan' | 'investment' | 'other'
  subtype: string
  name: string
  officialName: string | null
  mask: string | null
  /** What is there, or what is owed, on the first day. */
  openingCents: number
  limitCents: number | null
  /** What can be spent, where that does not follow from the balance; null hides it. */
  availableCents?: number | null
  /** ISO 4217, or a code that only Plaid knows (money.ts); null is its bank's own currency. */
  currency: string | null
  holder: 'personal' | 'business'
  /** It belongs to the two of a household. */
  joint?: boolean
  /** What a debt's contract says, where the world has one. */
  terms?: Terms
  /** What it holds from the first day on, in ten-thousandths; the rest of it is cash. */
  holdings?: readonly (readonly [listing: Listing, quantity: number])[]
  /** By which money reaches it at a bank of the United States. */
  numbers?: Pick<
    NonNullable<CustomAccount['numbers']>,
    'account' | 'ach_routing' | 'ach_wire_routing'
  >
  /** What a custom user's JSON, or the world, says of it for the products that show it. */
  custom?: CustomAccount
}

export interface Terms {
  /** A year's interest in hundredths of a percent. */
  rate: number
  /** Days of the month, up to 27: the statement closes at the end of the one, what it asks for is
   * due on the other. */
  closes: number
  due: number
  /** A loan's rate a month, and over how many months it was lent. */
  loan?: { paymentCents: number; months: number }
}

/** A person's own, held by every bank in its currency, without a limit, unless `more` says so. */
export function account(
  [type, subtype]: [WorldAccount['type'], string],
  [name, officialName, mask]: [string, string | null, string | null],
  openingCents: number,
  more: Partial<WorldAccount> = {},
): WorldAccount {
  const named = { type, subtype, name, officialName, mask, openingCents }
  return { seat: null, limitCents: null, currency: null, holder: 'personal', ...named, ...more }
}

/** Debts grow with money that goes out; everything else shrinks. */
export function balanceSign(account: WorldAccount): 1 | -1 {
  return account.type === 'credit' || account.type === 'loan' ? 1 : -1
}

/** Plaid gives transactions of deposits, cards and, of the loans, the student's. */
export function hasTransactions(account: WorldAccount): boolean {
  return account.type === 'depository' || account.type === 'credit' || account.subtype === 'student'
}
