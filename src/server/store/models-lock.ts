// One run of the models at a time in a warehouse, whoever starts it and wherever: two would drop
// each other's tables. The lock is the session's, so that it ends with whoever holds it.
import { type Db, one, sql } from '../../postgres/query.ts'

export async function tryModelsLock(db: Db, schema: string): Promise<boolean> {
  const row = await one<{ taken: boolean }>(
    db,
    sql`select pg_try_advisory_lock(hashtext('tartan models'), hashtext(${schema})) as taken`,
  )
  return row.taken
}
