// One record that the server refuses does not stop its stream (L7). The door of values lets pass
// only what PostgreSQL holds as far as it can be known here; what a server alone knows (how deeply
// its stack lets JSON nest, how long a value its indexes take) it says by refusing a batch. Then
// the batch is halved until the record is found; the value that the server names becomes null and
// is told, or, where it is the key or the row as a whole, the record is left out and told in the
// log.
import { copyNull, copyText, copyValue } from '../postgres/copy.ts'
import { errorCode } from '../std/errors.ts'
import type { SealedBatch } from './batch.ts'
import { MISFIT, nulled, NulledTally, TOO_LARGE } from './misfit.ts'
import { rowColumns, tombstoneColumns } from './row.ts'
import { asText } from './run.ts'
import type { Session } from './session.ts'
import * as statements from './store/oversize.ts'
import type { Table } from './table.ts'

type Load = (batch: SealedBatch) => Promise<void>

/** A row's or a tombstone's COPY text without its newline. */
interface Line {
  text: string
  isTombstone: boolean
}

export class Isolation {
  readonly #table: Table
  readonly #session: Session
  readonly #warn: (sentence: string) => Promise<void>
  /** Records that are in no row. */
  leftOut = 0
  /** Values that became null here. */
  readonly nulled = new NulledTally()

  constructor(table: Table, session: Session, warn: (sentence: string) => Promise<void>) {
    this.#table = table
    this.#session = session
    this.#warn = warn
  }

