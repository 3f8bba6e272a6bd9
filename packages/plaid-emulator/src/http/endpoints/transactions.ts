// Transactions: the change log by cursor, a window of dates, and the request to look at the bank at
// once.
import { Type } from '../../../../../src/std/type.ts'
import type { ItemRecord } from '../../bank/state.ts'
import { PlaidFault } from '../../fault.ts'
import { answerText } from '../../item/answer-text.ts'
import { cursorCharactersMax } from '../../item/cursor.ts'
import type { Ledger } from '../../item/ledger.ts'
import { syncPage } from '../../item/sync.ts'
import { dayOfText } from '../../world/calendar.ts'
import type { View } from '../../world/render.ts'
import { accountsAnswer, requireProduct } from '../bodies.ts'
import type { Context } from '../../context.ts'
import { type Endpoint, itemEndpoint, none, TextAnswer } from '../endpoint.ts'
import {
  type BodyOf,
  accountId,
  bool,
  boolOrNull,
  categoryVersion,
  count,
  days,
  ids,
  maybe,
  orNull,
  PAGE_ROWS_DEFAULT,
  text,
} from '../fields.ts'

const VIEW = {
  include_original_description: boolOrNull,
  include_personal_finance_category: bool,
  include_logo_and_counterparty_beta: bool,
  personal_finance_category_version: categoryVersion,
}

const SYNC = {
  cursor: orNull(Type.String({ maxLength: cursorCharactersMax })),
  count,
  options: maybe({ ...VIEW, days_requested: days, account_id: Type.Optional(accountId) }),
}
const GET = {
  start_date: text,
  end_date: text,
  options: maybe({
    ...VIEW,
    include_personal_finance_category_beta: bool,
    days_requested: days,
    account_ids: ids,
    count,
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 32 })),
  }),
}

export const transactionEndpoints: Endpoint[] = [
  itemEndpoint('/transactions/sync', SYNC, sync),
  itemEndpoint('/transactions/get', GET, get),
  itemEndpoint('/transactions/refresh', none, async (context, item) => {
    await requireProduct(context, item, 'transactions_refresh')
    await context.bank.act(item, { kind: 'refresh' })
    return {}
  }),
]

async function sync(
  context: Context,
  item: ItemRecord,
  body: BodyOf<typeof SYNC>,
): Promise<TextAnswer> {
  const options = body.options ?? {}
  await requireProduct(context, item, 'transactions')
  await context.bank.synced(item)
  const ledger = await ledgerOf(context, item, options.days_requested)
  const { added, modified, ...answer } = syncPage(ledger, {
    itemId: item.itemId,
    cursor: body.cursor ?? '',
    count: body.count ?? PAGE_ROWS_DEFAULT,
    accountId: options.account_id,
  })
  const view = viewOf(options)
  return new TextAnswer((request_id) =>
    answerText(ledger, { ...answer, request_id }, { added, modified }, view),
  )
}

async function get(
  context: Context,
  item: ItemRecord,
  body: BodyOf<typeof GET>,
): Promise<TextAnswer> {
  const [firstDay, lastDay] = [dayIn('start_date', body), dayIn('end_date', body)]
  if (firstDay > lastDay) {
    throw new PlaidFault('INVALID_FIELD', 'start_date must not be after end_date')
  }
  const options = body.options ?? {}
  await requireProduct(context, item, 'transactions')
  const ledger = await ledgerOf(context, item, options.days_requested)
  if (ledger.readiness === 'NOT_READY') throw new PlaidFault('PRODUCT_NOT_READY')
  const accounts = ledger.accounts({ transactions: true })
  const answer = accountsAnswer(context, item, options.account_ids, accounts)
  const { total, rows } = ledger.window({
    firstDay,
    lastDay,
    accountIds: options.account_ids,
    offset: options.offset ?? 0,
    count: options.count ?? PAGE_ROWS_DEFAULT,
  })
  const view = viewOf(options)
  return new TextAnswer((request_id) => {
    const whole = { ...answer, total_transactions: total, request_id }
    return answerText(ledger, whole, { transactions: rows }, view)
  })
}

/** The first call that needs transactions begins their history. */
async function ledgerOf(
  context: Context,
  item: ItemRecord,
  daysRequested: number | undefined,
): Promise<Ledger> {
  await context.bank.startTransactions(item, daysRequested)
  const ledger = context.bank.ledger(item)
  if (ledger === null) throw new PlaidFault('PRODUCT_NOT_READY')
  return ledger
}

function viewOf(options: Partial<BodyOf<typeof VIEW>>): View {
  return {
    originalDescription: options.include_original_description === true,
    categoryVersion: options.personal_finance_category_version ?? 'v2',
  }
}

function dayIn(
  field: 'start_date' | 'end_date',
  given: { start_date: string; end_date: string },
): number {
  const day = dayOfText(given[field])
  if (day !== undefined) return day
  throw new PlaidFault('INVALID_FIELD', `${field} must be a date like 2026-01-31`)
}
