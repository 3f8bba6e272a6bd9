// The only dynamic SQL of the destination: pure functions, each statement shown whole by a golden
// test. The merge touches what the batch touches (cost follows the change, not the table); the
// overwrite touches what differs.
import { quoteIdent, quoteLiteral, quoteTable } from '../postgres/identifier.ts'
import { identifying, rowColumns, tombstoneCells, tombstoneColumns } from './row.ts'
import {
  type Column,
  META_COLUMNS,
  STAGE_DELETED,
  STAGE_ORDER,
  STAGE_PLACE,
  type Table,
} from './table.ts'

const PLACE = quoteIdent(STAGE_PLACE)

const RAW_ID = quoteIdent('_airbyte_raw_id')
const GENERATION = quoteIdent('_airbyte_generation_id')

// ---------------------------------------------------------------------------- the session

/**
 * A small batch finds its rows by the table's key. What the planner guesses of a temporary table
 * that nobody has analyzed must not make it read the whole table.
 */
export const byKeyOnly = 'set local enable_hashjoin = off; set local enable_mergejoin = off'

// ---------------------------------------------------------------------------- the table

export function createSchema(schema: string): string {
  return `create schema ${quoteIdent(schema)}`
}

export function createTable(table: Table): string {
  const key = table.key.length > 0 ? [`primary key (${list(names(table.key))})`] : []
  const columns = [
    ...META_COLUMNS.map(
      ({ name, type, isRequired }) => `${quoteIdent(name)} ${type}${isRequired ? ' not null' : ''}`,
    ),
    ...table.columns.map(({ name, type }) => `${quoteIdent(name)} ${type}`),
    ...key,
  ]
  return `create table ${target(table)} (\n  ${columns.join(',\n  ')}\n)`
}

/** Whether it has rows, and which table it is: the statement's lock keeps it as it is. */
export function look(table: Table): string {
  return `select to_regclass(${quoteLiteral(target(table))})::oid::text as oid,
  exists (select 1 from ${target(table)}) as filled`
}

export function addColumn(table: Table, name: string, type: string): string {
  return `alter table ${target(table)} add column if not exists ${quoteIdent(name)} ${type}`
}

/** From the type that PostgreSQL names `from`; the old values go along or the statement fails. */
export function alterType(table: Table, column: Column, from: string): string {
  const name = quoteIdent(column.name)
  const change = `alter table ${target(table)} alter column ${name} type ${column.type}`
  if (column.type === 'jsonb') return `${change} using to_jsonb(${name})`
  if (from === 'jsonb') return `${change} using (${name} #>> '{}')::${column.type}`
  return `${change} using ${name}::text::${column.type}`
}

/** Without rewriting the table: varchar(10) to varchar, numeric(38,9) to numeric. */
export function loosenType(table: Table, column: Column): string {
  return `alter table ${target(table)} alter column ${quoteIdent(column.name)} type ${column.type}`
}

export function dropKey(table: Table, constraint: string, columns: readonly string[]): string {
  const actions = [
    `drop constraint ${quoteIdent(constraint)}`,
    ...columns.map((column) => `alter column ${quoteIdent(column)} drop not null`),
  ]
  return `alter table ${target(table)} ${actions.join(', ')}`
}

export function addKey(table: Table): string {
  return `alter table ${target(table)} add primary key (${list(names(table.key))})`
}

export function createIndex(table: Table, index: Table['indexes'][number]): string {
  const on = `${target(table)} (${list(index.columns)})`
  return `create index if not exists ${quoteIdent(index.name)} on ${on}`
}

// ---------------------------------------------------------------------------- batches

/** What becomes of a stage's rows, or of the stage, as a transaction ends. */
export type AtCommit = 'preserve rows' | 'delete rows' | 'drop'

/** Rows beside the table, of a batch or of all batches; gone with the session, never trusted. */
export function createStage(table: Table, stage: string, atCommit: AtCommit): string {
  const columns = [
    ...[...META_COLUMNS, ...table.columns].map(({ name, type }) => `${quoteIdent(name)} ${type}`),
    `${quoteIdent(STAGE_ORDER)} bigint generated always as identity`,
    `${quoteIdent(STAGE_DELETED)} boolean not null default false`,
  ]
  const body = columns.join(',\n  ')
  return `create temp table ${quoteIdent(stage)} (\n  ${body}\n) on commit ${atCommit}`
}

