// What is left of an Item that ended: closed accounts and its rows, or tombstones and nothing else.
import { type Db, exec, one, sql } from '../../postgres/query.ts'

/**
 * Makes tombstones of up to `limit` living transactions of the Item; gives how many. The clock's
 * row is locked from here to the commit: stamps and commits have one order (L2).
 */
export async function tombstoneItem(db: Db, itemId: string, limit: number): Promise<number> {
  const { n } = await one<{ n: number }>(
    db,
    sql`with gone as materialized (
          select transaction_id, account_id, row_number() over () as place
          from (
            select transaction_id, account_id from plaid.transaction
            where item_id = ${itemId} and deleted_at is null limit ${limit}
          ) living
        ), total as materialized (
          select count(*) as n from gone
        ), tick as materialized (
          update plaid.feed_clock
          set at = greatest(at, clock_timestamp()) + total.n * interval '1 microsecond',
              living = living - total.n, tombstones = tombstones + total.n
          from total where total.n > 0
          returning at - total.n * interval '1 microsecond' as start
        ), put as (
          update plaid.transaction t
          set updated_at = tick.start + gone.place * interval '1 microsecond',
              deleted_at = tick.start + gone.place * interval '1 microsecond',
              date = null, amount = null, pending = null, category = null, name = null,
              merchant = null,
              body = plaid.tombstone(t.transaction_id, t.account_id, t.item_id)
          from gone, tick where t.transaction_id = gone.transaction_id
        ), tallied as (
          update plaid.tally t set transactions = t.transactions - each.n
          from (select account_id, count(*) as n from gone group by account_id) each, tick
          where t.item_id = ${itemId} and t.account_id = each.account_id
        )
        select n::int as n from total`,
  )
  return n
}

/** The token goes with the Item. */
export async function forgetToken(db: Db, itemId: string): Promise<void> {
  await exec(
    db,
    sql`update plaid.item set access_token = '', cursor = '' where item_id = ${itemId}`,
  )
}

export async function closeAccounts(db: Db, itemId: string): Promise<void> {
  await exec(
    db,
    sql`update plaid.account set closed_at = clock_timestamp()
        where item_id = ${itemId} and closed_at is null`,
  )
}

export async function deleteAccounts(db: Db, itemId: string): Promise<void> {
  await exec(db, sql`delete from plaid.account where item_id = ${itemId}`)
}
