// Plaid's recurring streams, of which it gives two lists: what comes in and what goes out.
import { recurringStreams } from '../../../catalog/recurring-streams.ts'
import { isRecord } from '../../door.ts'
import { type StreamRow, streamRows } from '../../stream-row.ts'
import { type Asked, listOf, type ProductReader } from './product.ts'

export const recurring: ProductReader = {
  product: 'recurring_transactions',
  isListed: false,
  read: async (asked) => {
    const options = { personal_finance_category_version: 'v2' }
    const answer = await asked.ask('/transactions/recurring/get', { options })
    const rows = [
      ...rowsOf(asked, listOf(answer, 'inflow_streams'), 'inflow'),
      ...rowsOf(asked, listOf(answer, 'outflow_streams'), 'outflow'),
    ]
    return [{ stream: recurringStreams, rows }]
  },
}

function rowsOf({ itemId, misfits }: Asked, list: unknown[], direction: string): StreamRow[] {
  return streamRows(recurringStreams, list, misfits, (given) => {
    const { personal_finance_category: pfc, average_amount: average, last_amount: last } = given
    const { primary, detailed } = isRecord(pfc) ? pfc : {}
    const newest = isRecord(last) ? last : {}
    return {
      item_id: itemId,
      direction,
      category: primary,
      subcategory: detailed,
      average_amount: isRecord(average) ? average['amount'] : undefined,
      last_amount: newest['amount'],
      iso_currency_code: newest['iso_currency_code'],
      unofficial_currency_code: newest['unofficial_currency_code'],
    }
  })
}