export function copyRows(table: Table, isBinary: boolean): string {
  return `copy ${target(table)} (${list(rowColumns(table))}) from stdin${format(isBinary)}`
}

export function stageRows(table: Table, stage: string, isBinary: boolean): string {
  return `copy ${staged(stage)} (${list(rowColumns(table))}) from stdin${format(isBinary)}`
}

export function dropStage(stage: string): string {
  return `drop table ${staged(stage)}`
}

/** What was staged, each value in its text, in the order in which it came. */
export function readStage(table: Table, stage: string): string {
  const cells = rowColumns(table).map((name) => `${quoteIdent(name)}::text`)
  return `select array[${cells.join(', ')}] as cells from ${staged(stage)}
order by ${quoteIdent(STAGE_ORDER)}`
}

export function stageTombstones(table: Table, stage: string): string {
  return `copy ${staged(stage)} (${list(tombstoneColumns(table))}) from stdin`
}

/** What the stage says is gone, unless the table has something newer. */
export function deleteTombstones(table: Table, stage: string): string {
  return `delete from ${target(table)} t
using (
  ${newest(table, stage, names(identifying(table)).map(quoteIdent))}
) n
where n.${quoteIdent(STAGE_DELETED)} and ${sameKey(table, 't', 'n')}${unlessOlder(table, 't', 'n')}`
}

/** Soft deletion: the row keeps its values and has the instant; one that never was is not made. */
export function markTombstones(table: Table, stage: string, mark: Column): string {
  const found = names(tombstoneCells(table)).map(quoteIdent)
  return `update ${target(table)} t set ${markSet(table, mark)}
from (
  ${newest(table, stage, found)}
) n
where n.${quoteIdent(STAGE_DELETED)} and ${sameKey(table, 't', 'n')}${unlessOlder(table, 't', 'n')}`
}

/**
 * The stage's newest row of each key; of equal cursors the one that came later wins. A row that a
 * tombstone marks afterwards is written all the same, for its values.
 */
export function upsert(table: Table, stage: string): string {
  const columns = list(rowColumns(table))
  const rest = rowColumns(table).filter((name) => !names(table.key).includes(name))
  const set = rest.map((name) => `${quoteIdent(name)} = excluded.${quoteIdent(name)}`)
  const { cursor, deletedMark } = table
  const newer = cursor ? `\nwhere ${notOlder(cursor, 't', 'excluded')}` : ''
  const rows = deletedMark ? `where not ${quoteIdent(STAGE_DELETED)}` : undefined
  return `insert into ${target(table)} as t (${columns})
select ${list(rowColumns(table), 's.')} from (
  ${newest(table, stage, [`ctid as ${PLACE}`], rows)}
) n
join ${staged(stage)} s on s.ctid = n.${PLACE}
where not n.${quoteIdent(STAGE_DELETED)}
on conflict (${key(table)}) do update set
  ${set.join(',\n  ')}${newer}`
}

const WITNESS = `${RAW_ID} as raw_id, t.ctid::text as place`

/** A row that was merged from the stage. */
export function stagedRow(table: Table, stage: string): string {
  return `select t.${WITNESS} from ${staged(stage)} s
join ${target(table)} t on ${sameKey(table, 't', 's')} and t.${RAW_ID} = s.${RAW_ID}
where not s.${quoteIdent(STAGE_DELETED)} limit 1`
}

/** Of the last pages: a COPY takes up to 64 at once, and may leave them empty. */
const lastPages = 128

/** None where a server reads no table from some place on (before 14), or the table has parts. */
export function lastRow(table: Table): string {
  const size = `nullif(pg_relation_size(${quoteLiteral(target(table))}), 0)`
  const page = `greatest(0, ${size} / current_setting('block_size')::int - ${lastPages})`
  return `select t.${WITNESS} from ${target(table)} t
where current_setting('server_version_num')::int >= 140000
  and t.ctid >= (select '(' || ${page} || ',0)')::tid
order by t.ctid desc limit 1`
}

