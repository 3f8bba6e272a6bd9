// One connection to the warehouse, and the fence (L6): every commit locks the fence's row of its
// table and compares the token, so that a writer which was replaced commits nothing more; the same
// statement writes down what the table holds then (L3), which costs no trip of its own. Before
// it raises the fence a new writer ends the sessions of older ones: one that was stopped within a
// COPY or a transaction holds locks for as long as its session lives.
import type pg from 'pg'
import { classifyPostgres, exec, many, ping, type Sql } from '../postgres/query.ts'
import { monotonicMs } from '../std/clock.ts'
import { ConfigError, messageOf, SystemError, TransientError } from '../std/errors.ts'
import type { DestinationConfig } from './config.ts'
import { openConnection } from './connection.ts'
import type { Content } from './content.ts'
import { stateOf, TableUnavailable } from './refusal.ts'
import * as statements from './sql.ts'
import * as fences from './store/fence.ts'
import * as relations from './store/relation.ts'
import { fenceRow } from './store/obstacles.ts'
import { FENCE, type Table } from './table.ts'

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
    const client = await openConnection(config, signal)
    const session = new Session(client, config.internalSchema)
    client.on('error', (error) => {
      session.#lost ??= error
    })
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
    if (await this.#has(relations.schemaExists(schema))) return
    await this.rows(fences.lockSetup)
    if (await this.#has(relations.schemaExists(schema))) return
    await this.run(statements.createSchema(schema))
  }

  /** Makes the fence's table, where it is missing; within a transaction. */
  async ensureFence(): Promise<void> {
    const fence = relations.relation(this.#internalSchema, FENCE)
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
    const [later] = await this.#fence(fences.laterWriter(schema, table, monotonicMs()))
    if (later) throw fenced(table)
    try {
      await this.rows(fences.terminateWriters(table))
      await this.rows(fences.lockTable(table))
    } catch (error) {
      throw new TableUnavailable(
        'TABLE_BUSY',
        `another program writes to ${table.schema}.${table.name} and could not be ended`,
        { cause: error },
      )
    }
    const raised = await this.raiseFence(table)
    if (!raised) throw fenced(table)
    const { token, incarnation, oid, ...rest } = raised
    this.#tokens.set(table, token)
    if (incarnation === null || oid === null) return undefined
    return { ...rest, incarnation, oid, commits: rest.commits ?? 0, filled: rest.filled ?? false }
  }

  async raiseFence(table: fences.Place): Promise<fences.FenceRow | undefined> {
    const raise = fences.raiseFence(this.#internalSchema, table, monotonicMs())
    return (await this.#fence<fences.FenceRow>(raise))[0]
  }

  /** What has the fence's name may be somebody else's, or was altered. */
  async #fence<R extends object>(statement: Sql): Promise<R[]> {
    try {
      return await this.rows<R>(statement)
    } catch (error) {
      const code = stateOf(error) ?? ''
      if (code === RELATION_MISSING) throw this.#fenceLost('was dropped')
      if (code === LOCK_MISSING) throw this.#fenceLocked()
      if (code === PRIVILEGE_MISSING || !/^(42|55)/.test(code)) throw error
      throw new ConfigError(
        'FENCE_FOREIGN',
        `${this.#internalSchema}.${FENCE} is not as the destination makes it ` +
          `(${messageOf(error)}): rename or drop it, and each stream is read again from the ` +
          'beginning; or set raw_data_schema to another schema',
        { cause: error },
      )
    }
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
      if ((await this.#fence(pass)).length > 0) return content
      const there = await this.#fence(fenceRow(this.#internalSchema, table))
      if (there.length > 0) throw fenced(table)
      throw this.#fenceLost(`lost its row of ${table.schema}.${table.name}`)
    })
  }

  /** Whoever did it, it was no newer attempt. */
  #fenceLost(how: string): TableUnavailable {
    const sentence =
      `${this.#internalSchema}.${FENCE}, the destination’s own table, ${how} while the stream ` +
      'was written: nothing is committed without it, and the next attempt makes it again'
    return new TableUnavailable('FENCE_LOST', sentence)
  }

  #fenceLocked(): TableUnavailable {
    const sentence =
      `another session holds ${this.#internalSchema}.${FENCE}, the destination’s own table, or a ` +
      'row of it for longer than is waited for; the stream is tried again later'
    return new TableUnavailable('FENCE_LOCKED', sentence)
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

  /** Whatever the server refused: the session is there. */
  async requireAnswer(): Promise<void> {
    await ping(this.client).catch((cause: Error) => {
      this.#lost ??= cause
    })
    if (this.#lost) throw lost(this.#lost)
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

const RELATION_MISSING = '42P01'
const LOCK_MISSING = '55P03'
const PRIVILEGE_MISSING = '42501'

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
