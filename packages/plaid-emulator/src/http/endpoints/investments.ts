// Investments: what is held, what was bought and sold, and the request to look at once.
import type { AccountBase, Holding, InvestmentTransaction, Security } from 'plaid'
import { Type } from '../../../../../src/std/type.ts'
import type { ItemRecord } from '../../bank/state.ts'
import { PlaidFault } from '../../fault.ts'
import { investmentsOf } from '../../products/investments.ts'
import { calendarDay, dateText, dayInMonth, dayOf } from '../../world/calendar.ts'
import { accountsAnswer, requireProduct } from '../bodies.ts'
import type { Context } from '../../context.ts'
import { type Endpoint, itemEndpoint, none } from '../endpoint.ts'
import {
  type BodyOf,
  accountIds,
  bool,
  count,
  date,
  ids,
  maybe,
  PAGE_ROWS_DEFAULT,
} from '../fields.ts'

/** Plaid has investment transactions of two years. */
const HISTORY_MONTHS = 24

const TRANSACTIONS = {
  start_date: date,
  end_date: date,
  options: maybe({
    account_ids: ids,
    count,
    offset: Type.Optional(Type.Integer({ minimum: 0 })),
    async_update: bool,
  }),
}

export const investmentEndpoints: Endpoint[] = [
  itemEndpoint(
    '/investments/holdings/get',
    { options: accountIds },
    async (context, item, body) => {
      await requireProduct(context, item, 'investments')
      const { transactions: _, ...all } = read(context, item, body.options)
      return { ...all, securities: named(all.securities, all.holdings) }
    },
  ),
  itemEndpoint('/investments/transactions/get', TRANSACTIONS, transactions),
  itemEndpoint('/investments/refresh', none, async (context, item) => {
    await requireProduct(context, item, 'investments')
    checkReady(context, item)
    await context.bank.act(item, { kind: 'refresh' })
    return {}
  }),
]

async function transactions(
  context: Context,
  item: ItemRecord,
  body: BodyOf<typeof TRANSACTIONS>,
): Promise<object> {
  const { start_date, end_date } = body
  if (start_date > end_date) {
    throw new PlaidFault('INVALID_FIELD', 'start_date must not be later than end_date')
  }
  const options = body.options ?? {}
  const known = item.products.includes('investments')
  await requireProduct(context, item, 'investments')
  if (!known && options.async_update === true) await context.bank.extractInvestments(item)
  checkReady(context, item)
  const { holdings: _, ...all } = read(context, item, options)
  const today = dayOf(context.clock.now())
  const oldest = dayInMonth(today, -HISTORY_MONTHS, calendarDay(today).dayOfMonth)
  const from = [start_date, dateText(oldest)].toSorted()[1] ?? start_date
  const found = all.transactions.filter((row) => row.date >= from && row.date <= end_date)
  const { offset = 0, count: rows = PAGE_ROWS_DEFAULT } = options
  const page = found.slice(offset, offset + rows)
  return {
    accounts: all.accounts,
    investment_transactions: page,
    is_investments_fallback_item: false,
    item: all.item,
    securities: named(all.securities, page),
    total_investment_transactions: found.length,
  }
}

/** The first extraction may still run, where it was asked for without waiting. */
function checkReady({ clock }: Context, item: ItemRecord): void {
  if ((item.investmentsReadyAt ?? 0) > clock.now()) throw new PlaidFault('PRODUCT_NOT_READY')
}

interface Read {
  accounts: AccountBase[]
  item: object
  is_investments_fallback_item: false
  holdings: Holding[]
  /** The newest first. */
  transactions: InvestmentTransaction[]
  securities: Map<string, Security>
}

function read(
  context: Context,
  item: ItemRecord,
  options: { account_ids?: string[] } | null | undefined,
): Read {
  const answer = accountsAnswer(context, item, options?.account_ids)
  const wanted = new Set(answer.accounts.map(({ account_id }) => account_id))
  const { accounts, market, at } = context.bank.look(item)
  const each = accounts
    .filter(({ accountId, known }) => wanted.has(accountId) && known.type === 'investment')
    .map((account) => investmentsOf(account, market, at))
  return {
    ...answer,
    // nobody here buys with borrowed money
    accounts: answer.accounts.map((account) => ({
      ...account,
      balances: { ...account.balances, margin_loan_amount: null },
    })),
    is_investments_fallback_item: false,
    holdings: each.flatMap(({ holdings }) => holdings),
    transactions: each.flatMap((one) => one.transactions.toReversed()).sort(newestFirst),
    securities: new Map(each.flatMap(({ securities }) => [...securities])),
  }
}

function newestFirst(a: InvestmentTransaction, b: InvestmentTransaction): number {
  return a.date < b.date ? 1 : a.date > b.date ? -1 : 0
}

/** Those that these holdings or rows name. */
function named(
  securities: Map<string, Security>,
  by: readonly { security_id: string | null }[],
): Security[] {
  const ids = new Set(by.map(({ security_id }) => security_id))
  return [...securities.values()].filter(({ security_id }) => ids.has(security_id))
}
