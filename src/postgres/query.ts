// The verbs of a query: how many rows it promises is in its name. A store's function takes a `Db`,
// so that the same statement runs alone or inside a transaction.
import { connect as connectTo } from 'node:net'
import type pg from 'pg'
import { ConfigError, errorCode, SystemError, TransientError } from '../std/errors.ts'
import { monotonicMs } from '../std/clock.ts'
import type { Client, Pool } from './pool.ts'
import { isServerError, type ServerError, stateSaid } from './sqlstate.ts'
import { tlsFailure } from './tls.ts'

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

/** Gives a value its place in a statement whose text is put together. */
export type Bind = (value: unknown) => string

/** For a statement of what was asked for alone: so the planner sees which index serves it. */
export function binder(): { values: unknown[]; bind: Bind } {
  const values: unknown[] = []
  return { values, bind: (value) => `$${values.push(value)}` }
}

/** A pattern of `like` for what has `text` somewhere in it. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
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

/** Whether the server answers. */
export async function ping(db: Db): Promise<void> {
  await exec(db, sql`select 1`)
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
    if (error instanceof Error && NO_ANSWER.test(error.message)) broken = error
    else {
      await client.query('rollback').catch((cause: Error) => {
        broken = cause // its state is unknown: the pool must not hand it out again
      })
    }
    throw classifyPostgres(error)
  } finally {
    client.release(broken)
  }
}

/**
 * Reads for somebody who may leave: when the signal fires, what runs is cancelled at the server,
 * and the signal's reason thrown. With `once` the session serves nobody after. Where it `rests`,
 * the connection is not given to the next before as long again: however many ask, half of its time
 * is left to others.
 */
export async function until<T>(
  pool: Pool,
  signal: AbortSignal,
  work: (db: Client) => Promise<T>,
  { once = false, rests = false }: { once?: boolean; rests?: boolean } = {},
): Promise<T> {
  signal.throwIfAborted()
  const client = await connect(pool)
  const from = monotonicMs()
  let cancelled = false
  const leave = () => {
    cancelled = true
    cancel(pool, client)
  }
  signal.addEventListener('abort', leave, { once: true })
  try {
    signal.throwIfAborted()
    return await work(client)
  } catch (error) {
    signal.throwIfAborted()
    throw classifyPostgres(error)
  } finally {
    signal.removeEventListener('abort', leave)
    // A cancellation may come late, and must not meet somebody else's statement.
    const release = () => client.release(cancelled || once)
    if (rests) setTimeout(release, monotonicMs() - from)
    else release()
  }
}

/** PostgreSQL's own request for it, which needs no place among the sessions. */
function cancel(pool: Pool, client: Client): void {
  const { host = 'localhost', port = 5432 } = pool.options
  const { processID, secretKey } = client as unknown as Record<string, number | null>
  if (typeof processID !== 'number' || typeof secretKey !== 'number') return
  const request = Buffer.alloc(CANCEL_BYTES)
  for (const [i, word] of [CANCEL_BYTES, CANCEL_CODE, processID].entries()) {
    request.writeInt32BE(word, i * 4)
  }
  request.writeInt32BE(Math.trunc(secretKey), CANCEL_BYTES - 4)
  const isPath = host.startsWith('/')
  const socket = isPath ? connectTo(`${host}/.s.PGSQL.${port}`) : connectTo(port, host)
  // The statement's own time-out ends what this cannot.
  socket.on('error', () => {})
  socket.setTimeout(cancelMsMax, () => socket.destroy())
  socket.end(request)
}

const CANCEL_CODE = 80_877_102
const CANCEL_BYTES = 16
const cancelMsMax = 5_000

async function connect(pool: Pool): Promise<Client> {
  try {
    return await pool.connect()
  } catch (error) {
    throw classifyPostgres(error)
  }
}

/** A driver's or server's error as one of ours; errors that are ours already pass through. */
export function classifyPostgres(error: unknown): unknown {
  if (!(error instanceof Error) || 'kind' in error) return error
  if (isServerError(error)) return classifyState(error)
  const tls = tlsFailure(error, 'the database')
  if (tls) return tls
  if (CONNECTION_LOST.test(error.message)) {
    return new TransientError('DATABASE_UNREACHABLE', `the database: ${error.message}`, {
      cause: error,
    })
  }
  return classifyCode(error, `the database says: ${error.message}`)
}

/** A function that ran may say what it likes by any SQLSTATE, a row's values too (L5). */
function classifyState(error: ServerError): Error {
  const { code, message, where } = error
  if (where !== undefined) return classifyCode(error, `the database says: ${stateSaid(code)}`)
  const sentence = SENTENCES[code]
  if (sentence !== undefined) {
    return new ConfigError('DATABASE_READ_ONLY', sentence, { cause: error, status: 500 })
  }
  const said = `the database says: ${message}`
  if (code === PROTOCOL_VIOLATION && STARTUP_REFUSED.test(message)) {
    return new ConfigError('DATABASE_POOLED', `${said}; ${directAddress}`, { cause: error })
  }
  return classifyCode(error, said)
}

function classifyCode(error: Error, said: string): Error {
  const code = errorCode(error) ?? ''
  if (TRANSIENT.some((prefix) => code.startsWith(prefix))) {
    return new TransientError('DATABASE_UNAVAILABLE', said, { cause: error })
  }
  if (CONFIG.some((prefix) => code.startsWith(prefix))) {
    return new ConfigError('DATABASE_REFUSED', said, { cause: error, status: 500 })
  }
  return error
}

/** What mends an address that is a pooler's; every hosted PostgreSQL has the other one, too. */
export const directAddress =
  'a connection pooler stands before the database: give the server’s own address ' +
  '(at Supabase the direct connection or port 5432, at Neon the host without -pooler)'

export const readOnly =
  'the database is read-only: a standby (give the primary’s address), or ' +
  'default_transaction_read_only is on for the role, the database or the server, ' +
  'as hosted databases set it when their disk is full (make room, or set it off)'

const SENTENCES: Record<string, string | undefined> = { '25006': readOnly }
const PROTOCOL_VIOLATION = '08P01'
const STARTUP_REFUSED = /startup parameter/i

/** A server that is silent would be as silent to the next statement. */
const NO_ANSWER = /Query read timeout/
/** The driver's own words, without a code: in a pool, and of one connection. */
const CONNECTION_LOST =
  /Connection terminated|not queryable|timeout exceeded when|timeout expired|Query read timeout/i
// connection, rollback (serialization, deadlock), resources (full disk, connections), operator
// (shutdown, cancel), the server's machine and files, time-outs of an idle transaction and of a
// lock, the network and its names
const TRANSIENT = [
  '08',
  '40',
  '53',
  '57',
  '58',
  '25P03',
  '25P04',
  '55P03',
  'ECONN',
  'EHOST',
  'ENET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'ENOTFOUND',
  'EAI_',
]
// authorization, unknown database, insufficient privilege
const CONFIG = ['28', '3D', '42501']
