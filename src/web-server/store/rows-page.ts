// A page of a table's rows (pure: it makes the statement): filtered, sorted, and after the last row
// of the page before, which is named by what the rows are sorted by. The primary key, or where
// there is none the row's place in the table, tells equal ones apart; a view has neither and is
// read by its count.
import { createHash } from 'node:crypto'
import { quoteIdent, quoteTable } from '../../postgres/identifier.ts'
import { ConfigError } from '../../std/errors.ts'
import type { Statement } from './reading.ts'
import type { Table } from './tables.ts'

export interface RowsAsked {
  schema: string
  name: string
  /** `column.operator.value`. */
  filters: string[]
  /** A column, with a minus before it from the top down. */
  sort: string | undefined
  /** As the page before gave it. */
  after: string | undefined
  limit: number
}

interface SortKey {
  sql: string
  type: string
  descending: boolean
  /** Where nothing is null, an index leads straight to the next page. */
  nullable: boolean
}

export interface RowsPage {
  statement: Statement
  /** How many columns at the end are only there to say where the next page begins. */
  keys: number
  /** The cursor behind a row's key columns; `count` is that of the page's rows. */
  cursorOf(keyValues: (string | null)[], count: number): string
}

const OPERATORS: Record<string, string | undefined> = {
  eq: '=',
  ne: 'is distinct from',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
}
const filtersMax = 20

export function rowsPage(table: Table, asked: RowsAsked): RowsPage {
  const values: unknown[] = []
  const bind = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  if (asked.filters.length > filtersMax)
    throw invalid('filter', `has more than ${filtersMax} parts`)
  const where = asked.filters.map((filter) => filterSql(table, filter, bind))
  const { sorts, byCount } = sortsOf(table, asked.sort)
  // A cursor goes on in the list that it came from, not in another.
  const list = createHash('sha256')
    .update(JSON.stringify([asked.schema, asked.name, asked.filters, asked.sort ?? '']))
    .digest('base64url')
    .slice(0, 16)
  const after = asked.after === undefined ? undefined : readCursor(asked.after, list)
  if (after && !byCount && after.length !== sorts.length)
    throw invalid('after', 'is no cursor here')
  if (after && !byCount) where.push(`(${afterSql(sorts, after, bind)})`)
  const offset = byCount ? Number(after?.[0] ?? 0) : 0
  const columns = table.columns.map(({ name }) => `t.${quoteIdent(name)}`)
  const keys = byCount ? [] : sorts.map((sort) => `${sort.sql}::text`)
  const order = sorts.map(
    ({ sql, descending }) => `${sql} ${descending ? 'desc' : 'asc'} nulls last`,
  )
  const text = [
    `select ${[...columns, ...keys].join(', ')} from ${quoteTable(asked.schema, asked.name)} t`,
    where.length > 0 ? `where ${where.join(' and ')}` : '',
    order.length > 0 ? `order by ${order.join(', ')}` : '',
    `limit ${asked.limit + 1} offset ${offset}`,
  ]
  return {
    statement: { text: text.filter((part) => part !== '').join('\n'), values },
    keys: keys.length,
    cursorOf: (keyValues, count) =>
      writeCursor(list, byCount ? [String(offset + count)] : keyValues),
  }
}

function sortsOf(table: Table, sort: string | undefined): { sorts: SortKey[]; byCount: boolean } {
  const primary = table.columns
    .filter(({ key }) => key !== null)
    .toSorted((a, b) => (a.key ?? 0) - (b.key ?? 0))
    .map(({ name, type, nullable }) => ({
      sql: `t.${quoteIdent(name)}`,
      type,
      descending: false,
      nullable,
    }))
  const isTable = table.kind === 'r'
  const place = isTable ? [{ sql: 't.ctid', type: 'tid', descending: false, nullable: false }] : []
  const ties: SortKey[] = primary.length > 0 ? primary : place
  const asked = sort === undefined || sort === '' ? [] : [sortOf(table, sort)]
  const [first] = asked
  const rest = ties.filter((tie) => tie.sql !== first?.sql)
  return { sorts: [...asked, ...rest], byCount: ties.length === 0 }
}

