// `GET /stats`: what the store holds, by the counts that are kept.
import { type Db, one, sql } from '../../postgres/query.ts'
import type { StoreStats } from './shapes.ts'

export function storeStats(db: Db): Promise<StoreStats> {
  return one(
    db,
    sql`select (select count(*)::int from plaid.item
                where status not in ('removed', 'erased')) as items,
               coalesce((select json_object_agg(status, n) from
                 (select status, count(*)::int as n from plaid.item group by status) s), '{}')
               as items_by_status,
               (select count(*)::int from plaid.account) as accounts,
               living::int as transactions, tombstones::int as tombstones,
               (select plaid.stamp(max(pulled_at)) from plaid.item) as last_pull_at
        from plaid.feed_clock`,
  )
}
