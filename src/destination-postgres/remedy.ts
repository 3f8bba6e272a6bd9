// What helps against a refusal: decided by the error's fields and by what the catalog says of the
// table. Pure.
import type { ServerError } from '../postgres/sqlstate.ts'
import type { Table } from './table.ts'

/** What was refused, and of which table. */
export interface Refusal {
  table: Table
  error: ServerError
  /** The change of the table that was refused, where it was one. */
  step: string
}

/** What the catalog says of the table; nothing where it was not asked. */
export interface Found {
  /** Of its triggers, as the server names what ran. */
  functions: string[]
  /** Indexes, constraints and columns, also of its partitions. */
  parts: Part[]
  /** A person's indexes and constraints that are made of the column that was to change. */
  onColumn: Part[]
}

export interface Part {
  kind: string
  name: string
}

/** The trigger's function that ran and failed. */
export function functionOf({ where }: ServerError, { functions }: Found): string | undefined {
  return functions.find((name) => where?.includes(name))
}

/**
 * What the server's field names. A function that ran may have set it to what it likes: then it
 * must be in the catalog.
 */
export function partOf(
  error: ServerError,
  { parts }: Found,
  field: 'column' | 'constraint',
): Part | undefined {
  const name = error[field]
  if (name === undefined) return undefined
  const isColumn = field === 'column'
  const part = parts.find((one) => one.name === name && (one.kind === 'column') === isColumn)
  return part ?? (error.where === undefined ? { kind: field, name } : undefined)
}

/** The server's functions that report in `detail` what depends on a column or a constraint. */
export const dependence: ReadonlySet<string> = new Set([
  'reportDependentObjects',
  'ATPrepAlterColumnType',
  'ATExecAlterColumnType',
  'RememberAllDependentForRebuilding',
])

export function remedy({ table, error, step }: Refusal, found: Found): string {
  if (functionOf(error, found) !== undefined) {
    return 'let its trigger take every row, or give the stream another schema or prefix'
  }
  const change = step === '' ? undefined : step
  return (
    (error.where === undefined ? ofObjects(error, change, found) : undefined) ??
    ofRows(table, error, change, found) ??
    'change the table or the stream'
  )
}

function ofObjects(
  { code, routine = '', detail = '' }: ServerError,
  step: string | undefined,
  { onColumn }: Found,
): string | undefined {
  if (ROW_SECURITY.has(`${code} ${routine}`)) {
    return (
      'let it not be forced on the table’s owner (alter table … no force row level security), or ' +
      'let a policy of the role’s let every row through'
    )
  }
  if (code === PRIVILEGE_MISSING) {
    return step === undefined
      ? 'grant the destination’s role what it needs (insert, select, update, delete; to make or ' +
          'change tables: create on the schema and the table’s ownership)'
      : 'make the destination’s role its owner (alter table … owner to …)'
  }
  if (dependence.has(routine) && detail !== '') {
    return `drop ${dependent(detail)}, sync, and make it again`
  }
  if (step?.includes(ADD_KEY) === true && code.startsWith('0A')) {
    return (
      'let the stream’s key have the columns that the table is partitioned by, or give the ' +
      'stream a table of its own (another schema or prefix)'
    )
  }
  if (onColumn.length > 0 && code.startsWith('42')) {
    const named = onColumn.map(({ kind, name }) => `the ${kind} ${name}`).join(' and ')
    return `drop ${named}, sync, and make it again where it fits the new type`
  }
  return undefined
}

function ofRows(
  { name }: Table,
  error: ServerError,
  step: string | undefined,
  found: Found,
): string | undefined {
  const { code } = error
  if (code === TWICE) return 'let the key’s columns have a collation that is deterministic'
  const isData = code.startsWith('22') || code.startsWith('23')
  const constraint = partOf(error, found, 'constraint')
  const isOurKey = step?.includes(ADD_KEY) === true || constraint?.name === `${name}_pkey`
  if (isData && constraint && !isOurKey) {
    return `drop the ${constraint.kind} ${constraint.name}, or change the stream`
  }
  if (isData && step !== undefined) {
    return 'clear the stream’s data and sync again, or change the stream'
  }
  const column = partOf(error, found, 'column')
  if (code === NOT_NULL && column) {
    return `let the column ${column.name} be null (alter table … alter column … drop not null)`
  }
  // Of our own statements none computes from a value.
  if (code.startsWith('22') || COMPUTED.has(code)) {
    return (
      'change what the table makes of a row (a generated column, a check, an index of an ' +
      'expression), or change the stream'
    )
  }
  return undefined
}

/** What the server's detail names first: a rule is its view's, and so goes with it. */
function dependent(detail: string): string {
  const [line = ''] = detail.split('\n')
  const found = DEPENDENT.exec(line)?.[1] ?? GENERATED.exec(line)?.[1]
  return found === undefined ? 'what depends on the column' : `the ${found}`
}

/** In English; in another language the sentence names it, in the server's own words. */
const DEPENDENT = /^(?:rule (?:[^\s"]+|"(?:[^"]|"")+") on )?(.+) depends on /
const GENERATED = /used by (generated column .+?)\.?$/

const ROW_SECURITY = new Set([
  '42501 ExecWithCheckOptions',
  '42501 check_enable_rls',
  '0A000 DoCopy',
])
const ADD_KEY = 'add primary key'
const PRIVILEGE_MISSING = '42501'
const TWICE = '21000'
const NOT_NULL = '23502'
/** What a value's text does not let be found or read: to_tsquery(note), note::regclass. */
const COMPUTED = new Set(['42601', '42602', '42704', '42P01', '42883'])