function sortOf(table: Table, sort: string): SortKey {
  const descending = sort.startsWith('-')
  const column = columnOf(table, descending ? sort.slice(1) : sort, 'sort')
  // Some types have no order of their own.
  const ordered = /^jsonb?$|^xml$|^point$/.test(column.type)
  const sql = `t.${quoteIdent(column.name)}${ordered ? '::text' : ''}`
  const { nullable } = column
  return { sql, type: ordered ? 'text' : column.type, descending, nullable }
}

type Bind = (value: unknown, type: string) => string

function filterSql(table: Table, filter: string, bind: Bind): string {
  const { column, operator, value } = partsOf(table, filter)
  const name = `t.${quoteIdent(column.name)}`
  if (operator === 'null') return `${name} is null`
  if (operator === 'notnull') return `${name} is not null`
  if (operator === 'contains') {
    return `position(lower(${bind(value, 'text')}) in lower(${name}::text)) > 0`
  }
  const symbol = OPERATORS[operator]
  if (symbol === undefined) throw invalid('filter', `has the operator ${operator}, which is none`)
  const isJson = /^jsonb?$/.test(column.type)
  const [left, type] = isJson ? [`${name}::text`, 'text'] : [name, column.type]
  return `${left} ${symbol} ${bind(value, type)}`
}

/** A column's name may have dots: the longest that is one is meant. */
function partsOf(table: Table, filter: string) {
  for (let dot = filter.lastIndexOf('.'); dot > 0; dot = filter.lastIndexOf('.', dot - 1)) {
    const column = table.columns.find(({ name }) => name === filter.slice(0, dot))
    if (!column) continue
    const [operator = '', ...value] = filter.slice(dot + 1).split('.')
    return { column, operator, value: value.join('.') }
  }
  throw invalid('filter', 'names no column of this table: column.operator.value')
}

function columnOf(table: Table, name: string, field: string) {
  const column = table.columns.find((one) => one.name === name)
  if (column) return column
  throw invalid(field, 'names no column of this table')
}

/** Strictly behind the given values, in the order of the sort keys, nulls last. */
function afterSql(sorts: SortKey[], after: (string | null)[], bind: Bind): string {
  const only = sorts.length === 1 ? sorts[0] : undefined
  if (only) return behind(only, after[0] ?? null, bind)
  return sorts
    .map((sort, i) => {
      const equal = sorts.slice(0, i).map((one, j) => {
        const value = after[j] ?? null
        return value === null ? `${one.sql} is null` : `${one.sql} = ${bind(value, one.type)}`
      })
      return `(${[...equal, behind(sort, after[i] ?? null, bind)].join(' and ')})`
    })
    .join(' or ')
}

function behind(
  { sql, type, descending, nullable }: SortKey,
  value: string | null,
  bind: Bind,
): string {
  if (value === null) return 'false'
  const beyond = `${sql} ${descending ? '<' : '>'} ${bind(value, type)}`
  return nullable ? `(${beyond} or ${sql} is null)` : beyond
}

function writeCursor(list: string, values: (string | null)[]): string {
  return Buffer.from(JSON.stringify([list, ...values])).toString('base64url')
}

function readCursor(text: string, list: string): (string | null)[] {
  try {
    const read = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown
    if (Array.isArray(read) && read[0] === list) {
      const values: unknown[] = read.slice(1)
      const isText = (value: unknown) => value === null || typeof value === 'string'
      if (values.every(isText)) return values
    }
  } catch {
    // told below
  }
  throw invalid('after', 'is no cursor of this list: begin at its first page')
}

function invalid(field: string, what: string): ConfigError {
  return new ConfigError('REQUEST_INVALID', `${field} ${what}`, { field })
}