export function rowInPlace(table: Table): string {
  return `select t.${WITNESS} from ${target(table)} t where t.${RAW_ID} = $1 and t.ctid = $2::tid`
}

export function rowAnywhere(table: Table): string {
  return `select t.${WITNESS} from ${target(table)} t where t.${RAW_ID} = $1 limit 1`
}

/** What a trigger puts off to the commit is done now. */
export const nothingPutOff = 'set constraints all immediate'

/** How many of the stage's newest rows, of each key, a merge did not do. */
export function notMerged(table: Table, stage: string): string {
  const { cursor, deletedMark } = table
  const rows = deletedMark ? `where not ${quoteIdent(STAGE_DELETED)}` : undefined
  const what = [...names(identifying(table)).map(quoteIdent), RAW_ID]
  const there = `select 1 from ${target(table)} t where ${sameKey(table, 't', 'n')}`
  const newer = cursor ? ` or ${notOlder(cursor, 't', 'n')} is not true` : ''
  return `select count(*)::int as n from (
  ${newest(table, stage, what, rows)}
) n
where case when n.${quoteIdent(STAGE_DELETED)}
  then exists (${there}${unlessOlder(table, 't', 'n')})
  else not exists (${there} and (t.${RAW_ID} = n.${RAW_ID}${newer})) end`
}

/** 0 where an overwrite brought all into the table, and took all else out of it. */
export function notReplaced(table: Table, stage: string): string {
  const [came, there] = [staged(stage), target(table)].map(
    (rows) => `(select count(*) from ${rows})`,
  )
  const counts = `abs(${came} - ${there})`
  if (table.key.length === 0) return `select ${counts}::int as n`
  return `select (${counts} + count(*))::int as n from ${staged(stage)} s
where not exists (
  select 1 from ${target(table)} t where ${sameKey(table, 's', 't')}
    and (t.${RAW_ID} = s.${RAW_ID} or not (${differs(table)}))
)`
}

export function countStage(stage: string): string {
  return `select count(*)::int as n from ${staged(stage)}`
}

// ---------------------------------------------------------------------------- overwriting (L8)

/** Leaves in the stage one living row of each key. */
export function settleStage(table: Table, stage: string): string[] {
  const { deletedMark: mark } = table
  const deleted = quoteIdent(STAGE_DELETED)
  const by = mark ? `${key(table)}, ${deleted}` : key(table)
  const newestOnly = `delete from ${staged(stage)} s
using (
  select ctid as ${PLACE}, ${deleted},
    row_number() over (partition by ${by} order by ${newestFirst(table)}) as rank
  from ${staged(stage)}
) n
where n.${PLACE} = s.ctid and (n.rank > 1${mark ? '' : ` or n.${deleted}`})`
  if (!mark) return [newestOnly]
  const marks = `n.${deleted} and not s.${deleted} and ${sameKey(table, 's', 'n')}`
  return [
    newestOnly,
    `update ${staged(stage)} s set ${markSet(table, mark)}
from ${staged(stage)} n
where ${marks}${unlessOlder(table, 's', 'n')}`,
    `delete from ${staged(stage)} where ${deleted}`,
  ]
}

export function indexStage(table: Table, stage: string): string {
  return `alter table ${staged(stage)} add primary key (${key(table)}); analyze ${staged(stage)}`
}

export function deleteMissing(table: Table, stage: string): string {
  return `delete from ${target(table)} t where not exists (
  select 1 from ${staged(stage)} s where ${sameKey(table, 's', 't')}
)`
}

/**
 * Rows that say the same are not rewritten: what the sync itself adds does not count. No row is
 * left with a greater generation, of which a later sync would think that it is newer.
 */
