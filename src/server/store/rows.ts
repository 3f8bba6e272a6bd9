// Both ends of the pipeline, row by row in the same order, read through a cursor so that memory
// stays flat whatever their size (L9). The cursor sorts what tells rows apart; what is in them, as
// one JSON object each, is fetched a page at a time: sorting it too would write it to disk twice.
// A page is small, so that it dies in the nursery: with 1,000 rows a page 400,000 rows took 250 MB,
// with 50 they take 197, and no longer. Amounts come without trailing zeros, stamps as text.
import type { Stream } from '../../catalog/stream.ts'
import { quoteIdent, quoteLiteral } from '../../postgres/identifier.ts'
import { type Db, exec, many, sql } from '../../postgres/query.ts'
import type { Row } from '../verify/compare.ts'

/** The warehouse has no tombstones. */
export type TransactionKey = Omit<Row, 'json'>

/** Of a stream that has no table of its own in the store. */
export interface RowKey {
  id: string
  updated_at: string
  deleted: boolean
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

export async function openStoreRows(db: Db, { name }: Stream): Promise<void> {
  await exec(db, {
    text: `declare ${cursorOf(name)} no scroll cursor for
           select key as id, plaid.stamp(updated_at) as updated_at,
                  deleted_at is not null as deleted
           from plaid.stream_row where stream = ${quoteLiteral(name)} order by key`,
    values: [],
  })
}

export async function openWarehouseRows(db: Db, stream: Stream): Promise<void> {
  await exec(db, {
    text: `declare ${cursorOf(stream.name)} no scroll cursor for
           select ${keyOf(stream)} as id, ${stampOf('updated_at')} as updated_at, false as deleted
           from ${tableOf(stream)} order by (${keyOf(stream)}) collate "C"`,
    values: [],
  })
}

export function fetchRows(db: Db, { name }: Stream): Promise<RowKey[]> {
  return many(db, { text: `fetch 50 from ${cursorOf(name)}`, values: [] })
}

export function storeRows(db: Db, { name }: Stream, ids: string[]): Promise<Content[]> {
  return many(
    db,
    sql`select key as id,
               plaid.row_text(created_at, updated_at, '_ab_cdc_deleted_at', deleted_at, body)
               as json
        from plaid.stream_row
        where stream = ${name} and key = any (${ids}::text[]) and deleted_at is null`,
  )
}

export function warehouseRows(db: Db, stream: Stream, ids: string[]): Promise<Content[]> {
  return many(db, {
    text: `select ${keyOf(stream)} as id, row_to_json(t)::text as json
           from ${tableOf(stream)} t where ${keyOf(stream)} = any ($1::text[])`,
    values: [ids],
  })
}

function tableOf({ name }: Stream): string {
  return `airbyte_plaid.${quoteIdent(name)}`
}

function cursorOf(name: string): string {
  return quoteIdent(`${name}_rows`)
}

/** The values of the primary key, one behind the other, as the store has them. */
function keyOf({ primaryKey, schema }: Stream): string {
  const parts = primaryKey.map((field) => {
    const { format } = schema.properties[field] as { format?: string }
    return format === 'date-time' ? stampOf(field) : quoteIdent(field)
  })
  return parts.join(" || '/' || ")
}

function stampOf(field: string): string {
  return `to_char(${quoteIdent(field)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}

/** Those of these streams' tables that the warehouse has not. */
export async function missingTables(db: Db, streams: readonly string[]): Promise<string[]> {
  const rows = await many<{ name: string }>(
    db,
    sql`select name from unnest(${streams}::text[]) as name
        where to_regclass('airbyte_plaid.' || quote_ident(name)) is null order by name`,
  )
  return rows.map(({ name }) => name)
}
