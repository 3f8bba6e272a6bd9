// Reading the warehouse for a person: in a transaction that may not write, within limits, on a
// session that goes when it is done, so that nothing a statement left in it (a setting, a lock)
// meets another.
import type { Client, Pool } from '../../postgres/pool.ts'
import { limitedQuery, type LimitedResult } from '../../postgres/limited-query.ts'
import { until } from '../../postgres/query.ts'

export const rowsMax = 1_000
const bytesMax = 5 * 1024 ** 2
const lockMsMax = 1_000
const statementMsMax = 15_000

export interface Reading {
  columns: { name: string; type: string }[]
  rows: (string | null)[][]
  truncated: boolean
}

export interface Statement {
  text: string
  values: unknown[]
}

/** The first `limit` rows of one statement. */
export async function readRows(
  pool: Pool,
  signal: AbortSignal,
  statement: Statement,
  limit = rowsMax,
): Promise<Reading> {
  return reading(pool, signal, async (client) => {
    const limits = { rowsMax: Math.min(limit, rowsMax), bytesMax }
    const result = await limitedQuery(client, statement, limits)
    const { rows, truncated } = result
    return { columns: await columnsOf(client, result), rows, truncated }
  })
}

export const explain = 'explain (format json) '

/** The server's plan for it; nothing is run. */
export async function readPlan(pool: Pool, signal: AbortSignal, query: string): Promise<unknown> {
  return reading(pool, signal, async (client) => {
    const statement = { text: explain + query, values: [] }
    const { rows } = await limitedQuery(client, statement, { rowsMax: 1, bytesMax })
    const [plan] = JSON.parse(rows[0]?.[0] ?? '[]') as { Plan?: unknown }[]
    return plan?.Plan
  })
}

/** The first statement of the transaction takes its snapshot: from then on it stays read-only. */
async function reading<T>(
  pool: Pool,
  signal: AbortSignal,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const once = { once: true }
  return until(
    pool,
    signal,
    async (client) => {
      await client.query('begin transaction isolation level repeatable read read only')
      await client.query(
        `select set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true)`,
        [String(statementMsMax), String(lockMsMax)],
      )
      return work(client)
    },
    once,
  )
}

async function columnsOf(client: Client, { fields }: LimitedResult): Promise<Reading['columns']> {
  const { rows } = await client.query<{ type: string }>(
    `select format_type(o, m) as type
     from unnest($1::oid[], $2::int[]) with ordinality as f (o, m, n) order by n`,
    [fields.map((field) => field.dataTypeID), fields.map((field) => field.dataTypeModifier)],
  )
  return fields.map(({ name }, i) => ({ name, type: rows[i]?.type ?? 'unknown' }))
}
