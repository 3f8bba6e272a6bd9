// The three banks of the emulated world, under the names and ids of Plaid's own Sandbox, and the
// times at which their data is fetched.
import type { Seat } from './account.ts'
import { DAY_MS, dayOf, HOUR_MS, MINUTE_MS } from './calendar.ts'
import { drawAt, keyOf } from './random.ts'

export interface Bank {
  id: string
  name: string
  url: string
  primaryColor: string
  routingNumbers: string[]
  /** What Plaid offers of it. */
  products: readonly string[]
  /** Whose accounts it holds of a person who has several banks. */
  seat: Seat
}

const EVERY_PRODUCT = [
  'auth',
  'balance',
  'identity',
  'investments',
  'liabilities',
  'recurring_transactions',
  'transactions',
  'transactions_refresh',
] as const

export const BANKS: readonly Bank[] = [
  {
    id: 'ins_109508',
    name: 'First Platypus Bank',
    url: 'https://platypus.example',
    seat: 'platypus',
    primaryColor: '#1f1f1f',
    routingNumbers: ['011000015', '011000028'],
    products: EVERY_PRODUCT,
  },
  {
    id: 'ins_109509',
    name: 'First Gingham Credit Union',
    url: 'https://gingham.example',
    seat: 'gingham',
    primaryColor: '#b5446e',
    routingNumbers: ['021000021'],
    products: EVERY_PRODUCT,
  },
  {
    id: 'ins_109510',
    name: 'Tattersall Federal Credit Union',
    url: 'https://tattersall.example',
    seat: 'tattersall',
    primaryColor: '#2f6f4f',
    routingNumbers: ['031000053'],
    products: EVERY_PRODUCT,
  },
]

export function bankById(id: string): Bank | undefined {
  return BANKS.find((bank) => bank.id === id)
}

/** Plaid asks a bank one to four times a day; each day has its own choice of these times. */
const PULL_TIMES_MS = [
  6 * HOUR_MS + 10 * MINUTE_MS,
  11 * HOUR_MS + 40 * MINUTE_MS,
  16 * HOUR_MS + 20 * MINUTE_MS,
  21 * HOUR_MS + 30 * MINUTE_MS,
]
const CHOICES = 2 ** PULL_TIMES_MS.length - 1

/** The instants in (after, until] at which this bank's data is fetched. */
export function* pullTimes(
  seed: string,
  bankId: string,
  after: number,
  until: number,
): Generator<number> {
  const key = keyOf(`${seed}/pulls/${bankId}`)
  for (let day = dayOf(after); day <= dayOf(until); day++) {
    const chosen = 1 + (drawAt(key, day) % CHOICES)
    for (const [i, time] of PULL_TIMES_MS.entries()) {
      const at = day * DAY_MS + time
      if ((chosen & (1 << i)) !== 0 && at > after && at <= until) yield at
    }
  }
}
