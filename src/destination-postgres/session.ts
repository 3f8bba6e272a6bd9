// One connection to the warehouse, and the fence (L6): every commit locks the fence's row of its
// table and compares the token, so that a writer which was replaced commits nothing more; the same
// statement writes down what the table holds then (L3), which costs no trip of its own. Before
// it raises the fence a new writer ends the sessions of older ones: one that was stopped within a
// COPY or a transaction holds locks for as long as its session lives.
import pg from 'pg'
import { getTypeParser } from '../postgres/pool.ts'
import { type Encryption, encryptions, isEncryptionRefused, tlsFailure } from '../postgres/tls.ts'
import { classifyPostgres, exec, many, type Sql } from '../postgres/query.ts'
import { monotonicMs } from '../std/clock.ts'
import { errorCode, SystemError, TransientError } from '../std/errors.ts'
import { retry, type RetryPolicy } from '../std/retry.ts'
import type { DestinationConfig } from './config.ts'
import type { Content } from './content.ts'
import * as statements from './sql.ts'
import * as fences from './store/fence.ts'
import type { Table } from './table.ts'

const connectMsMax = 10_000
/** A session that forgot itself within a transaction must not hold its locks. */
const idleMsMax = 60_000
/** Somebody's long transaction or maintenance: after that the attempt is made again later. */
const lockMsMax = 60_000
const connectPolicy: RetryPolicy = { triesMax: 3, firstDelayMs: 500, delayMsMax: 5_000, factor: 3 }

export class Session implements AsyncDisposable {
  readonly client: pg.Client
  readonly #internalSchema: string
  readonly #tokens = new Map<Table, string>()
  #lost: Error | undefined

  private constructor(client: pg.Client, internalSchema: string) {
    this.client = client
    this.#internalSchema = internalSchema
  }

  static async open(config: DestinationConfig, signal: AbortSignal): Promise<Session> {
    const client = await retry(connectPolicy, () => connect(config), { signal })
    const session = new Session(client, config.internalSchema)
    // Without a listener the loss of an idle connection would end the process.
    client.on('error', (error) => {
      session.#lost ??= error
    })
    await exec(client, statements.sessionSettings({ idleMsMax, lockMsMax }))
    return session
  }

  /** Calls back when the connection is lost while nothing runs on it. */
  onLost(listener: (error: Error) => void): void {
    this.client.on('error', (error) => listener(lost(error)))
  }

  run(statement: string): Promise<number> {
    return exec(this.client, { text: statement, values: [] })
  }

  rows<R extends object>(statement: Sql): Promise<R[]> {
    return many<R>(this.client, statement)
  }

  /**
   * Within a transaction. Looks first: a role that may use a schema need not have the right to
   * create one.
   */
  async ensureSchema(schema: string): Promise<void> {
    if (await this.#has(statements.schemaExists(schema))) return
    await this.rows(fences.lockSetup)
    if (await this.#has(statements.schemaExists(schema))) return
    await this.run(statements.createSchema(schema))
  }

  /** Makes the fence's table, where it is missing; within a transaction. */
  async ensureFence(): Promise<void> {
    const fence = statements.relation(this.#internalSchema, fences.FENCE)
    if (await this.#has(fence)) return
    await this.rows(fences.lockSetup)
    await this.ensureSchema(this.#internalSchema)
    if (await this.#has(fence)) return
    await this.run(fences.createFence(this.#internalSchema))
  }

  async #has(statement: Sql): Promise<boolean> {
    return (await this.rows(statement)).length > 0
  }

  /**
   * From here on this session is the table's one writer. A process that was stopped before it got
   * here, and wakes after its successor began, is refused like every other older writer. Answers
   * what the table held when the writer before left it.
   */
  async takeOver(table: Table): Promise<Content | undefined> {
    const schema = this.#internalSchema
    if (await this.#has(fences.laterWriter(schema, table, monotonicMs()))) throw fenced(table)
    try {
      await this.rows(fences.terminateWriters(table))
      await this.rows(fences.lockTable(table))
    } catch (error) {
      throw new TransientError(
        'TABLE_BUSY',
        `another program writes to ${table.schema}.${table.name} and could not be ended`,
        { cause: error },
      )
    }
    const raise = fences.raiseFence(schema, table, monotonicMs())
    const [raised] = await this.rows<fences.FenceRow>(raise)
    if (!raised) throw fenced(table)
    const { token, incarnation, oid, ...rest } = raised
    this.#tokens.set(table, token)
    if (incarnation === null || oid === null) return undefined
    return { ...rest, incarnation, oid, commits: rest.commits ?? 0, filled: rest.filled ?? false }
  }

  /**
   * A transaction that commits only while this session is the table's writer, and writes down with
   * it what the table holds then: what `work` answers.
   */
  fenced(table: Table, work: () => Promise<Content>): Promise<Content> {
    return this.transaction(async () => {
      const content = await work()
      const token = this.#tokens.get(table) ?? ''
      const pass = fences.passFence(this.#internalSchema, table, token, content)
      if (!(await this.#has(pass))) throw fenced(table)
      return content
    })
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    try {
      await this.client.query('begin')
      const result = await work()
      await this.client.query('commit')
      return result
    } catch (error) {
      await this.client.query('rollback').catch((cause: Error) => {
        this.#lost ??= cause
      })
      throw this.#lost ? lost(this.#lost) : classifyPostgres(error)
    }
  }

  /** At once, whatever runs: the server rolls back. */
  abort(): void {
    // The driver's own end() waits for the query that runs.
    const { connection } = this.client as unknown as { connection: pg.Connection }
    connection.stream.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#lost) await this.client.end().catch(() => {})
  }
}

async function connect(config: DestinationConfig): Promise<pg.Client> {
  const [first, second] = encryptions(config.tls)
  try {
    return await connectWith(config, first)
  } catch (error) {
    // `prefer` and `allow` are two tries, as in libpq.
    if (second === undefined || !isEncryptionRefused(error)) throw connectFailure(config, error)
  }
  try {
    return await connectWith(config, second)
  } catch (error) {
    throw connectFailure(config, error)
  }
}

async function connectWith(config: DestinationConfig, ssl: Encryption): Promise<pg.Client> {
  const client = new pg.Client({
    host: config.host,
    port: config.port,
    database: config.database,
    user: config.username,
    password: config.password?.reveal() ?? '',
    ssl,
    application_name: 'tartan destination-postgres',
    connectionTimeoutMillis: connectMsMax,
    keepAlive: true,
    types: { getTypeParser },
  })
  await client.connect()
  return client
}

function connectFailure(config: DestinationConfig, error: unknown): unknown {
  const place = `PostgreSQL at ${config.host}:${config.port}`
  const code = errorCode(error) ?? ''
  const tls = tlsFailure(error, place)
  if (tls) return tls
  if (/^(E[A-Z_]+|57P03)$/.test(code)) {
    return new TransientError('DATABASE_UNREACHABLE', `${place} is not reachable (${code})`, {
      cause: error,
    })
  }
  return classifyPostgres(error)
}

function fenced(table: Table): SystemError {
  const place = `${table.schema}.${table.name}`
  return new SystemError('FENCED', `a newer attempt writes to ${place}: this one must end`)
}

function lost(cause: Error): TransientError {
  return new TransientError(
    'DATABASE_LOST',
    `the connection to PostgreSQL was lost: ${cause.message}`,
    { cause },
  )
}
