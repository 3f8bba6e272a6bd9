// A stream's way into its table. An empty table is filled by COPY straight into it; when a key
// comes twice, or rows are there already, a batch goes through a temporary table and is merged.
// What replaces the rows that are there is gathered in a temporary table of this attempt and
// becomes visible in one transaction, once the stream is COMPLETE (L8).
import { copyIn } from '../postgres/copy.ts'
import type { DestinationTable, NulledValues } from '../protocol/message.ts'
import { ConfigError, errorCode, messageOf, must } from '../std/errors.ts'
import { uuid } from '../std/ids.ts'
import type { SealedBatch } from './batch.ts'
import {
  adopted,
  afterAdding,
  afterReplacing,
  type Content,
  expiry,
  type Found,
  keepsSome,
  type Way,
  wayOf,
} from './content.ts'
import { type Evolution, evolution, shapeLoss } from './evolution.ts'
import { requireNoFollower } from './follower.ts'
import { Isolation, isRefusedValue } from './isolation.ts'
import { look, relationOf, shapeOf } from './look.ts'
import { isMissing, lostMeanwhile, notATable, refusal } from './refusal.ts'
import { copyRuns, readable } from './run.ts'
import type { Session } from './session.ts'
import { isSifted, requireMerged, requireReplaced } from './sift.ts'
import * as statements from './sql.ts'
import { relationsNamed } from './store/relation.ts'
import type { Table } from './table.ts'
import { withWitness, witnessed } from './witness.ts'

/** The state that this sync starts from was earned with another table, or with more of this one. */
export class StateExpired extends ConfigError {}

export class Loader {
  readonly table: Table
  readonly #session: Session
  readonly #stage: string
  readonly #warn: (sentence: string) => Promise<void>
  readonly #isolation: Isolation
  #staged = false
  /** What is written has to be looked for. */
  #sifted = false
  /** Something was gathered. */
  #gathered = false
  /** Nothing was in the table before this attempt, and no key came twice so far. */
  #direct = false
  #content: Content | undefined
  #way: Way = 'add'

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

  /** What comes is durable with its batch, not with the stream's end. */
  get adds(): boolean {
    return this.#way === 'add'
  }

  /** What a state is bound to that leaves now. */
  get bond(): DestinationTable {
    const { incarnation, commits, witness } = this.#known
    return { incarnation, commits, ...(witness ? { witness } : {}) }
  }

  get #known(): Content {
    return must(this.#content, 'a loader is prepared before it is used')
  }

  /** Takes the table over from older attempts (L6) and gives it the stream's shape. */
  async prepare(): Promise<void> {
    const { table } = this
    const known = await this.#session.takeOver(table)
    const take = async () => {
      const met = await witnessed(this.#session, table, await this.#meet(), known)
      const shape = met && (await shapeOf(this.#session, met.oid))
      const lost = table.state && shape ? shapeLoss(table, shape) : undefined
      const reason = expiry(table, known, met) ?? lost
      if (reason !== undefined) throw new StateExpired('STATE_EXPIRED', reason)
      const found = met ?? (await this.#create())
      const content = adopted(known, found, uuid)
      this.#way = wayOf(table, content)
      // Whatever may lose something waits for the end; what was just made has our shape.
      if (this.adds && shape) await this.#evolve(evolution(table, shape))
      this.#direct = this.adds && found.empty && !this.#sifted
      return content
    }
    await this.#say(() => this.#commit(take))
  }

  /** Records that no index could take, and that are in no row. */
  get leftOut(): number {
    return this.#isolation.leftOut
  }

  /** Values that became null because the server refused them. */
  get nulled(): NulledValues[] {
    return this.#isolation.nulled.list()
  }

  /** Commits a batch, in pieces where the server refuses one of its records. */
  load(batch: SealedBatch): Promise<void> {
    return this.#say(() => this.#isolation.load(batch, (part) => this.#load(part)))
  }

  async #load(batch: SealedBatch): Promise<void> {
    if (batch.rows.length === 0 && batch.tombstones.length === 0) return
    if (!this.adds) return this.#gather(batch)
    if (this.table.key.length === 0 && !this.#sifted) return this.#copy(batch)
    if (this.#direct && (await this.#copyUnlessTwice(batch))) return
    this.#direct = false
    return this.#merge(batch)
  }

  /** The stream's end; `complete` says that it brought everything. */
  async finish(complete: boolean): Promise<void> {
    if (!this.adds) {
      if (!complete) return
      if (this.#way === 'replace' || this.#gathered) {
        await this.#makeStage()
        await this.#say(() => this.#trimming(() => this.#replace()))
      }
    }
    await this.#say(() => this.#commit(() => Promise.resolve(this.#known)))
    for (const index of await this.#say(() => this.#missingIndexes())) {
      await this.#createIndex(index).catch((error: unknown) => this.#withoutIndex(index, error))
    }
  }

  /** Asked first: even "if not exists" would lock the table against everybody else's writes. */
  async #missingIndexes(): Promise<Table['indexes']> {
    const { schema, indexes } = this.table
    if (indexes.length === 0) return []
    const wanted = indexes.map(({ name }) => name)
    const there = await this.#session.rows<{ name: string }>(relationsNamed(schema, wanted))
    return indexes.filter((index) => !there.some(({ name }) => name === index.name))
  }

  #createIndex(index: Table['indexes'][number]): Promise<void> {
    return this.#commit(async () => {
      await this.#session.run(statements.createIndex(this.table, index))
      return this.#known
    })
  }

  /** A value that is longer than an index takes is worth more than the index. */
  async #withoutIndex({ name }: Table['indexes'][number], error: unknown): Promise<void> {
    if (!isRefusedValue(error)) throw this.#told(error)
    await this.#warn(`the index ${name} was not made: ${messageOf(error)}`)
  }

