// What the first run shows of the warehouse.
import { type Db, many, one, sql } from '../../postgres/query.ts'

/** For a person to run. */
export const accountSummary =
  'select name, type, institution_name, mask from airbyte_plaid.accounts'

export interface Came {
  accounts: string
  transactions: string
  first_day: string | null
  last_day: string | null
}

export function whatCameIn(db: Db): Promise<Came> {
  return one(
    db,
    sql`select (select count(*) from airbyte_plaid.accounts) as accounts, count(*) as transactions,
               min(date) as first_day, max(date) as last_day
        from airbyte_plaid.transactions`,
  )
}

export interface Spending {
  category: string | null
  month: string
  total_amount: string
  transaction_count: string
}

/** Monthly spending by category, the newest months first: the question people ask first. */
export function monthlySpending(db: Db, limit: number): Promise<Spending[]> {
  return many(
    db,
    sql`select t.category, date_trunc('month', t.date)::date as month,
               sum(t.amount) as total_amount, count(*) as transaction_count
        from airbyte_plaid.transactions t
        where t.amount > 0
        group by t.category, date_trunc('month', t.date)
        order by month desc, total_amount desc
        limit ${limit}`,
  )
}
