// Both ends of the pipeline, row by row in the same order, read through a cursor so that memory
// stays flat whatever their size (L9). The cursor sorts what tells rows apart; what is in them, as
// one JSON object each, is fetched a page at a time: sorting it too would write it to disk twice.
// A page is small, so that it dies in the nursery: with 1,000 rows a page 400,000 rows took 250 MB,
// with 50 they take 197, and no longer. Amounts come without trailing zeros, stamps as text.
import { type Db, exec, many, maybeOne, sql } from '../../postgres/query.ts'

export interface TransactionKey {
  id: string
  item_id: string
  account_id: string
  amount: string | null
  updated_at: string
  /** A tombstone of the store's; the warehouse has none. */
  deleted: boolean
}

export interface AccountKey {
  id: string
  updated_at: string
}

/** One reading of everything; ends with the transaction. */
export async function beginSnapshot(db: Db): Promise<void> {
  await exec(db, sql`set transaction isolation level repeatable read read only`)
  // One side waits while the other sorts.
  await exec(db, sql`set local idle_in_transaction_session_timeout = 0`)
}

export async function openStoreTransactions(db: Db): Promise<void> {
  await exec(
    db,
    sql`declare transaction_rows no scroll cursor for
        select transaction_id as id, item_id, account_id, trim_scale(amount) as amount,
               plaid.stamp(updated_at) as updated_at, deleted_at is not null as deleted
        from plaid.transaction order by transaction_id collate "C"`,
  )
}

export async function openWarehouseTransactions(db: Db): Promise<void> {
  await exec(
    db,
    sql`declare transaction_rows no scroll cursor for
        select transaction_id as id, item_id, account_id, trim_scale(amount) as amount,
               to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                 as updated_at, false as deleted
        from airbyte_plaid.transactions order by transaction_id collate "C"`,
  )
}

export function fetchTransactions(db: Db): Promise<TransactionKey[]> {
  return many(db, sql`fetch 50 from transaction_rows`)
}

export interface Content {
  id: string
  /** The row's JSON object. */
  json: string
}

/** As the feed gives them. */
export function storeTransactions(db: Db, ids: string[]): Promise<Content[]> {
  return many(
    db,
    sql`select transaction_id as id,
               plaid.row_text(created_at, updated_at, '_ab_cdc_deleted_at', deleted_at, body)
               as json
        from plaid.transaction where transaction_id = any (${ids}::text[]) and deleted_at is null`,
  )
}

export function warehouseTransactions(db: Db, ids: string[]): Promise<Content[]> {
  return many(
    db,
    sql`select transaction_id as id, row_to_json(t)::text as json
        from airbyte_plaid.transactions t where transaction_id = any (${ids}::text[])`,
  )
}

export async function openStoreAccounts(db: Db): Promise<void> {
  await exec(
    db,
    sql`declare account_rows no scroll cursor for
        select account_id as id, plaid.stamp(updated_at) as updated_at
        from plaid.account order by account_id collate "C"`,
  )
}

export async function openWarehouseAccounts(db: Db): Promise<void> {
  await exec(
    db,
    sql`declare account_rows no scroll cursor for
        select account_id as id,
               to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                 as updated_at
        from airbyte_plaid.accounts order by account_id collate "C"`,
  )
}

export function fetchAccounts(db: Db): Promise<AccountKey[]> {
  return many(db, sql`fetch 50 from account_rows`)
}

export function storeAccounts(db: Db, ids: string[]): Promise<Content[]> {
  return many(
    db,
    sql`select account_id as id,
               plaid.row_text(created_at, updated_at, 'closed_at', closed_at, body) as json
        from plaid.account where account_id = any (${ids}::text[])`,
  )
}

export function warehouseAccounts(db: Db, ids: string[]): Promise<Content[]> {
  return many(
    db,
    sql`select account_id as id, row_to_json(a)::text as json
        from airbyte_plaid.accounts a where account_id = any (${ids}::text[])`,
  )
}

export async function warehouseHasTables(db: Db): Promise<boolean> {
  const row = await maybeOne<{ found: boolean }>(
    db,
    sql`select to_regclass('airbyte_plaid.transactions') is not null
           and to_regclass('airbyte_plaid.accounts') is not null as found`,
  )
  return row?.found === true
}
