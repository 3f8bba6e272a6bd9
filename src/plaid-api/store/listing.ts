// `GET /transactions`: living rows, filtered, by date. Keyset paging: a page costs the same
// wherever it is.
import { type Db, one, sql } from '../../postgres/query.ts'

export interface TransactionFilter {
  accountIds: string[] | null
  itemIds: string[] | null
  startDate: string | null
  endDate: string | null
  minAmount: number | null
  maxAmount: number | null
  category: string | null
  pending: boolean | null
  search: string | null
}

export interface ListingRequest extends TransactionFilter {
  order: 'asc' | 'desc'
  /** The last row of the page before. */
  after: { date: string; id: string } | null
  limit: number
}

export interface ListingPage {
  /** Rows come after this page. */
  more: boolean
  last_date: string | null
  last_id: string | null
  text: string | null
}

const COLLATED_ID = `transaction_id collate "C"`

export function listTransactions(db: Db, request: ListingRequest): Promise<ListingPage> {
  const { where, values } = conditions(request)
  if (request.after) {
    values.push(request.after.date, request.after.id)
    const sign = request.order === 'desc' ? '<' : '>'
    where.push(`(date, ${COLLATED_ID}) ${sign} ($${values.length - 1}::date, $${values.length})`)
  }
  values.push(request.limit)
  const limit = `$${values.length}`
  const order = `date ${request.order}, id ${request.order}`
  return one(db, {
    text: `select count(*) > ${limit} as more,
             string_agg(line, ',' order by ${order}) filter (where place <= ${limit}) as text,
             max(date) filter (where place = ${limit})::text as last_date,
             max(id) filter (where place = ${limit}) as last_id
           from (
             select date, ${COLLATED_ID} as id,
               row_number() over (order by date ${request.order}, ${COLLATED_ID} ${request.order})
               as place,
               plaid.row_text(created_at, updated_at, '_ab_cdc_deleted_at', deleted_at, body)
               as line
             from plaid.transaction where ${where.join(' and ')}
             order by date ${request.order}, ${COLLATED_ID} ${request.order}
             limit ${limit} + 1
           ) page`,
    values,
  })
}

export async function countTransactions(db: Db, filter: TransactionFilter): Promise<number> {
  const { where, values } = conditions(filter)
  const row = await one<{ n: number }>(db, {
    text: `select count(*)::int as n from plaid.transaction where ${where.join(' and ')}`,
    values,
  })
  return row.n
}

/** Only what was asked for is in the statement, so that the planner sees which index serves it. */
function conditions(filter: TransactionFilter): { where: string[]; values: unknown[] } {
  const where = ['deleted_at is null']
  const values: unknown[] = []
  const add = (value: unknown, condition: (parameter: string) => string) => {
    if (value === null) return
    values.push(value)
    where.push(condition(`$${values.length}`))
  }
  add(filter.accountIds, (p) => `account_id = any (${p}::text[])`)
  add(filter.itemIds, (p) => `item_id = any (${p}::text[])`)
  add(filter.startDate, (p) => `date >= ${p}::date`)
  add(filter.endDate, (p) => `date <= ${p}::date`)
  add(filter.minAmount, (p) => `amount >= ${p}::numeric`)
  add(filter.maxAmount, (p) => `amount <= ${p}::numeric`)
  add(filter.category, (p) => `category = ${p}`)
  add(filter.pending, (p) => `pending = ${p}`)
  const pattern = filter.search === null ? null : `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`
  add(pattern, (p) => `(name ilike ${p} or ('{' || body)::jsonb ->> 'merchant_name' ilike ${p})`)
  return { where, values }
}

export interface StoreStats {
  items: number
  items_by_status: Record<string, number>
  accounts: number
  transactions: number
  tombstones: number
  last_pull_at: string | null
}

export function storeStats(db: Db): Promise<StoreStats> {
  return one(
    db,
    sql`select (select count(*)::int from plaid.item
                where status not in ('removed', 'erased')) as items,
               coalesce((select json_object_agg(status, n) from
                 (select status, count(*)::int as n from plaid.item group by status) s), '{}')
               as items_by_status,
               (select count(*)::int from plaid.account) as accounts,
               (select count(*)::int from plaid.transaction where deleted_at is null)
               as transactions,
               (select count(*)::int from plaid.transaction where deleted_at is not null)
               as tombstones,
               (select plaid.stamp(max(pulled_at)) from plaid.item) as last_pull_at`,
  )
}
