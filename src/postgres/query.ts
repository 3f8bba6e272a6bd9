// The verbs of a query: how many rows it promises is in its name. A store's function takes a `Db`,
// so that the same statement runs alone or inside a transaction.
import type pg from 'pg'
import { ConfigError, errorCode, SystemError, TransientError } from '../std/errors.ts'
import type { Client, Pool } from './pool.ts'

export interface Sql {
  text: string
  values: unknown[]
}

/** What runs statements: the pool, or one connection inside `tx`. */
export type Db = Pick<pg.ClientBase, 'query'> | Pool

/** A statement with its values bound: sql`select … where id = ${id}`. */
export function sql(strings: TemplateStringsArray, ...values: unknown[]): Sql {
  const text = strings.reduce((all, part, i) => (i === 0 ? part : `${all}$${i}${part}`), '')
  return { text, values }
}

export async function many<R extends object>(db: Db, statement: Sql): Promise<R[]> {
  try {
    const result = await (db as pg.ClientBase).query<R>(statement.text, statement.values)
    return result.rows
  } catch (error) {
    throw classifyPostgres(error)
  }
}

export async function maybeOne<R extends object>(db: Db, statement: Sql): Promise<R | undefined> {
  const rows = await many<R>(db, statement)
  if (rows.length > 1)
    throw new SystemError('TOO_MANY_ROWS', `at most one row was promised: ${statement.text}`)
  return rows[0]
}

export async function one<R extends object>(db: Db, statement: Sql): Promise<R> {
  const row = await maybeOne<R>(db, statement)
  if (!row) throw new SystemError('NO_ROW', `one row was promised: ${statement.text}`)
  return row
}

/** The number of rows that it changed. */
export async function exec(db: Db, statement: Sql): Promise<number> {
  try {
    const result = await (db as pg.ClientBase).query(statement.text, statement.values)
    return result.rowCount ?? 0
  } catch (error) {
    throw classifyPostgres(error)
  }
}

/** One transaction on one connection: committed when `work` returns, rolled back when it throws. */
export async function tx<T>(pool: Pool, work: (db: Client) => Promise<T>): Promise<T> {
  const client = await connect(pool)
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((cause: Error) => {
      broken = cause // its state is unknown: the pool must not hand it out again
    })
    throw classifyPostgres(error)
  } finally {
    client.release(broken)
  }
}

async function connect(pool: Pool): Promise<Client> {
  try {
    return await pool.connect()
  } catch (error) {
    throw classifyPostgres(error)
  }
}

/** A driver's or server's error as one of ours; errors that are ours already pass through. */
export function classifyPostgres(error: unknown): unknown {
  const code = errorCode(error)
  if (code === undefined || !(error instanceof Error) || 'kind' in error) {
    if (error instanceof Error && CONNECTION_LOST.test(error.message)) {
      return new TransientError('DATABASE_UNREACHABLE', `the database: ${error.message}`, {
        cause: error,
      })
    }
    return error
  }
  const said = `the database says: ${error.message}`
  if (TRANSIENT.some((prefix) => code.startsWith(prefix))) {
    return new TransientError('DATABASE_UNAVAILABLE', said, { cause: error })
  }
  if (CONFIG.some((prefix) => code.startsWith(prefix))) {
    return new ConfigError('DATABASE_REFUSED', said, { cause: error, status: 500 })
  }
  return error
}

const CONNECTION_LOST =
  /Connection terminated|not queryable|timeout exceeded when trying to connect/i
// connection, rollback (serialization, deadlock), resources (full disk, connections), operator
// (shutdown, cancel), time-outs of an idle transaction and of a lock
const TRANSIENT = [
  '08',
  '40',
  '53',
  '57',
  '58030',
  '25P03',
  '55P03',
  'ECONN',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
]
// authorization, unknown database, insufficient privilege, unknown host
const CONFIG = ['28', '3D', '42501', 'ENOTFOUND', 'EAI_AGAIN']
