// A table that exists, and what the stream is now: the statements that lead from the one to the
// other. A new column is added, a missing one stays, a changed type is cast. The table itself is
// never dropped, so grants and dependent views survive (L8). Pure.
import { addColumn, addKey, alterType, dropKey, loosenType } from './sql.ts'
import { type Column, type ColumnType, META_COLUMNS, type Table } from './table.ts'

export interface FoundTable {
  /** Column types as PostgreSQL's format_type names them. */
  columns: ReadonlyMap<string, string>
  key: { name: string; columns: readonly string[] } | undefined
}

export interface Evolution {
  statements: string[]
  /** Some rows that are there may not fit: an overwrite empties the table first. */
  rewrites: boolean
}

export function evolution(table: Table, found: FoundTable): Evolution {
  const added = [...META_COLUMNS, ...table.columns]
    .filter(({ name }) => !found.columns.has(name))
    // Rows that are there have no value for it.
    .map(({ name, type }) => addColumn(table, name, type))
  const types = table.columns.flatMap((column) => typeChange(table, column, found))
  const keys = keyChanges(table, found)
  return {
    statements: [...added, ...types.map(({ statement }) => statement), ...keys],
    rewrites: keys.length > 0 || types.some(({ casts }) => casts),
  }
}

/**
 * Why rows that a state was earned with are not all there any more: a column was dropped, renamed,
 * or given a type that may have cut its values. A stream whose fields changed has no state here.
 */
export function shapeLoss(table: Table, found: FoundTable): string | undefined {
  const lost = table.columns.filter(
    (column) => !found.columns.has(column.name) || typeChange(table, column, found).length > 0,
  )
  if (lost.length === 0) return undefined
  const names = lost.map(({ name }) => name).join(', ')
  return (
    `the table ${table.schema}.${table.name} has not the columns any more that it was filled in ` +
    `(${names}): dropped, renamed, or of another type; the saved state of the stream ` +
    `${table.stream.name} is worth nothing here, and the stream has to be read again from the ` +
    'beginning'
  )
}

/** All of them: those that are Airbyte's own, too, whose types are never changed here. */
export function hasOurTypes(table: Table, columns: FoundTable['columns']): boolean {
  return [...META_COLUMNS, ...table.columns].every(({ name, type }) => {
    const found = columns.get(name)?.replace(/\(.*?\)/, '') ?? FORMATTED[type]
    return found === FORMATTED[type] || (found === 'text' && type === 'varchar')
  })
}

function typeChange(
  table: Table,
  column: Column,
  found: FoundTable,
): { statement: string; casts: boolean }[] {
  const type = found.columns.get(column.name)
  if (type === undefined || type === FORMATTED[column.type]) return []
  if (type === 'text' && column.type === 'varchar') return []
  if (type.replace(/\(.*?\)/, '') === FORMATTED[column.type]) {
    return [{ statement: loosenType(table, column), casts: false }]
  }
  return [{ statement: alterType(table, column, type), casts: true }]
}

function keyChanges(table: Table, { key }: FoundTable): string[] {
  const wanted = table.key.map(({ name }) => name)
  if (key?.columns.join('\0') === wanted.join('\0')) return []
  const left = key?.columns.filter((name) => !wanted.includes(name)) ?? []
  return [
    ...(key ? [dropKey(table, key.name, left)] : []),
    ...(wanted.length > 0 ? [addKey(table)] : []),
  ]
}

const FORMATTED: Record<ColumnType, string> = {
  varchar: 'character varying',
  bigint: 'bigint',
  numeric: 'numeric',
  boolean: 'boolean',
  date: 'date',
  timestamptz: 'timestamp with time zone',
  timestamp: 'timestamp without time zone',
  timetz: 'time with time zone',
  time: 'time without time zone',
  jsonb: 'jsonb',
}
