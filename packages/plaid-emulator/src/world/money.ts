// Currencies as Plaid names them: one of ISO 4217, or one of those that only Plaid has a code for,
// never both; and what a foreign one is worth in the emulated world.
import { drawAt, keyOf } from './random.ts'

const UNOFFICIAL = new Set(
  (
    'ADA BAT BCH BNB BTC BTG BSV CNH DASH DOGE ETC ETH GBX LSK NEO OMG QTUM USDT XLM XMR XRP ' +
    'ZEC ZRX'
  ).split(' '),
)

/** The tables of Node.js know what is in ISO 4217, and what was. */
const named = new Intl.DisplayNames('en', { type: 'currency', fallback: 'none' })

export function isOfficialCurrency(code: string): boolean {
  return /^[A-Z]{3}$/.test(code) && named.of(code) !== undefined
}

export function isCurrency(code: string): boolean {
  return UNOFFICIAL.has(code) || isOfficialCurrency(code)
}

/** Amounts have eight decimals, as those of a coin have: a cent may be broken. */
const DECIMALS = 1e8

/** Whole where two decimals say all, so that what is usual is added up without an error. */
export function centsOf(amount: number): number {
  const cents = Math.round(amount * 100)
  return cents / 100 === amount ? cents : Math.round(amount * DECIMALS) / (DECIMALS / 100)
}

export function amountOf(cents: number): number {
  return Number.isInteger(cents) ? cents / 100 : Math.round(cents * (DECIMALS / 100)) / DECIMALS
}

export interface CurrencyCodes {
  iso_currency_code: string | null
  unofficial_currency_code: string | null
}

export function currencyCodes(code: string): CurrencyCodes {
  return UNOFFICIAL.has(code)
    ? { iso_currency_code: null, unofficial_currency_code: code }
    : { iso_currency_code: code, unofficial_currency_code: null }
}

/** Ten-thousandths of a dollar for one of it, around which its rate moves. */
const WORTH: Readonly<Record<string, number>> = { EUR: 10_850, JPY: 67 }
const RATES = keyOf('rates')

/** What so many cents of a foreign currency cost in dollars' cents; each week has its rate. */
export function inDollars(currency: string, cents: number, day: number): number {
  return Math.round((cents * rateAt(currency, day)) / 10_000)
}

/** In ten-thousandths; it stays within three percent of the currency's worth. */
function rateAt(currency: string, day: number): number {
  const worth = WORTH[currency] ?? 10_000
  const swing = (drawAt(RATES, Math.floor(day / 7)) % 601) - 300
  return worth + Math.round((worth * swing) / 10_000)
}
