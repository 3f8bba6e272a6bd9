// One at a time, of all processes and machines that have the database.
import type { Secret } from '../std/secrets.ts'
import { createPool } from './pool.ts'
import { classifyPostgres, one, sql } from './query.ts'

const waitMsMax = 600_000

/** `waits` is called where another is at it: its end is waited for. A killed one holds nothing. */
export async function alone<T>(
  url: Secret,
  what: string,
  work: () => Promise<T>,
  waits: () => void,
): Promise<T> {
  const pool = createPool(url, { name: what, connectionsMax: 1, statementMsMax: waitMsMax })
  try {
    // The session has the lock: it is given back by its end.
    const client = await pool.connect().catch((error: unknown) => {
      throw classifyPostgres(error)
    })
    try {
      const key = sql`hashtextextended(${what}, 0)`
      const { free } = await one<{ free: boolean }>(client, {
        text: `select pg_try_advisory_lock(${key.text}) as free`,
        values: key.values,
      })
      if (!free) {
        waits()
        await one(client, { text: `select pg_advisory_lock(${key.text})`, values: key.values })
      }
      return await work()
    } finally {
      client.release(true)
    }
  } finally {
    await pool.end()
  }
}
