// A stream's way into its table. An empty table is filled by COPY straight into it; when a key
// comes twice, or rows are there already, a batch goes through a temporary table and is merged.
// An overwrite gathers everything in a temporary table of this attempt and becomes visible in one
// transaction, once the stream is COMPLETE (L8).
import { copyIn } from '../postgres/copy.ts'
import { ConfigError, errorCode, messageOf, TartanError } from '../std/errors.ts'
import type { SealedBatch } from './batch.ts'
import { type Evolution, evolution } from './evolution.ts'
import { Isolation, isRefusedValue } from './isolation.ts'
import type { Session } from './session.ts'
import * as statements from './sql.ts'
import type { Table } from './table.ts'

export class Loader {
  readonly table: Table
  readonly #session: Session
  readonly #stage: string
  readonly #warn: (sentence: string) => Promise<void>
  readonly #isolation: Isolation
  #staged = false
  /** Nothing was in the table before this attempt, and no key came twice so far. */
  #direct = false

  /** `place` is the stream's number: temporary tables of one session need names of their own. */
  constructor(
    table: Table,
    session: Session,
    place: number,
    warn: (sentence: string) => Promise<void>,
  ) {
    this.table = table
    this.#session = session
    this.#warn = warn
    this.#isolation = new Isolation(table, session, warn)
    this.#stage = `tartan_stage_${place}`
  }

