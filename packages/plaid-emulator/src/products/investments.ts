// Investments as Plaid shows them: an account's portfolio (portfolio.ts) or, where a custom user's
// JSON names holdings or transactions, those. Either way an account is worth its holdings.
import type { Holding, InvestmentTransaction, Security } from 'plaid'
import type { Worth } from '../item/accounts.ts'
import type { WorldAccount } from '../world/account.ts'
import { dateText, dayOf, dayOfDate, instantText } from '../world/calendar.ts'
import type { CustomAccount } from '../world/custom/schema.ts'
import type { Draft } from '../world/lifecycle.ts'
import { type Market, SHARE, tradingDay } from '../world/market.ts'
import { amountOf, centsOf, currencyCodes } from '../world/money.ts'
import { idAt, keyOf } from '../world/random.ts'
import type { LookAccount } from './look.ts'
import { type InvestmentRow, portfolioAt } from './portfolio.ts'
import {
  cashId,
  cashSecurity,
  customId,
  customSecurity,
  listedId,
  listedSecurity,
  type Quote,
} from './securities.ts'

export interface Investments {
  holdings: Holding[]
  /** The oldest first. */
  transactions: InvestmentTransaction[]
  /** By their ids: all that the others name. */
  securities: Map<string, Security>
}

export function worthOf(
  market: Market,
  known: WorldAccount,
  drafts: readonly Draft[],
  at: number,
): Worth {
  const { holdings: given, investment_transactions: rows, starting_balance } = known.custom ?? {}
  if (given === undefined && rows !== undefined) {
    return { valueCents: known.openingCents, cashCents: known.openingCents }
  }
  if (given === undefined) return portfolioAt(market, known, drafts, at)
  const sum = (holdings: typeof given): number =>
    holdings.reduce((cents, holding) => cents + customCents(holding), 0)
  const cash = given.filter(({ security }) => security.ticker_symbol?.startsWith('CUR:'))
  // what the JSON says is there counts, whatever its holdings add up to: so it is at Plaid
  const valueCents = starting_balance === undefined ? sum(given) : centsOf(starting_balance)
  return { valueCents, cashCents: sum(cash) }
}

export function investmentsOf(account: LookAccount, market: Market, at: number): Investments {
  const { custom } = account.known
  const isCustom = custom?.holdings !== undefined || custom?.investment_transactions !== undefined
  return isCustom ? customInvestments(account, custom, at) : lived(account, market, at)
}

function lived(account: LookAccount, market: Market, at: number): Investments {
  const { accountId, currency } = account
  const quote: Quote = { currency, market, at }
  const { rows, positions, cashCents } = portfolioAt(market, account.known, account.drafts, at)
  const shared = {
    ...currencyCodes(currency),
    account_id: accountId,
    institution_price_as_of: dateText(tradingDay(dayOf(at))),
    institution_price_datetime: null,
    vested_quantity: null,
    vested_value: null,
  }
  const holdings = positions.map(({ listing, ...position }) => ({
    ...shared,
    cost_basis: position.costCents / 100,
    institution_price: position.priceCents / 100,
    institution_value: position.valueCents / 100,
    quantity: position.quantity / SHARE,
    security_id: listedId(listing, currency),
    tax_lots: [],
  }))
  const cash = cashCents / 100
  const money = { cost_basis: cash, institution_price: 1, institution_value: cash, quantity: cash }
  if (cashCents !== 0) {
    holdings.push({ ...shared, ...money, security_id: cashId(currency), tax_lots: [] })
  }
  const listings = new Set(rows.flatMap(({ listing }) => listing ?? []))
  const securities = [...listings].map((listing) => listedSecurity(listing, quote))
  if (cashCents !== 0) securities.push(cashSecurity(quote))
  const key = keyOf(`investments/${accountId}`)
  return {
    holdings,
    transactions: rows.map((row, i) => transactionOf(account, row, idAt(key, i))),
    securities: byId(securities),
  }
}

