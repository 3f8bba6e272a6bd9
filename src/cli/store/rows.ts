// Both ends of the pipeline, row by row in the same order, read through a cursor so that memory
// stays flat whatever their size (L9). Amounts come without trailing zeros, stamps as text.
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
  item_id: string
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
  return many(db, sql`fetch 5000 from transaction_rows`)
}

export async function openStoreAccounts(db: Db): Promise<void> {
  await exec(
    db,
    sql`declare account_rows no scroll cursor for
        select account_id as id, item_id, plaid.stamp(updated_at) as updated_at
        from plaid.account order by account_id collate "C"`,
  )
}

export async function openWarehouseAccounts(db: Db): Promise<void> {
  await exec(
    db,
    sql`declare account_rows no scroll cursor for
        select account_id as id, item_id,
               to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                 as updated_at
        from airbyte_plaid.accounts order by account_id collate "C"`,
  )
}

export function fetchAccounts(db: Db): Promise<AccountKey[]> {
  return many(db, sql`fetch 5000 from account_rows`)
}

export async function warehouseHasTables(db: Db): Promise<boolean> {
  const row = await maybeOne<{ found: boolean }>(
    db,
    sql`select to_regclass('airbyte_plaid.transactions') is not null
           and to_regclass('airbyte_plaid.accounts') is not null as found`,
  )
  return row?.found === true
}
