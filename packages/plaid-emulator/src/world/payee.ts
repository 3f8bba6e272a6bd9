// Who is paid, or pays: what Plaid would know of them, and what the bank writes.
import type { Transaction } from 'plaid'
import { drawAt, keyOf } from './random.ts'

/** How a row of this payee lives before it posts. */
export type Habit = 'purchase' | 'tip' | 'hold' | 'settled'

/** Plaid's words for a counterparty. */
type CounterpartyKind =
  | 'merchant'
  | 'financial_institution'
  | 'payment_app'
  | 'marketplace'
  | 'payment_terminal'
  | 'income_source'

export interface Payee {
  /** Follows from the name, and the payee's stable ids from it. */
  number: number
  name: string
  /** What the bank writes, where that is not the name. */
  statementText?: string
  category: string
  channel: 'in store' | 'online' | 'other'
  counterparty: CounterpartyKind | null
  /** Who stood in between: a terminal, an app. */
  via?: { name: string; kind: CounterpartyKind }
  /** ISO 3166-1, for shops in a country of their own; the others are where the bank is. */
  country?: 'FR' | 'JP'
  categoryCode: string | null
  habit: Habit
  /** Only the bank's words are known: they are shown as they are, and made anew for each row. */
  described?: boolean
  meta?: Partial<Transaction['payment_meta']>
}

export interface Shop extends Payee {
  lowCents: number
  highCents: number
  timesPerWeek: number
}

export function payee(name: string, category: string, more: Partial<Payee> = {}): Payee {
  return {
    number: drawAt(keyOf(`payee/${name}`), 0) >>> 4,
    name,
    category,
    channel: 'online',
    counterparty: 'merchant',
    categoryCode: null,
    habit: 'settled',
    ...more,
  }
}

export function shop(
  name: string,
  category: string,
  [lowCents, highCents]: [number, number],
  timesPerWeek: number,
  more: Partial<Payee> = {},
): Shop {
  const known = payee(name, category, { channel: 'in store', habit: 'purchase', ...more })
  return { ...known, lowCents, highCents, timesPerWeek }
}

/** The kinds of payee that many lists need. */
export const ONLINE = { channel: 'online' } as const
export const TIP = { habit: 'tip' } as const
export const BANK = { channel: 'other', counterparty: null } as const
export const ACH = { channel: 'other' } as const
export const EMPLOYER = { channel: 'other', counterparty: 'income_source' } as const
export const LENDER = { channel: 'other', counterparty: 'financial_institution' } as const