  /** Takes the table over from older attempts (L6) and gives it the stream's shape. */
  async prepare(): Promise<void> {
    const { table } = this
    await this.#session.takeOver(table)
    await this.#say(() =>
      this.#session.fenced(table, async () => {
        await this.#create()
        // Whatever may lose something waits for the end of an overwrite.
        if (table.mode !== 'overwrite') await this.#evolve()
        if (table.mode === 'dedup') this.#direct = await this.#isEmpty()
      }),
    )
  }

  /** Commits a batch, in pieces where the server refuses one of its records. */
  load(batch: SealedBatch): Promise<void> {
    return this.#isolation.load(batch, (part) => this.#load(part))
  }

  async #load(batch: SealedBatch): Promise<void> {
    const { mode } = this.table
    if (mode === 'overwrite') return this.#gather(batch)
    if (mode === 'append') return this.#say(() => this.#copy(batch))
    if (this.#direct && (await this.#say(() => this.#copyUnlessTwice(batch)))) return
    this.#direct = false
    return this.#say(() => this.#merge(batch))
  }

  /** The stream's end; `complete` says that it brought everything. */
  async finish(complete: boolean): Promise<void> {
    const { table } = this
    if (table.mode === 'overwrite') {
      if (!complete) return
      await this.#say(() => this.#overwrite())
    }
    await this.#say(() => this.#session.fenced(table, async () => {}))
    for (const index of table.indexes) {
      await this.#say(() => this.#session.fenced(table, () => this.#createIndex(index))).catch(
        (error: unknown) => this.#withoutIndex(index.name, error),
      )
    }
  }

  async #createIndex(index: Table['indexes'][number]): Promise<void> {
    const { table } = this
    // Even "if not exists" would lock the table against everybody else's writes.
    const there = await this.#session.rows(statements.relation(table.schema, index.name))
    if (there.length === 0) await this.#session.run(statements.createIndex(table, index))
  }

  /** A value that is longer than an index takes is worth more than the index. */
  async #withoutIndex(name: string, error: unknown): Promise<void> {
    if (!isRefusedValue(error)) throw error
    await this.#warn(`the index ${name} was not made: ${messageOf(error)}`)
  }

  async #create(): Promise<void> {
    const { table } = this
    await this.#session.ensureSchema(table.schema)
    const [relation] = await this.#session.rows(statements.relation(table.schema, table.name))
    if (!relation) await this.#session.run(statements.createTable(table))
  }

  async #changes(): Promise<Evolution> {
    const [relation] = await this.#session.rows<{ oid: string; kind: string }>(
      statements.relation(this.table.schema, this.table.name),
    )
    if (!relation) return { statements: [statements.createTable(this.table)], rewrites: false }
    const columns = await this.#session.rows<{ name: string; type: string }>(
      statements.columnsOf(relation.oid),
    )
    const key = await this.#session.rows<{ name: string; column: string }>(
      statements.keyOf(relation.oid),
    )
    const [first] = key
    return evolution(this.table, {
      kind: relation.kind,
      columns: new Map(columns.map(({ name, type }) => [name, type])),
      key: first && { name: first.name, columns: key.map(({ column }) => column) },
    })
  }

  async #evolve(): Promise<void> {
    const changes = await this.#changes()
    for (const statement of changes.statements) await this.#session.run(statement)
  }

  async #isEmpty(): Promise<boolean> {
    const [found] = await this.#session.rows<{ empty: boolean }>({
      text: statements.isEmpty(this.table),
      values: [],
    })
    return found?.empty === true
  }

  async #copyUnlessTwice(batch: SealedBatch): Promise<boolean> {
    try {
      await this.#copy(batch)
      return true
    } catch (error) {
      if (errorCode(error) === UNIQUE_VIOLATION) return false
      throw error
    }
  }

  /** Straight into the table; then away with what tombstones name. */
  async #copy(batch: SealedBatch): Promise<void> {
    const { table } = this
    if (batch.tombstones.length > 0) await this.#makeStage()
    await this.#session.fenced(table, async () => {
      await this.#copyIn(statements.copyRows(table), batch.rows)
      if (batch.tombstones.length === 0) return
      await this.#copyIn(statements.stageTombstones(table, this.#stage), batch.tombstones)
      await this.#session.run(statements.byKeyOnly)
      await this.#session.run(statements.deleteTombstones(table, this.#stage))
    })
  }

  async #merge(batch: SealedBatch): Promise<void> {
    const { table } = this
    await this.#makeStage()
    await this.#session.fenced(table, async () => {
      await this.#intoStage(batch)
      await this.#session.run(statements.byKeyOnly)
      if (batch.tombstones.length > 0) {
        await this.#session.run(statements.deleteTombstones(table, this.#stage))
      }
      if (batch.rows.length > 0) await this.#session.run(statements.upsert(table, this.#stage))
    })
  }

  async #gather(batch: SealedBatch): Promise<void> {
    await this.#makeStage()
    await this.#say(() => this.#session.transaction(() => this.#intoStage(batch)))
  }

  async #overwrite(): Promise<void> {
    const { table } = this
    const stage = this.#stage
    await this.#makeStage()
    if (table.key.length > 0) {
      await this.#session.run(statements.settleStage(table, stage))
      await this.#trimming(() => this.#session.run(statements.indexStage(table, stage)))
    }
    await this.#trimming(() => this.#replace())
  }

  /** Each time an index refuses a row there is a row less, or the refusal stands. */
  async #trimming(work: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await work()
        return
      } catch (error) {
        if (!(await this.#isolation.trim(this.#stage, error))) throw error
      }
    }
  }

  async #replace(): Promise<void> {
    const { table } = this
    const stage = this.#stage
    await this.#session.fenced(table, async () => {
      const changes = await this.#changes()
      const whole = table.key.length === 0 || changes.rewrites
      const steps = whole
        ? [statements.deleteAll(table), ...changes.statements, statements.insertAll(table, stage)]
        : [
            ...changes.statements,
            statements.deleteMissing(table, stage),
            statements.updateChanged(table, stage),
            statements.insertNew(table, stage),
          ]
      for (const step of steps) await this.#session.run(step)
    })
  }

  async #makeStage(): Promise<void> {
    if (this.#staged) return
    await this.#session.run(statements.createStage(this.table, this.#stage))
    this.#staged = true
  }

  async #intoStage(batch: SealedBatch): Promise<void> {
    await this.#copyIn(statements.stageRows(this.table, this.#stage), batch.rows)
    await this.#copyIn(statements.stageTombstones(this.table, this.#stage), batch.tombstones)
  }

  async #copyIn(statement: string, chunks: readonly Buffer[]): Promise<void> {
    if (chunks.length > 0) await copyIn(this.#session.client, statement, chunks)
  }

  /** What the database refuses because of the data or of the table is for the user to mend. */
  async #say<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const code = errorCode(error)
      const mendable = REFUSALS.some((prefix) => code?.startsWith(prefix) === true)
      if (error instanceof TartanError || !mendable) throw error
      const { schema, name, stream } = this.table
      throw new ConfigError(
        'TABLE_REFUSED',
        `${schema}.${name} cannot take the stream ${stream.name}: ${messageOf(error)}; ` +
          'change the table or the stream, or clear the stream’s data and sync again',
        { cause: error },
      )
    }
  }
}

const UNIQUE_VIOLATION = '23505'
/** Data, constraints, dependent objects, names and types, limits of size. */
const REFUSALS = ['22', '23', '0A', '2B', '42', '54']