  /** As `load(batch)`, and again piece by piece where the server refuses a record's data. */
  async load(batch: SealedBatch, load: Load): Promise<void> {
    try {
      await load(batch)
    } catch (error) {
      const lines = isRefusedValue(error) ? linesOf(await this.#asText(batch)) : []
      if (lines.length === 0) throw error
      await this.#apart(lines, load, error)
    }
  }

  async #asText(batch: SealedBatch): Promise<SealedBatch> {
    if (!batch.rows.some(({ isBinary }) => isBinary)) return batch
    const read = () => asText(this.#table, this.#session, batch.rows)
    return { ...batch, rows: await this.#session.transaction(read) }
  }

  /** What comes first is committed first, as in the whole batch. */
  async #apart(lines: readonly Line[], load: Load, refusal: unknown): Promise<void> {
    const [line, ...more] = lines
    if (line && more.length === 0) return this.#mend(line, load, refusal)
    const half = Math.ceil(lines.length / 2)
    for (const part of [lines.slice(0, half), lines.slice(half)]) {
      try {
        await load(sealed(part))
      } catch (error) {
        if (!isRefusedValue(error)) throw error
        await this.#apart(part, load, error)
      }
    }
  }

  async #mend(line: Line, load: Load, refusal: unknown): Promise<void> {
    let mended = line
    for (let error = refusal; ;) {
      if (isRowTooLarge(error)) return this.#leaveOut(1, mended, ROW_TOO_LARGE)
      const named = await this.#culprits(error)
      const culprit = named.isCertain
        ? this.#longest(mended, named.columns, (name) => !this.#isKey(name))
        : this.#longest(mended, named.columns, () => true)
      if (culprit === undefined && !named.columns.some((name) => this.#isKey(name))) throw error
      if (culprit === undefined || this.#isKey(culprit)) {
        return this.#leaveOut(1, mended)
      }
      mended = this.#without(mended, culprit, error)
      try {
        await load(sealed([mended]))
        return
      } catch (again) {
        if (!isRefusedValue(again)) throw again
        error = again
      }
    }
  }

  /**
   * For an overwrite, whose rows are gathered before any index sees them: takes out of the stage
   * what the index that refused cannot take. False when the refusal has another reason.
   */
  async trim(stage: string, error: unknown): Promise<boolean> {
    if (!isRefusedValue(error)) return false
    const { columns } = await this.#culprits(error)
    let changed = 0
    for (const column of this.#table.columns) {
      if (!columns.includes(column.name) || this.#isKey(column.name)) continue
      const told = [nulled(column.field, TOO_LARGE)]
      const trimmed = statements.nullOversized(stage, columns, column.name, told)
      const trimmedRows = (await this.#session.rows(trimmed)).length
      for (const change of told) this.nulled.add(change, trimmedRows)
      changed += trimmedRows
    }
    const key = columns.filter((name) => this.#isKey(name))
    if (changed > 0 || key.length === 0) return changed > 0
    const dropped = statements.dropOversized(stage, key)
    const gone = await this.#session.rows<{ deleted: boolean }>(dropped)
    const records = gone.filter(({ deleted }) => !deleted).length
    if (records > 0) await this.#leaveOut(records)
    return gone.length > 0
  }

  /** The columns that the server's refusal names, itself or by an index. */
  async #culprits(error: unknown): Promise<{ columns: string[]; isCertain: boolean }> {
    const refusal = refusalOf(error)
    const column = copyColumn(refusal?.where ?? '')
    if (column !== undefined) return { columns: [column], isCertain: true }
    const { schema, constraint } = refusal ?? {}
    // The stage has one index, by the key; it went when its transaction was rolled back.
    if (schema?.startsWith('pg_temp') === true) {
      return { columns: this.#table.key.map(({ name }) => name), isCertain: true }
    }
    const isNamed = schema !== undefined && constraint !== undefined
    // An entry that no page could hold is refused before the index is known.
    if (!isNamed && codeOf(error) !== TOO_LARGE_FOR_PAGE) return { columns: [], isCertain: false }
    const found = await this.#session.rows<{ name: string }>(
      isNamed
        ? statements.columnsOfIndex(schema, constraint)
        : statements.indexedColumns(this.#table),
    )
    return { columns: found.map(({ name }) => name), isCertain: isNamed }
  }

  #longest(
    line: Line,
    named: readonly string[],
    may: (name: string) => boolean,
  ): string | undefined {
    const cells = cellsOf(line)
    let longest: string | undefined
    let length = 0
    for (const [i, name] of columnsOf(this.#table, line).entries()) {
      const cell = cells[i] ?? copyNull
      const isOurs = this.#table.columns.some((column) => column.name === name)
      if (cell === copyNull || !isOurs || !named.includes(name) || !may(name)) continue
      if (cell.length > length) [longest, length] = [name, cell.length]
    }
    return longest
  }

  #without(line: Line, column: string, error: unknown): Line {
    const names = columnsOf(this.#table, line)
    const cells = cellsOf(line)
    cells[names.indexOf(column)] = copyNull
    const meta = names.indexOf('_airbyte_meta')
    if (meta !== -1) {
      const { changes, ...rest } = JSON.parse(copyValue(cells[meta] ?? '')) as Meta
      const misfit = codeOf(error)?.startsWith('54') === true ? TOO_LARGE : MISFIT
      const { field = column } = this.#table.columns.find(({ name }) => name === column) ?? {}
      const change = nulled(field, misfit)
      this.nulled.add(change)
      const told = { ...rest, changes: [...changes, change] }
      cells[meta] = copyText(JSON.stringify(told))
    }
    return { ...line, text: cells.join('\t') }
  }

  #isKey(name: string): boolean {
    return this.#table.key.some((column) => column.name === name)
  }

  async #leaveOut(count: number, line?: Line, why = KEY_TOO_LARGE): Promise<void> {
    this.leftOut += count
    const { schema, name, stream, key } = this.#table
    const records = count === 1 ? 'a record was' : `${count} records were`
    const which = line && `, ${keyOf(this.#table, line).slice(0, keyCharsMax)}…,`
    const columns = key.map((column) => column.name).join(', ')
    const what = key.length === 0 ? 'what it holds' : `the key (${columns})${which ?? ''}`
    await this.#warn(`${stream.name}: ${records} left out of ${schema}.${name}: ${what} ${why}`)
  }
}

interface Meta {
  changes: object[]
}

/** Enough to find the record at its source. */
const keyCharsMax = 60

/**
 * Of what the server says of a COPY that it refuses, in whatever language: behind the table stand
 * the line’s number and the column’s name, each with its word before it.
 */
export function copyColumn(where: string): string | undefined {
  return COPY_COLUMN.exec(where)?.[1]
}

/** Before any colon: what comes behind one may be a value. */
const COPY_COLUMN = /COPY[^:"]*?[,、] *[^:"\d]+ \d+ ?[,、] *[^\s,:"]+ (\w+)/

interface ServerRefusal {
  where?: string
  schema?: string
  constraint?: string
  /** The server's own function that refused. */
  routine?: string
}

function refusalOf(error: unknown): ServerRefusal | undefined {
  return errorCode(error)?.length === SQLSTATE_LENGTH ? (error as ServerRefusal) : undefined
}

function codeOf(error: unknown): string | undefined {
  return errorCode(refusalOf(error))
}

/** A row's columns share one page, in which of a long value a pointer stands. */
function isRowTooLarge(error: unknown): boolean {
  return (
    codeOf(error) === TOO_LARGE_FOR_PAGE &&
    refusalOf(error)?.routine === 'RelationGetBufferForTuple'
  )
}

const KEY_TOO_LARGE = 'is larger than an index of PostgreSQL takes'
const ROW_TOO_LARGE = 'is of a row that is larger than a page of PostgreSQL takes'
const SQLSTATE_LENGTH = 5
const TOO_LARGE_FOR_PAGE = '54000'
/** COPY text that is wrongly made would be our own fault. */
const BAD_COPY_FORMAT = '22P04'

/** Data exceptions, and the limits of the program: a value's fault, perhaps. */
export function isRefusedValue(error: unknown): boolean {
  const code = codeOf(error)
  if (code === undefined || code === BAD_COPY_FORMAT) return false
  return code.startsWith('22') || code.startsWith('54')
}

function linesOf(batch: SealedBatch): Line[] {
  const read = (chunks: readonly Buffer[], isTombstone: boolean) =>
    chunks.flatMap((chunk) => {
      const texts = chunk.toString('utf8').split('\n')
      return texts.filter((text) => text !== '').map((text) => ({ text, isTombstone }))
    })
  const rows = batch.rows.flatMap(({ chunks }) => chunks)
  return [...read(rows, false), ...read(batch.tombstones, true)]
}

function sealed(lines: readonly Line[]): SealedBatch {
  const pieces = (tombstones: boolean) => {
    const own = lines.filter(({ isTombstone }) => isTombstone === tombstones)
    return own.length === 0 ? [] : [Buffer.from(own.map(({ text }) => `${text}\n`).join(''))]
  }
  const rows = pieces(false).map((chunk) => ({ isBinary: false, chunks: [chunk] }))
  return { rejected: 0, rows, tombstones: pieces(true) }
}

/** A tab within a value is escaped. */
function cellsOf(line: Line): string[] {
  return line.text.split('\t')
}

function columnsOf(table: Table, line: Line): string[] {
  return line.isTombstone ? tombstoneColumns(table) : rowColumns(table)
}

function keyOf(table: Table, line: Line): string {
  const names = columnsOf(table, line)
  const cells = cellsOf(line)
  return table.key.map(({ name }) => copyValue(cells[names.indexOf(name)] ?? '')).join(', ')
}
