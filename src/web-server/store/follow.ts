// One transaction as the warehouse has it, and the job that wrote it: `sync_id` of Airbyte's meta
// column is the job's id.
import { type Db, maybeOne, one, sql } from '../../postgres/query.ts'

export interface Written {
  updated_at: string
  sync_id: string | null
  /** As a JSON object. */
  row: string
}

export interface Neighbours {
  /** By date, in the same account. */
  earlier: string | null
  later: string | null
}

/** Of a transaction that the warehouse has. */
export function neighboursOf(db: Db, id: string): Promise<Neighbours> {
  return one(
    db,
    sql`with this as (
          select account_id, date, transaction_id from airbyte_plaid.transactions
          where transaction_id = ${id}
        )
        select (select t.transaction_id from airbyte_plaid.transactions t, this
                where t.account_id = this.account_id and t.date <= this.date
                  and (t.date, t.transaction_id) < (this.date, this.transaction_id)
                order by t.date desc, t.transaction_id desc limit 1) as earlier,
               (select t.transaction_id from airbyte_plaid.transactions t, this
                where t.account_id = this.account_id and t.date >= this.date
                  and (t.date, t.transaction_id) > (this.date, this.transaction_id)
                order by t.date, t.transaction_id limit 1) as later`,
  )
}

export async function warehouseTransaction(db: Db, id: string): Promise<Written | undefined> {
  const there = await maybeOne<{ found: boolean }>(
    db,
    sql`select to_regclass('airbyte_plaid.transactions') is not null as found`,
  )
  if (there?.found !== true) return undefined
  return maybeOne(
    db,
    sql`select to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                 as updated_at,
               _airbyte_meta->>'sync_id' as sync_id, row_to_json(t)::text as row
        from airbyte_plaid.transactions t where transaction_id = ${id}`,
  )
}
