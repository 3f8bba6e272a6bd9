// Transactions: the change log by cursor, and the request to look at the bank at once.
import { Type } from 'typebox'
import type { ItemRecord } from '../../bank/state.ts'
import { PlaidFault } from '../../fault.ts'
import { cursorCharactersMax } from '../../item/cursor.ts'
import { syncPage, syncText } from '../../item/sync.ts'
import type { View } from '../../world/render.ts'
import { checkLogin, requireProduct } from '../bodies.ts'
import type { Context } from '../context.ts'
import { type Endpoint, itemEndpoint, none, TextAnswer } from '../endpoint.ts'
import { type BodyOf, bool, days, maybe, text } from '../fields.ts'

const PAGE_ROWS_DEFAULT = 100

const SYNC = {
  cursor: Type.Optional(Type.Union([Type.String({ maxLength: cursorCharactersMax }), Type.Null()])),
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  options: maybe({
    include_original_description: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
    include_personal_finance_category: bool,
    include_logo_and_counterparty_beta: bool,
    personal_finance_category_version: Type.Optional(
      Type.Union([Type.Literal('v1'), Type.Literal('v2')]),
    ),
    days_requested: days,
    account_id: Type.Optional(text),
  }),
}
type Sync = BodyOf<typeof SYNC>

export const transactionEndpoints: Endpoint[] = [
  itemEndpoint('/transactions/sync', SYNC, sync),
  itemEndpoint('/transactions/refresh', none, async (context, item) => {
    await requireProduct(context, item, 'transactions_refresh')
    await context.bank.act(item, { kind: 'refresh' })
    return {}
  }),
]

async function sync(context: Context, item: ItemRecord, body: Sync): Promise<object> {
  checkLogin(item)
  const options = body.options ?? {}
  await context.bank.startTransactions(item, options.days_requested)
  const ledger = context.bank.ledger(item)
  if (ledger === null) throw new PlaidFault('PRODUCT_NOT_READY')
  const answer = syncPage(ledger, {
    itemId: item.itemId,
    cursor: body.cursor ?? '',
    count: body.count ?? PAGE_ROWS_DEFAULT,
    accountId: options.account_id,
  })
  const view: View = {
    originalDescription: options.include_original_description === true,
    categoryVersion: options.personal_finance_category_version ?? 'v2',
  }
  return new TextAnswer((requestId) => syncText(ledger, answer, view, requestId))
}
