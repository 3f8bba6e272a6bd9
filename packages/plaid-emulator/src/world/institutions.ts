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

/** Where the institutions that only Plaid's Sandbox has say that they are. */
const PLAID_URL = 'https://www.plaid.com/'

function institution(id: string, known: Known, more: Partial<Institution> = {}): Institution {
  return {
    id,
    url: PLAID_URL,
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

const BRITISH = { country: 'GB', currency: 'GBP', products: PRODUCTS_GB, oauth: true } as const

/** The Sandbox has Plaid's real institutions too; these are those that Plaid's clients ask for. */
const REAL = [
  institution(
    'ins_12',
    {
      name: 'Fidelity',
      seat: 'tattersall',
      primaryColor: '#368727',
      routingNumbers: ['101205681'],
    },
    { url: 'https://www.fidelity.com' },
  ),
  institution(
    'ins_127989',
    {
      name: 'Bank of America',
      seat: 'platypus',
      primaryColor: '#c41230',
      routingNumbers: ['021200339', '026009593', '052001633'],
    },
    { url: 'https://www.bankofamerica.com', oauth: true },
  ),
  institution(
    'ins_118305',
    {
      name: 'Barclays (UK) - Online Banking: Business',
      seat: 'platypus',
      primaryColor: '#00aeef',
      routingNumbers: [],
    },
    { ...BRITISH, url: 'https://www.barclays.co.uk' },
  ),
]

export const INSTITUTIONS: readonly Institution[] = [
  institution('ins_109508', {
    name: 'First Platypus Bank',
    seat: 'platypus',
    primaryColor: '#1f1f1f',
    routingNumbers: ['011000015', '011000028'],
  }),
  institution('ins_109509', {
    name: 'First Gingham Credit Union',
    seat: 'gingham',
    primaryColor: '#b5446e',
    routingNumbers: ['021000021'],
  }),
  institution('ins_109510', {
    name: 'Tattersall Federal Credit Union',
    seat: 'tattersall',
    primaryColor: '#2f6f4f',
    routingNumbers: ['031000053'],
  }),
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
    BRITISH,
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
  institution(
    'ins_116834',
    {
      name: 'Flexible Platypus Open Banking',
      seat: 'platypus',
      primaryColor: '#27496d',
      routingNumbers: [],
    },
    BRITISH,
  ),
  // where a telephone takes over from the browser
  institution(
    'ins_117181',
    {
      name: 'Flexible Platypus Open Banking',
      seat: 'platypus',
      primaryColor: '#3d3d6b',
      routingNumbers: [],
    },
    BRITISH,
  ),
  ...REAL,
]

export function institutionById(id: string): Institution | undefined {
  return INSTITUTIONS.find((institution) => institution.id === id)
}

/** Those at which somebody can begin: the others are only looked up by their id. */
export const OFFERED: readonly Institution[] = INSTITUTIONS.filter(
  ({ refuses }) => refuses === null,
)

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
