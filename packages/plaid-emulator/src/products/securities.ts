// Securities as Plaid shows them: those of the world's market, cash in each currency, and those
// that a custom user's JSON names. A security is the same for everybody who holds it.
import type { Security } from 'plaid'
import { dateText, DAY_MS, dayOf, HOUR_MS, instantText } from '../world/calendar.ts'
import type { CustomAccount } from '../world/custom/schema.ts'
import { type Listing, LISTINGS, type Market, tradingDay } from '../world/market.ts'
import { currencyCodes } from '../world/money.ts'
import { idAt, keyOf } from '../world/random.ts'
import { LISTED } from '../world/sandbox/listings.ts'

type CustomHolding = NonNullable<CustomAccount['holdings']>[number]
export type CustomSecurity = CustomHolding['security']

export interface Quote {
  currency: string
  market: Market
  at: number
}

/** The close of the last session before an instant. */
const CLOSE_MS = 21 * HOUR_MS

export function listedSecurity(listing: Listing, { currency, market, at }: Quote): Security {
  return {
    ...quoted(currency, at),
    close_price: market.price(listing, dayOf(at)) / 100,
    figi: listing.figi,
    industry: listing.industry,
    market_identifier_code: listing.market,
    name: listing.name,
    sector: listing.sector,
    security_id: listedId(listing, currency),
    subtype: listing.type === 'equity' ? 'common stock' : listing.type,
    ticker_symbol: listing.ticker,
    type: listing.type,
  }
}

export function cashSecurity({ currency, at }: Quote): Security {
  return {
    ...quoted(currency, at),
    close_price: 1,
    is_cash_equivalent: true,
    name: `Cash (${currency})`,
    security_id: cashId(currency),
    subtype: 'cash',
    ticker_symbol: `CUR:${currency}`,
    type: 'cash',
  }
}

/** What a custom user's JSON says of it, and nothing that it does not. */
export function customSecurity(given: CustomSecurity, price: number | null, day: string): Security {
  const ticker = given.ticker_symbol ?? null
  const option = ticker === null ? null : optionOf(ticker)
  const cash = ticker?.startsWith('CUR:') === true
  return {
    ...UNKNOWN,
    ...currencyCodes(given.currency ?? 'USD'),
    close_price: price,
    close_price_as_of: price === null ? null : day,
    cusip: given.cusip ?? null,
    is_cash_equivalent: cash,
    isin: given.isin ?? null,
    name: given.name ?? ticker,
    option_contract: option,
    security_id: customId(given),
    sedol: given.sedol ?? null,
    ticker_symbol: ticker,
    type: option === null ? (cash ? 'cash' : 'equity') : 'derivative',
  }
}

const SYMBOLS: readonly Listing[] = [...Object.values(LISTINGS), ...Object.values(LISTED)]

/** What is in another currency is another security. */
export function listedId(listing: Listing, currency: string): string {
  return idAt(keyOf(`securities/${currency}`), SYMBOLS.indexOf(listing))
}

export function cashId(currency: string): string {
  return idAt(keyOf(`securities/${currency}/cash`), 0)
}

export function customId({ ticker_symbol, cusip, isin, sedol, name }: CustomSecurity): string {
  const identity = [ticker_symbol, cusip, isin, sedol, name].map((part) => part ?? '').join('/')
  return idAt(keyOf(`securities/custom/${identity}`), 0)
}

/** The symbol of an option as the Options Clearing Corporation writes it, without spaces. */
const OPTION = /^([A-Z]{1,6})(\d{2})(\d{2})(\d{2})([CP])(\d{8})$/

function optionOf(ticker: string): Security['option_contract'] {
  const [, root, year, month, day, kind, strike] = OPTION.exec(ticker) ?? []
  if (root === undefined) return null
  return {
    contract_type: kind === 'C' ? 'call' : 'put',
    expiration_date: `20${year}-${month}-${day}`,
    strike_price: Number(strike) / 1000,
    underlying_security_ticker: root,
  }
}

function quoted(currency: string, at: number) {
  const day = tradingDay(dayOf(at))
  return {
    ...UNKNOWN,
    ...currencyCodes(currency),
    close_price_as_of: dateText(day),
    update_datetime: instantText(Math.min(at, day * DAY_MS + CLOSE_MS)),
  }
}

/** The licensed numbers (CUSIP, ISIN) are null, as Plaid gives them to new customers. */
const UNKNOWN = {
  cfi_code: null,
  close_price: null,
  close_price_as_of: null,
  cusip: null,
  figi: null,
  fixed_income: null,
  industry: null,
  institution_id: null,
  institution_security_id: null,
  is_cash_equivalent: false,
  isin: null,
  market_identifier_code: null,
  name: null,
  option_contract: null,
  proxy_security_id: null,
  sector: null,
  sedol: null,
  subtype: null,
  ticker_symbol: null,
  type: null,
  update_datetime: null,
} as const satisfies Partial<Security>
