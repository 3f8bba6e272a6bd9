// The institutions of the emulated world, under the names and ids of Plaid's own Sandbox, and the
// times at which their data is fetched.
import type { Seat } from './account.ts'
import { DAY_MS, dayOf, HOUR_MS, MINUTE_MS } from './calendar.ts'
import { drawAt, keyOf } from './random.ts'

export interface Institution {
  id: string
  name: string
  url: string
  /** Its logo is drawn in it too (logo.ts). */
  primaryColor: string
  routingNumbers: string[]
  /** Whose accounts it holds of a person who has several banks. */
  seat: Seat
  country: 'US' | 'CA' | 'GB'
  /** ISO 4217: what accounts are in that name no other currency. */
  currency: string
  /** What Plaid offers of it. */
  products: readonly string[]
  /** A person signs in on the bank's own page. */
  oauth: boolean
  health: 'HEALTHY' | 'DEGRADED' | 'DOWN'
  /** Of cards and loans it tells what it told last, as Capital One does. */
  cachesCards?: boolean
  /** The error that every sign-in meets, however the institution does. */
  refuses: string | null
}

const PRODUCTS_GB = [
  'auth',
  'balance',
  'identity',
  'recurring_transactions',
  'transactions',
  'transactions_refresh',
]
/** Open banking in the United Kingdom knows nothing of the first two. */
const PRODUCTS = ['investments', 'liabilities', ...PRODUCTS_GB].toSorted()

type Known = Pick<Institution, 'name' | 'seat' | 'primaryColor' | 'routingNumbers'>

function institution(id: string, known: Known, more: Partial<Institution> = {}): Institution {
  const host = known.name.toLowerCase().replaceAll(/[^a-z]+/g, '-')
  return {
    id,
    url: `https://${host}.example`,
    country: 'US',
    currency: 'USD',
    products: PRODUCTS,
    oauth: false,
    health: 'HEALTHY',
    refuses: null,
    ...known,
    ...more,
  }
}

export const INSTITUTIONS: readonly Institution[] = [
  institution(
    'ins_109508',
    {
      name: 'First Platypus Bank',
      seat: 'platypus',
      primaryColor: '#1f1f1f',
      routingNumbers: ['011000015', '011000028'],
    },
    { url: 'https://platypus.example' },
  ),
  institution(
    'ins_109509',
    {
      name: 'First Gingham Credit Union',
      seat: 'gingham',
      primaryColor: '#b5446e',
      routingNumbers: ['021000021'],
    },
    { url: 'https://gingham.example' },
  ),
  institution(
    'ins_109510',
    {
      name: 'Tattersall Federal Credit Union',
      seat: 'tattersall',
      primaryColor: '#2f6f4f',
      routingNumbers: ['031000053'],
    },
    { url: 'https://tattersall.example' },
  ),
  institution('ins_109511', {
    name: 'Tartan Bank',
    seat: 'platypus',
    primaryColor: '#8c1f28',
    routingNumbers: ['041000014'],
  }),
  institution('ins_109512', {
    name: 'Houndstooth Bank',
    seat: 'gingham',
    primaryColor: '#4a4a55',
    routingNumbers: ['051000033'],
  }),
  institution(
    'ins_130016',
    {
      name: 'First Platypus Balance Bank',
      seat: 'platypus',
      primaryColor: '#2b5d8c',
      routingNumbers: ['061000052'],
    },
    { cachesCards: true },
  ),
  institution(
    'ins_127287',
    {
      name: 'Platypus OAuth Bank',
      seat: 'platypus',
      primaryColor: '#5a3d8a',
      routingNumbers: ['071000013'],
    },
    { oauth: true },
  ),
  institution(
    'ins_43',
    {
      name: 'Tartan-Dominion Bank of Canada',
      seat: 'platypus',
      primaryColor: '#b3202c',
      routingNumbers: [],
    },
    { country: 'CA', currency: 'CAD' },
  ),
  institution(
    'ins_117650',
    {
      name: 'Royal Bank of Plaid',
      seat: 'platypus',
      primaryColor: '#1d3f72',
      routingNumbers: [],
    },
    { country: 'GB', currency: 'GBP', products: PRODUCTS_GB, oauth: true },
  ),
  institution(
    'ins_132363',
    {
      name: 'Unhealthy Platypus Bank - Degraded',
      seat: 'gingham',
      primaryColor: '#a66a00',
      routingNumbers: ['081000032'],
    },
    { health: 'DEGRADED' },
  ),
  institution(
    'ins_132361',
    {
      name: 'Unhealthy Platypus Bank - Down',
      seat: 'tattersall',
      primaryColor: '#7a2e2e',
      routingNumbers: ['091000019'],
    },
    { health: 'DOWN' },
  ),
  institution(
    'ins_133402',
    {
      name: 'Unsupported Platypus Bank - Institution Not Supported',
      seat: 'platypus',
      primaryColor: '#6b6b76',
      routingNumbers: ['101000019'],
    },
    { refuses: 'INSTITUTION_NO_LONGER_SUPPORTED' },
  ),
]

export function institutionById(id: string): Institution | undefined {
  return INSTITUTIONS.find((institution) => institution.id === id)
}

/** Its name has all of these words in it. */
export function isCalled({ name }: Institution, words: string): boolean {
  const known = name.toLowerCase()
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => known.includes(word))
}

/** Plaid asks a bank one to four times a day; each day has its own choice of these times. */
const PULL_TIMES_MS = [
  6 * HOUR_MS + 10 * MINUTE_MS,
  11 * HOUR_MS + 40 * MINUTE_MS,
  16 * HOUR_MS + 20 * MINUTE_MS,
  21 * HOUR_MS + 30 * MINUTE_MS,
]
const CHOICES = 2 ** PULL_TIMES_MS.length - 1

/** The first such instant after this one. */
export function nextPullTime(seed: string, institutionId: string, after: number): number {
  // a bank is asked at least once a day
  const [next = Infinity] = pullTimes(seed, institutionId, after, after + 2 * DAY_MS)
  return next
}

/** The instants in (after, until] at which this bank's data is fetched. */
export function* pullTimes(
  seed: string,
  institutionId: string,
  after: number,
  until: number,
): Generator<number> {
  const key = keyOf(`${seed}/pulls/${institutionId}`)
  for (let day = dayOf(after); day <= dayOf(until); day++) {
    const chosen = 1 + (drawAt(key, day) % CHOICES)
    for (const [i, time] of PULL_TIMES_MS.entries()) {
      const at = day * DAY_MS + time
      if ((chosen & (1 << i)) !== 0 && at > after && at <= until) yield at
    }
  }
}
