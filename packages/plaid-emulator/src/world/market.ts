// What the emulated world's securities are and what each cost on each day. Prices walk from day to
// day by whole numbers drawn from the seed, so that every machine has the same to the cent.
import { calendarDay, FIRST_DAY } from './calendar.ts'
import { drawAt, type Key, keyOf } from './random.ts'

/** A security as a world knows it. The names are invented, and so are the
 * tickers, but for those of Plaid's own examples. */
export interface Listing {
  ticker: string
  name: string
  type: 'etf' | 'mutual fund' | 'equity'
  sector: string | null
  industry: string | null
  market: string
  figi: string | null
  /** On the world's first day. */
  firstCents: number
  /** What a year brings on average, and how far a day may go, in millionths of a day's price. */
  driftPpm: number
  swingPpm: number
  /** Ten-thousandths of a share that a bank sells at least. */
  lot: number
}

/** Ten-thousandths of a share in a share. */
export const SHARE = 10_000

export const fund = { sector: 'Miscellaneous', industry: 'Investment Trusts or Mutual Funds' }

export const LISTINGS = {
  market: {
    ...fund,
    ticker: 'TTMX',
    name: 'Tattersall Total Market ETF',
    type: 'etf',
    market: 'ARCX',
    figi: 'BBG00T4TMX01',
    firstCents: 16_412,
    driftPpm: 290,
    swingPpm: 21_000,
    lot: 1,
  },
  world: {
    ...fund,
    ticker: 'TTWX',
    name: 'Tattersall International Index ETF',
    type: 'etf',
    market: 'ARCX',
    figi: 'BBG00T4TWX00',
    firstCents: 5_588,
    driftPpm: 210,
    swingPpm: 23_000,
    lot: 1,
  },
  bonds: {
    ...fund,
    ticker: 'TTBDX',
    name: 'Tattersall Aggregate Bond Fund',
    type: 'mutual fund',
    market: 'XNAS',
    figi: 'BBG00T4TBD07',
    firstCents: 1_127,
    driftPpm: 20,
    swingPpm: 6_000,
    lot: 1,
  },
  software: {
    ticker: 'MRDN',
    name: 'Meridian Software Inc',
    type: 'equity',
    sector: 'Technology Services',
    industry: 'Packaged Software',
    market: 'XNAS',
    figi: 'BBG00M3RDN03',
    firstCents: 4_863,
    driftPpm: 420,
    swingPpm: 42_000,
    lot: SHARE,
  },
  power: {
    ticker: 'BCEN',
    name: 'Bright Coast Energy Corp',
    type: 'equity',
    sector: 'Utilities',
    industry: 'Electric Utilities',
    market: 'XNYS',
    figi: 'BBG00BRCST05',
    firstCents: 3_140,
    driftPpm: 160,
    swingPpm: 27_000,
    lot: SHARE,
  },
} as const satisfies Record<string, Listing>

/** What securities cost. */
export interface Market {
  /** In cents, on the trading day that this day belongs to. */
  price(listing: Listing, day: number): number
}

/** No walk ends at nothing. */
const PRICE_CENTS_MIN = 100
const MILLION = 1_000_000

export function createMarket(seed: string): Market {
  const walks = new Map<Listing, Walk>()
  return {
    price: (listing, day) => {
      let walk = walks.get(listing)
      if (walk === undefined) {
        walk = new Walk(seed, listing)
        walks.set(listing, walk)
      }
      return walk.at(tradingDay(day))
    },
  }
}

/** The day itself, or the Friday before it. */
export function tradingDay(day: number): number {
  const { weekday } = calendarDay(day)
  if (weekday === 6) return day - 1
  return weekday === 0 ? day - 2 : day
}

/** The day itself, or the Monday after it. */
export function nextTradingDay(day: number): number {
  const { weekday } = calendarDay(day)
  if (weekday === 6) return day + 2
  return weekday === 0 ? day + 1 : day
}

class Walk {
  readonly #key: Key
  readonly #listing: Listing
  /** By day since the first. */
  readonly #cents: number[]

  constructor(seed: string, listing: Listing) {
    this.#key = keyOf(`${seed}/prices/${listing.ticker}`)
    this.#listing = listing
    this.#cents = [listing.firstCents]
  }

  at(day: number): number {
    const wanted = Math.max(0, day - FIRST_DAY)
    for (let i = this.#cents.length; i <= wanted; i++) {
      const before = this.#cents[i - 1] ?? this.#listing.firstCents
      this.#cents.push(this.#step(before, FIRST_DAY + i))
    }
    return this.#cents[wanted] ?? this.#listing.firstCents
  }

  #step(cents: number, day: number): number {
    if (tradingDay(day) !== day) return cents
    const { driftPpm, swingPpm } = this.#listing
    // the mean of three draws: small moves are common, large ones are not
    const draw = [0, 1, 2].reduce((sum, i) => sum + (drawAt(this.#key, day * 4 + i) % MILLION), 0)
    const swing = Math.floor(((draw - 1.5 * MILLION) * swingPpm) / (1.5 * MILLION))
    const next = cents + Math.round((cents * (driftPpm + swing)) / MILLION)
    return Math.max(PRICE_CENTS_MIN, next)
  }
}
