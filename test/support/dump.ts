// Everything that a database holds, as text: for those who look for what must not be there, or who
// compare what was with what is.
import type { Pool } from '../../src/postgres/pool.ts'
import { many, sql } from '../../src/postgres/query.ts'

/** Every row of every table of the database, as text. */
export async function dump(pool: Pool): Promise<string> {
  const tables = await many<{ name: string }>(
    pool,
    sql`select format('%I.%I', schemaname, tablename) as name from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const rows = tables.map(({ name }) =>
    many<{ row: string }>(pool, { text: `select t::text as row from ${name} t`, values: [] }),
  )
  return (await Promise.all(rows))
    .flat()
    .map(({ row }) => row)
    .join('\n')
}
