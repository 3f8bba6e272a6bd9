// A table as it is looked at, and a row of it, as what another program would ask: SQL, and `curl`
// of plaid-api where that has the same rows (pure). No key stands in either: the shell has it.
import { literal, quoted } from './sql.ts'

interface Named {
  schema: string
  name: string
  columns: { name: string; type: string; key: number | null }[]
}

export interface Looked {
  /** A column, with a minus before it from the top down. */
  sort?: string | undefined
  column?: string | undefined
  op?: string | undefined
  value?: string | undefined
}

/** In the order in which the page has them: the key tells equal ones apart. */
export function sqlOfRows(table: Named, { sort = '', column, op, value = '' }: Looked): string {
  const where =
    column === undefined || op === undefined ? '' : conditionOf(table, column, op, value)
  const sorted = sort.replace(/^-/, '')
  const keys = keysOf(table).filter(({ name }) => name !== sorted)
  const order = [
    ...(sort === '' ? [] : [`${comparable(table, sorted)}${sort === sorted ? '' : ' desc'}`]),
    ...keys.map(({ name }) => quoted(name)),
  ].map((one) => `${one} nulls last`)
  return [
    `select * from ${quoted(table.schema)}.${quoted(table.name)}`,
    ...(where === '' ? [] : [`where ${where}`]),
    ...(order.length === 0 ? [] : [`order by ${order.join(', ')}`]),
  ].join('\n')
}

/** By its key; undefined where the table has none. */
export function sqlOfRow(table: Named, valueOf: (column: string) => string): string | undefined {
  const keys = keysOf(table)
  if (keys.length === 0) return undefined
  const where = keys.map(({ name }) => `${quoted(name)} = ${literal(valueOf(name))}`)
  return [
    `select * from ${quoted(table.schema)}.${quoted(table.name)}`,
    `where ${where.join(' and ')}`,
  ].join('\n')
}

/** `api` is where plaid-api answers, without a slash at its end. */
export function curlOf(api: string, path: string): string {
  const url = `${api}/${path}`
  return `curl -H "Authorization: Bearer $TARTAN_API_KEY" '${url.replaceAll("'", '%27')}'`
}

/** What plaid-api calls one row of these; other streams it gives as a whole. */
export function pathOfRow(stream: string, valueOf: (column: string) => string): string | undefined {
  const key = { transactions: 'transaction_id', accounts: 'account_id' }[stream]
  return key === undefined ? undefined : `${stream}/${encodeURIComponent(valueOf(key))}`
}

const symbols: Record<string, string | undefined> = {
  eq: '=',
  ne: 'is distinct from',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
}

function conditionOf(table: Named, column: string, op: string, value: string): string {
  if (op === 'null') return `${quoted(column)} is null`
  if (op === 'notnull') return `${quoted(column)} is not null`
  if (op === 'contains') {
    return `position(lower(${literal(value)}) in lower(${quoted(column)}::text)) > 0`
  }
  return `${comparable(table, column)} ${symbols[op] ?? '='} ${literal(value)}`
}

/** JSON has no order of its own. */
function comparable({ columns }: Named, column: string): string {
  const type = columns.find(({ name }) => name === column)?.type ?? ''
  return `${quoted(column)}${/^jsonb?$|^xml$|^point$/.test(type) ? '::text' : ''}`
}

function keysOf({ columns }: Named): Named['columns'] {
  return columns.filter(({ key }) => key !== null).toSorted((a, b) => (a.key ?? 0) - (b.key ?? 0))
}