function transactionOf(
  { accountId, currency }: LookAccount,
  row: InvestmentRow,
  id: string,
): InvestmentTransaction {
  const body = {
    ...currencyCodes(currency),
    account_id: accountId,
    amount: row.cents / 100,
    cancel_transaction_id: null,
    date: dateText(dayOf(row.at)),
    fees: 0,
    investment_transaction_id: id,
    name: row.name,
    price: row.priceCents / 100,
    quantity: row.quantity / SHARE,
    security_id: row.listing === null ? null : listedId(row.listing, currency),
    subtype: row.subtype,
    transaction_datetime: instantText(row.at),
    type: row.type,
  }
  return body as unknown as InvestmentTransaction
}

/** Holdings as they are given; where none are, what is there is money. */
function customInvestments(account: LookAccount, custom: CustomAccount, at: number): Investments {
  const { accountId, currency, known } = account
  const today = dateText(dayOf(at))
  const securities: Security[] = []
  const holdings = (custom.holdings ?? [cashHolding(known.openingCents, currency)]).map((given) => {
    const day = given.institution_price_as_of ?? today
    securities.push(customSecurity(given.security, given.institution_price, day))
    return {
      ...currencyCodes(given.currency),
      account_id: accountId,
      cost_basis: given.cost_basis ?? null,
      institution_price: given.institution_price,
      institution_price_as_of: day,
      institution_price_datetime: null,
      institution_value: amountOf(customCents(given)),
      quantity: given.quantity,
      security_id: customId(given.security),
      tax_lots: [],
      vested_quantity: null,
      vested_value: null,
    }
  })
  const held = byId(securities)
  const key = keyOf(`investments/${accountId}`)
  const seen = (custom.investment_transactions ?? [])
    .map((given, i) => ({ given, id: idAt(key, i) }))
    .filter(({ given }) => given.date <= today)
    .sort((a, b) => dayOfDate(a.given.date) - dayOfDate(b.given.date))
  const transactions = seen.map(({ given, id }) => {
    const { security } = given
    if (security !== undefined && !held.has(customId(security))) {
      held.set(customId(security), customSecurity(security, given.price, given.date))
    }
    return customTransaction(accountId, given, id)
  })
  return { holdings, transactions, securities: held }
}

type CustomHolding = NonNullable<CustomAccount['holdings']>[number]
type CustomTransaction = NonNullable<CustomAccount['investment_transactions']>[number]

function cashHolding(cents: number, currency: string): CustomHolding {
  const security = { ticker_symbol: `CUR:${currency}`, name: `Cash (${currency})`, currency }
  return {
    institution_price: 1,
    quantity: amountOf(cents),
    cost_basis: amountOf(cents),
    currency,
    security,
  }
}

function customCents({ quantity, institution_price }: CustomHolding): number {
  return centsOf(quantity * institution_price)
}

function customTransaction(
  accountId: string,
  given: CustomTransaction,
  id: string,
): InvestmentTransaction {
  const sold = given.type === 'sell' ? -Math.abs(given.quantity) : given.quantity
  const fees = given.fees ?? 0
  const body = {
    ...currencyCodes(given.currency),
    account_id: accountId,
    amount: amountOf(centsOf(sold * given.price + fees)),
    cancel_transaction_id: null,
    date: given.date,
    fees,
    investment_transaction_id: id,
    name: given.name,
    price: given.price,
    quantity: sold,
    security_id: given.security === undefined ? null : customId(given.security),
    subtype: SUBTYPES[given.type] ?? (sold < 0 ? 'deposit' : 'withdrawal'),
    transaction_datetime: null,
    type: given.type,
  }
  return body as unknown as InvestmentTransaction
}

const SUBTYPES: Readonly<Record<string, string>> = {
  buy: 'buy',
  sell: 'sell',
  fee: 'account fee',
  transfer: 'transfer',
}

function byId(securities: readonly Security[]): Map<string, Security> {
  return new Map(securities.map((security) => [security.security_id, security]))
}