export function updateChanged(table: Table, stage: string): string {
  const set = rowColumns(table).map((name) => `${quoteIdent(name)} = s.${quoteIdent(name)}`)
  return `update ${target(table)} t set
  ${set.join(',\n  ')}
from ${staged(stage)} s
where ${sameKey(table, 's', 't')}
  and (${differs(table)})`
}

export function insertNew(table: Table, stage: string): string {
  return `${insertAll(table, stage)} where not exists (
  select 1 from ${target(table)} t where ${sameKey(table, 's', 't')}
)`
}

export function deleteAll(table: Table): string {
  return `delete from ${target(table)}`
}

/** All but the rows of the generation that is being written. */
export function deleteOlder(table: Table): string {
  return `${deleteAll(table)} where ${GENERATION} is distinct from ${table.generationId}`
}

export function insertAll(table: Table, stage: string): string {
  const columns = rowColumns(table)
  return `insert into ${target(table)} (${list(columns)})
select ${list(columns, 's.')} from ${staged(stage)} s`
}

// ---------------------------------------------------------------------------- checking

/** Everything that a sync will need, in a transaction that is rolled back. */
export function tryOut(schema: string, table: string): string {
  const place = quoteTable(schema, table)
  return `create table ${place} (id bigint primary key, note jsonb);
insert into ${place} (id, note) values (1, ${quoteLiteral('{}')});
delete from ${place};
create temp table ${quoteIdent(table)} (id bigint) on commit drop;
insert into pg_temp.${quoteIdent(table)} (id) values (1)`
}

// ---------------------------------------------------------------------------- the parts

/** Of each key the newest: `what` names the columns that the caller needs of it. */
function newest(table: Table, stage: string, what: readonly string[], where?: string): string {
  const only = where === undefined ? '' : ` ${where}`
  return `select distinct on (${key(table)}) ${[...what, quoteIdent(STAGE_DELETED)].join(', ')}
  from ${staged(stage)}${only} order by ${key(table)}, ${newestFirst(table)}`
}

/** A deletion is as new as its tombstone. */
function markSet(table: Table, mark: Column): string {
  const { key, cursor } = table
  const both = cursor && !key.includes(cursor) && cursor !== mark ? [mark, cursor] : [mark]
  return names(both)
    .map((name) => `${quoteIdent(name)} = n.${quoteIdent(name)}`)
    .join(', ')
}

function differs({ columns }: Table): string {
  const data = names(columns)
  return `(${list(data, 't.')}) is distinct from (${list(data, 's.')})
    or t.${GENERATION} > s.${GENERATION}`
}

/** By cursor; of equal cursors (or without one) what came later is newer. */
function newestFirst(table: Table): string {
  const order = `${quoteIdent(STAGE_ORDER)} desc`
  return table.cursor ? `${compared(table.cursor)} desc nulls last, ${order}` : order
}

function unlessOlder(table: Table, old: string, fresh: string): string {
  return table.cursor ? ` and ${notOlder(table.cursor, old, fresh)}` : ''
}

function notOlder(cursor: Column, old: string, fresh: string): string {
  const was = compared(cursor, `${old}.`)
  return `(${was} is null or ${compared(cursor, `${fresh}.`)} >= ${was})`
}

/** Texts go by their bytes, as the sources that count with them do, and not by a language. */
function compared({ name, type }: Column, of = ''): string {
  return `${of}${quoteIdent(name)}${type === 'varchar' ? ' collate "C"' : ''}`
}

function sameKey(table: Table, left: string, right: string): string {
  return names(table.key)
    .map((name) => `${left}.${quoteIdent(name)} = ${right}.${quoteIdent(name)}`)
    .join(' and ')
}

function format(isBinary: boolean): string {
  return isBinary ? ' (format binary)' : ''
}

function target(table: Table): string {
  return quoteTable(table.schema, table.name)
}

function staged(stage: string): string {
  return quoteTable('pg_temp', stage)
}

function key(table: Table): string {
  return list(names(table.key))
}

function names(columns: readonly Column[]): string[] {
  return columns.map(({ name }) => name)
}

function list(columns: readonly string[], prefix = ''): string {
  return columns.map((name) => `${prefix}${quoteIdent(name)}`).join(', ')
}
