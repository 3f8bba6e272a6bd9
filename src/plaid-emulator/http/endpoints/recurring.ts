// Recurring streams of an Item's rows. They are looked for once for each state of its log: an
// answer after that costs nothing.
import type { Transaction } from 'plaid'
import { Type } from 'typebox'
import type { ItemRecord } from '../../bank/state.ts'
import { PlaidFault } from '../../fault.ts'
import type { Ledger } from '../../item/ledger.ts'
import { recurringRowsMax, type Streams, streamsIn } from '../../products/recurring.ts'
import { dayOf, instantText } from '../../world/calendar.ts'
import type { View } from '../../world/render.ts'
import { accountsAnswer, requireProduct } from '../bodies.ts'
import type { Context } from '../context.ts'
import { type Endpoint, itemEndpoint } from '../endpoint.ts'
import { type BodyOf, bool, ids, maybe } from '../fields.ts'

const RECURRING = {
  account_ids: ids,
  options: maybe({
    include_personal_finance_category: bool,
    personal_finance_category_version: Type.Optional(
      Type.Union([Type.Literal('v1'), Type.Literal('v2')]),
    ),
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

type Version = View['categoryVersion']

const found = new WeakMap<
  Ledger,
  { head: number; day: number; version: Version; streams: Streams }
>()

/** Those of deposits and cards, as of the last look. */
function streamsOf(ledger: Ledger, version: Version): Streams {
  const [head, day] = [ledger.log.head, dayOf(ledger.pulledAt)]
  const known = found.get(ledger)
  if (known?.head === head && known.day === day && known.version === version) return known.streams
  const accountIds = ledger
    .accounts({ transactions: true })
    .filter(({ type }) => TYPES.has(type))
    .map(({ account_id }) => account_id)
  const { rows } = ledger.window({
    firstDay: 0,
    lastDay: day,
    accountIds,
    offset: 0,
    count: recurringRowsMax,
  })
  const view: View = { originalDescription: false, categoryVersion: version }
  const transactions = rows.map((row) => {
    const out: string[] = []
    ledger.write(out, row, view)
    return JSON.parse(out.join('')) as Transaction
  })
  const streams = streamsIn(transactions, day)
  found.set(ledger, { head, day, version, streams })
  return streams
}

const TYPES: ReadonlySet<string> = new Set(['depository', 'credit'])
