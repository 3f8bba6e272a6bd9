// One transaction, be it a tombstone: whose it is, its stamp, and its row as the feed gives it.
import { type Db, maybeOne, one, sql } from '../../postgres/query.ts'
import type { Changes, HeldTransaction } from './shapes.ts'

export function findTransaction(db: Db, id: string): Promise<HeldTransaction | undefined> {
  return maybeOne(
    db,
    sql`select t.transaction_id, t.item_id, i.institution_name, i.status as item_status,
               t.account_id, plaid.stamp(t.created_at) as created_at,
               plaid.stamp(t.updated_at) as updated_at, plaid.stamp(t.deleted_at) as deleted_at,
               t.pending,
               (select json_build_object('transaction_id', p.transaction_id,
                  'created_at', plaid.stamp(p.created_at), 'updated_at', plaid.stamp(p.updated_at),
                  'deleted_at', plaid.stamp(p.deleted_at))
                from plaid.transaction p
                where p.transaction_id = ('{' || t.body)::jsonb ->> 'pending_transaction_id')
               as posted_from,
               case when t.deleted_at is null then
                 plaid.row_text(t.created_at, t.updated_at, '_ab_cdc_deleted_at', t.deleted_at,
                                t.body)
               end as row
        from plaid.transaction t left join plaid.item i on i.item_id = t.item_id
        where t.transaction_id = ${id}`,
  )
}

/** What the feed has after a stamp; `countMax` rows are looked at (L9). */
export function changesAfter(db: Db, stamp: string, countMax: number): Promise<Changes> {
  return one(
    db,
    sql`select count(*) filter (where place <= ${countMax} and deleted_at is null)::int as living,
               count(*) filter (where place <= ${countMax} and deleted_at is not null)::int
               as removed, count(*) > ${countMax} as more
        from (
          select deleted_at, row_number() over () as place from (
            select deleted_at from plaid.transaction where updated_at > ${stamp}::timestamptz
            order by updated_at limit ${countMax} + 1
          ) page
        ) numbered`,
  )
}
