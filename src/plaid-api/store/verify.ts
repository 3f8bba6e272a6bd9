// The store against the bank: a whole reading of the bank is staged and compared where both are.
import { type Db, many, one, sql } from '../../postgres/query.ts'
import type { AccountComparison, Differences } from '../verify-shapes.ts'

interface AccountRow {
  account_id: string
  bank_count: number
  bank_sum: string
  bank_checksum: string
  store_count: number
  store_sum: string
  store_checksum: string
}

export async function compareAccounts(db: Db, itemId: string): Promise<AccountComparison[]> {
  const rows = await many<AccountRow>(
    db,
    sql`with bank as (
          select account_id, count(*)::int as n, sum(amount) as total,
                 sum(hashtextextended(body, 0)) as checksum
          from plaid.last_word
          where item_id = ${itemId} and purpose = 'verify' and not removed group by account_id
        ), store as (
          select account_id, count(*)::int as n, sum(amount) as total,
                 sum(hashtextextended(body, 0)) as checksum
          from plaid.transaction where item_id = ${itemId} and deleted_at is null
          group by account_id
        )
        select account_id,
               coalesce(bank.n, 0) as bank_count, coalesce(bank.total, 0)::text as bank_sum,
               coalesce(bank.checksum, 0)::text as bank_checksum,
               coalesce(store.n, 0) as store_count, coalesce(store.total, 0)::text as store_sum,
               coalesce(store.checksum, 0)::text as store_checksum
        from bank full join store using (account_id) order by account_id`,
  )
  return rows.map((row) => ({
    account_id: row.account_id,
    bank: { count: row.bank_count, sum: row.bank_sum, checksum: row.bank_checksum },
    store: { count: row.store_count, sum: row.store_sum, checksum: row.store_checksum },
  }))
}

/**
 * Ids that differ, at most `limit` of each kind. Texts are compared by two hashes: sorting a
 * million of two thousand characters would write all of them to disk.
 */
export function findDifferences(db: Db, itemId: string, limit: number): Promise<Differences> {
  return one(
    db,
    sql`with bank as (
          select transaction_id, hashtextextended(body, 1) as h1, hashtextextended(body, 2) as h2
          from plaid.last_word
          where item_id = ${itemId} and purpose = 'verify' and not removed
        ), store as (
          select transaction_id, hashtextextended(body, 1) as h1, hashtextextended(body, 2) as h2
          from plaid.transaction where item_id = ${itemId} and deleted_at is null
        ), difference as materialized (
          select transaction_id,
                 case when store.h1 is null then 'missing' when bank.h1 is null then 'extra'
                      else 'changed' end as kind
          from bank full join store using (transaction_id)
          where bank.h1 is distinct from store.h1 or bank.h2 is distinct from store.h2
        )
        select (select count(*)::int from difference) as total,
          array(select transaction_id from difference where kind = 'missing' order by 1
                limit ${limit}) as missing,
          array(select transaction_id from difference where kind = 'extra' order by 1
                limit ${limit}) as extra,
          array(select transaction_id from difference where kind = 'changed' order by 1
                limit ${limit}) as changed`,
  )
}

/** A living row of the store, by the digest of its body. */
export interface HeldRow {
  key: string
  digest: string
}

/**
 * Of a stream: those that the bank names (`keys`), and all that are the Item's, from a day on where
 * the bank's answer is whole from there (`since`).
 */
export function heldRows(db: Db, { stream, itemId, since, keys }: HeldOf): Promise<HeldRow[]> {
  return many(
    db,
    sql`select key, md5(body) as digest from plaid.stream_row
        where stream = ${stream} and key = any (${keys}::text[]) and deleted_at is null
        union
        select key, md5(body) from plaid.stream_row
        where item_id = ${itemId} and stream = ${stream} and deleted_at is null
          and (${since ?? null}::date is null or day >= ${since ?? null}::date)`,
  )
}

interface HeldOf {
  stream: string
  itemId: string
  since: string | undefined
  keys: string[]
}

/** Open ones that the bank has listed. */
export function heldAccounts(db: Db, itemId: string): Promise<HeldRow[]> {
  return many(
    db,
    sql`select account_id as key, md5(body) as digest from plaid.account
        where item_id = ${itemId} and closed_at is null and listed`,
  )
}

/** What Plaid says of the Item itself. */
export function heldItem(db: Db, itemId: string): Promise<HeldRow[]> {
  return many(
    db,
    sql`select item_id as key, md5(bank) as digest from plaid.item where item_id = ${itemId}`,
  )
}
