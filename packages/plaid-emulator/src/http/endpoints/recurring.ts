// Recurring streams of an Item's rows.
import type { ItemRecord } from '../../bank/state.ts'
import { PlaidFault } from '../../fault.ts'
import { streamsOf } from '../../products/streams.ts'
import { instantText } from '../../world/calendar.ts'
import { accountsAnswer, requireProduct } from '../bodies.ts'
import type { Context } from '../../context.ts'
import { type Endpoint, itemEndpoint } from '../endpoint.ts'
import { type BodyOf, bool, categoryVersion, ids, maybe } from '../fields.ts'

const RECURRING = {
  account_ids: ids,
  options: maybe({
    include_personal_finance_category: bool,
    personal_finance_category_version: categoryVersion,
  }),
}

export const recurringEndpoints: Endpoint[] = [
  itemEndpoint('/transactions/recurring/get', RECURRING, recurring),
]

async function recurring(
  context: Context,
  item: ItemRecord,
  body: BodyOf<typeof RECURRING>,
): Promise<object> {
  await requireProduct(context, item, 'recurring_transactions')
  const ledger = context.bank.ledger(item)
  if (ledger?.readiness !== 'HISTORICAL_UPDATE_COMPLETE') throw new PlaidFault('PRODUCT_NOT_READY')
  const version = body.options?.personal_finance_category_version ?? 'v2'
  const { accounts } = accountsAnswer(context, item, body.account_ids)
  const wanted = new Set(accounts.map(({ account_id }) => account_id))
  const { inflow, outflow } = streamsOf(ledger, version)
  return {
    inflow_streams: inflow.filter(({ account_id }) => wanted.has(account_id)),
    outflow_streams: outflow.filter(({ account_id }) => wanted.has(account_id)),
    personal_finance_category_version: version,
    updated_datetime: instantText(ledger.pulledAt),
  }
}
