// A record as one line of COPY text, in the order of its table's columns. This is where a sync
// spends its time on our side, so the usual row takes the short way: a line of JSON without a
// backslash holds no character that COPY would want escaped.
import type { FieldChange, RecordMessage } from '../protocol/message.ts'
import { copyNull, copyText } from '../postgres/copy.ts'
import { uuid } from '../std/ids.ts'
import { coerce } from './coerce.ts'
import { isHoldable } from './json.ts'
import { MISFIT, nulled, NulledTally } from './misfit.ts'
import { type Column, META_COLUMNS, STAGE_DELETED, type Table } from './table.ts'

/** The columns of a row's text, in its order. */
export function rowColumns(table: Table): string[] {
  return [...META_COLUMNS.map(({ name }) => name), ...table.columns.map(({ name }) => name)]
}

/** The columns of a tombstone's text: what finds the row, tells who is newer, and marks it. */
export function tombstoneColumns(table: Table): string[] {
  return [...tombstoneCells(table).map(({ name }) => name), STAGE_DELETED]
}

export function tombstoneCells(table: Table): Column[] {
  const { deletedMark: mark } = table
  const found = identifying(table)
  return mark && !found.includes(mark) ? [...found, mark] : found
}

/** Texts are undefined for a record that has no usable key: it can have no row. */
export interface RowBuilder {
  /** `clean`: see `coerce`. */
  row(record: RecordMessage, clean: boolean): string | undefined
  /** The cells behind the id of a row of which there is nothing to tell. */
  lead(emittedAt: number): string
  tombstone(record: RecordMessage): string | undefined
  isTombstone(record: RecordMessage): boolean
  /** The key as text; equal for equal keys of types that have one spelling (`exactKey`). */
  key(record: RecordMessage): string | undefined
  exactKey: boolean
  /** Of the rows that were made. */
  nulled: NulledTally
}

export function rowBuilder(table: Table): RowBuilder {
  const { columns, deletedField } = table
  const readers = columns.map(reader)
  const keys = new Set(table.key)
  const required = columns.map((column) => keys.has(column))
  const types = columns.map(({ type }) => type)
  const generation = String(table.generationId)
  const plainMeta = metaText(table, [])
  const tally = new NulledTally()
  let emittedAt = Number.NaN
  let extractedAt = ''

  /** The cells between a row's id and its values. */
  function leadOf(at: number, meta: string): string {
    if (at !== emittedAt) {
      emittedAt = at
      extractedAt = instantText(emittedAt)
    }
    return `\t${extractedAt}\t${meta}\t${generation}`
  }

  function row(record: RecordMessage, clean: boolean): string | undefined {
    const { data } = record
    let changes: FieldChange[] | undefined
    let cells = ''
    for (let i = 0; i < columns.length; i++) {
      const value = readers[i]?.(data)
      const type = types[i]
      if (value === null || value === undefined || type === undefined) {
        if (required[i] === true) return undefined
        cells += NULL_CELL
        continue
      }
      const text = coerce(type, value, clean)
      if (typeof text === 'string') {
        cells += clean ? `\t${text}` : `\t${copyText(text)}`
        continue
      }
      if (required[i] === true) return undefined
      changes ??= []
      changes.push(nulled(columns[i]?.field ?? '', text))
      cells += NULL_CELL
    }
    if (changes) for (const change of changes) tally.add(change)
    const told = record.meta?.changes
    const meta =
      changes || told !== undefined
        ? copyText(metaText(table, [...listOf(told), ...(changes ?? [])]))
        : plainMeta
    return `${uuid()}${leadOf(record.emitted_at, meta)}${cells}\n`
  }

  return {
    row,
    lead: (at) => leadOf(at, plainMeta),
    nulled: tally,
    key: (record) => identify(table, table.key, record)?.join('\t'),
    tombstone: (record) => tombstone(table, record),
    isTombstone: ({ data }) => deletedField !== undefined && (data[deletedField] ?? null) !== null,
    exactKey: table.key.every(({ type }) => ONE_SPELLING.has(type)),
  }
}

const NULL_CELL = `\t${copyNull}`
const ONE_SPELLING = new Set(['varchar', 'bigint', 'boolean', 'date'])

/** What finds a row and tells which of two is newer. */
export function identifying(table: Table): Column[] {
  const { key, cursor } = table
  return cursor && !key.includes(cursor) ? [...key, cursor] : [...key]
}

/** Undefined where a part of the key is not usable. */
function identify(
  table: Table,
  columns: readonly Column[],
  record: RecordMessage,
): string[] | undefined {
  const cells: string[] = []
  for (const column of columns) {
    const value = record.data[column.field] ?? null
    const text = value === null ? MISFIT : coerce(column.type, value)
    if (typeof text === 'string') cells.push(copyText(text))
    else if (table.key.includes(column)) return undefined
    else cells.push(copyNull)
  }
  return cells
}

function tombstone(table: Table, record: RecordMessage): string | undefined {
  const columns = tombstoneCells(table)
  const cells = identify(table, columns, record)
  if (!cells) return undefined
  const mark = table.deletedMark ? columns.indexOf(table.deletedMark) : -1
  // Deleted it is, though its instant be none.
  if (cells[mark] === copyNull) cells[mark] = instantText(record.emitted_at)
  return `${cells.join('\t')}\tt\n`
}

/** An inherited name such as `constructor` is a field only where the record has it. */
function reader({ field }: Column): (data: Record<string, unknown>) => unknown {
  if (field in Object.prototype) {
    return (data) => (Object.hasOwn(data, field) ? data[field] : undefined)
  }
  return (data) => data[field]
}

/** Before PostgreSQL's first instant is only what no clock says. */
function instantText(ms: number): string {
  const text = coerce('timestamptz', new Date(ms).toISOString())
  return typeof text === 'string' ? text : '-infinity'
}

function metaText(table: Table, changes: FieldChange[]): string {
  return JSON.stringify({ sync_id: table.syncId, changes: changes.map(holdable) })
}

/** The source's word is its own: it may be no list, or hold anything. */
function listOf(told: unknown): FieldChange[] {
  if (!Array.isArray(told)) return []
  return told.filter((one): one is FieldChange => typeof one === 'object' && one !== null)
}

/** A field's name, or what the source told, may have what jsonb has not; it is to be read. */
function holdable(told: FieldChange): object {
  const entries = Object.entries(told).map(([key, value]) => [key, textOf(String(value))])
  return Object.fromEntries(entries) as object
}

function textOf(text: string): string {
  return isHoldable(text) ? text : text.replaceAll('\0', '').toWellFormed()
}