  /** Undefined where nothing has the table's name. */
  async #meet(): Promise<Found | undefined> {
    const { table } = this
    const relation = await relationOf(this.#session, table)
    if (!relation) return undefined
    if (!TABLE_KINDS.has(relation.kind)) throw notATable(table)
    this.#sifted = isSifted(table, relation)
    return { oid: relation.oid, empty: !(await this.#hasRows()) }
  }

  async #create(): Promise<Found> {
    const { table } = this
    await this.#session.ensureSchema(table.schema)
    await this.#session.run(statements.createTable(table))
    const relation = await relationOf(this.#session, table)
    return { oid: must(relation, 'the table was just made').oid, empty: true }
  }

  async #hasRows(): Promise<boolean> {
    return (await look(this.#session, this.table)).filled
  }

  async #requireTable(): Promise<void> {
    const { oid, filled } = await look(this.#session, this.table)
    const isOurs = oid === this.#known.oid
    if (isOurs && (filled || !this.#known.filled)) return
    const how = isOurs ? 'emptied' : 'dropped and made again'
    throw new StateExpired('TABLE_EMPTIED', lostMeanwhile(this.table, how))
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
    await this.#commit(async () => {
      await this.#requireTable()
      const runs = await readable(table, this.#session, this.#known.oid, batch.rows)
      const statement = (binary: boolean) => statements.copyRows(table, binary)
      const rows = await copyRuns(this.#session, runs, statement)
      if (batch.tombstones.length === 0) return this.#added({ written: rows, deleted: 0 }, false)
      await this.#stageTombstones(batch)
      await this.#session.run(statements.byKeyOnly)
      const { written, deleted } = await this.#bury()
      return this.#added({ written: written + Math.max(0, rows - deleted), deleted }, false)
    })
  }

  async #merge(batch: SealedBatch): Promise<void> {
    await this.#makeStage()
    await this.#commit(async () => {
      await this.#requireTable()
      await this.#intoStage(batch)
      await this.#session.run(statements.byKeyOnly)
      return this.#added(await this.#mergeStage(), true)
    })
  }

  async #mergeStage(): Promise<Change> {
    const change = await this.#changeByStage()
    if (this.#sifted) await requireMerged(this.#session, this.table, this.#stage, change.written)
    return change
  }

  /** What is marked needs its row's values first; what is deleted needs none. */
  async #changeByStage(): Promise<Change> {
    if (this.table.key.length === 0) {
      const all = statements.insertAll(this.table, this.#stage)
      return { written: await this.#session.run(all), deleted: 0 }
    }
    const upsert = statements.upsert(this.table, this.#stage)
    if (this.table.deletedMark) {
      const written = await this.#session.run(upsert)
      return { written: written + (await this.#bury()).written, deleted: 0 }
    }
    const { deleted } = await this.#bury()
    return { written: await this.#session.run(upsert), deleted }
  }

  /** Deletes, or marks, what the stage's tombstones name. */
  async #bury(): Promise<Change> {
    const { table } = this
    const { deletedMark: mark } = table
    if (!mark) {
      const deleted = await this.#session.run(statements.deleteTombstones(table, this.#stage))
      return { written: 0, deleted }
    }
    const marking = statements.markTombstones(table, this.#stage, mark)
    return { written: await this.#session.run(marking), deleted: 0 }
  }

  async #added({ written, deleted }: Change, staged: boolean): Promise<Content> {
    if (written === 0 && deleted === 0) return this.#known
    const content = afterAdding(this.table, this.#known, written > 0 || (await this.#hasRows()))
    return withWitness(this.#session, this.table, content, staged ? this.#stage : undefined)
  }

  async #gather(batch: SealedBatch): Promise<void> {
    await this.#makeStage()
    await this.#session.transaction(() => this.#intoStage(batch))
    this.#gathered = true
  }

  /** Each time an index refuses a row there is a row less, or the refusal stands. */
  async #trimming(work: () => Promise<void>): Promise<void> {
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
    await this.#commit(async () => {
      const content = adopted(this.#known, (await this.#meet()) ?? (await this.#create()), uuid)
      const changes = evolution(table, await shapeOf(this.#session, content.oid))
      const keeps = keepsSome(table, content)
      const differs = !keeps && table.key.length > 0 && !changes.rewrites
      if (!differs && content.filled) await requireNoFollower(this.#session, table, content.oid)
      if (keeps) await this.#replaceOlder(changes)
      else if (differs) await this.#replaceDifference(changes)
      else await this.#replaceWhole(changes)
      if (this.#sifted && !keeps) await requireReplaced(this.#session, table, this.#stage)
      const after = afterReplacing(table, content, await this.#hasRows(), uuid)
      return withWitness(this.#session, table, after, this.#stage)
    })
  }

  /** One living row of each key, and an index to find it by. */
  async #settleStage(): Promise<void> {
    if (this.table.key.length === 0) return
    await this.#run([
      ...statements.settleStage(this.table, this.#stage),
      statements.indexStage(this.table, this.#stage),
    ])
  }

  async #replaceWhole(changes: Evolution): Promise<void> {
    await this.#settleStage()
    await this.#run([statements.deleteAll(this.table)])
    await this.#evolve(changes)
    await this.#run([statements.insertAll(this.table, this.#stage)])
  }

  async #replaceDifference(changes: Evolution): Promise<void> {
    await this.#settleStage()
    await this.#evolve(changes)
    await this.#run([
      statements.deleteMissing(this.table, this.#stage),
      statements.updateChanged(this.table, this.#stage),
      statements.insertNew(this.table, this.#stage),
    ])
  }

  /** Rows that are of this generation already stay, and what came is added to them. */
  async #replaceOlder(changes: Evolution): Promise<void> {
    await this.#run([statements.deleteOlder(this.table)])
    await this.#evolve(changes)
    await this.#mergeStage()
  }

  async #evolve(changes: Evolution): Promise<void> {
    for (const step of changes.statements) {
      await this.#session.run(step).catch((error: unknown) => {
        throw refusal(this.table, error, step)
      })
    }
  }

  async #run(steps: readonly string[]): Promise<void> {
    for (const step of steps) await this.#session.run(step)
  }

  async #makeStage(): Promise<void> {
    if (this.#staged) return
    const end = this.adds ? 'delete rows' : 'preserve rows'
    await this.#session.run(statements.createStage(this.table, this.#stage, end))
    this.#staged = true
  }

  async #intoStage(batch: SealedBatch): Promise<void> {
    const statement = (binary: boolean) => statements.stageRows(this.table, this.#stage, binary)
    await copyRuns(this.#session, batch.rows, statement)
    await this.#stageTombstones(batch)
  }

  async #stageTombstones({ tombstones }: SealedBatch): Promise<void> {
    if (tombstones.length === 0) return
    const statement = statements.stageTombstones(this.table, this.#stage)
    await copyIn(this.#session.client, statement, tombstones)
  }

  /** A commit under the fence; what the table holds after it is remembered. */
  async #commit(work: () => Promise<Content>): Promise<void> {
    this.#content = await this.#session.fenced(this.table, work)
  }

  /** What the database refuses because of the data or of the table is for the user to mend. */
  async #say<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw this.#told(error)
    }
  }

  #told(error: unknown): unknown {
    return this.#content && isMissing(this.table, error)
      ? new StateExpired('TABLE_DROPPED', lostMeanwhile(this.table, 'dropped'), { cause: error })
      : refusal(this.table, error)
  }
}

/** Rows that a commit wrote and deleted. */
interface Change {
  written: number
  deleted: number
}

const TABLE_KINDS = new Set(['r', 'p'])
const UNIQUE_VIOLATION = '23505'
