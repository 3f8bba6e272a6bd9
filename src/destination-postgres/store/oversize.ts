// What an index refuses: an entry larger than a third of a page. Which columns it is made of, and a
// way to take out of a gathered stage what it would refuse.
import { quoteIdent, quoteTable } from '../../postgres/identifier.ts'
import type { Sql } from '../../postgres/query.ts'
import { STAGE_DELETED, type Table } from '../table.ts'

export function columnsOfIndex(schema: string, index: string): Sql {
  return {
    text: `${INDEXED} where n.nspname = $1 and i.relname = $2 and ${WITHIN}`,
    values: [schema, index],
  }
}

export function indexedColumns(table: Table): Sql {
  return {
    text: `${INDEXED} where n.nspname = $1 and t.relname = $2 and ${WITHIN}`,
    values: [table.schema, table.name],
  }
}

const INDEXED = `select distinct a.attname as name from pg_index x
join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
join pg_namespace n on n.oid = i.relnamespace
join pg_attribute a on a.attrelid = x.indrelid`
/** By itself or by an expression. */
const WITHIN = `(a.attnum = any (x.indkey) or exists (
  select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = i.oid
    and d.refclassid = 'pg_class'::regclass and d.refobjid = x.indrelid
    and d.refobjsubid = a.attnum))`

/**
 * A third of PostgreSQL's usual page less what an entry has around its values. A row with so much
 * in it keeps its values compressed, as the index would.
 */
const entryBytesMax = 2_680

/** Tombstones too: an index that is made meets what its own transaction deleted. */
export function dropOversized(stage: string, columns: readonly string[]): Sql {
  return {
    text: `delete from ${quoteTable('pg_temp', stage)}
where ${entrySize(columns)} > ${entryBytesMax} returning ${quoteIdent(STAGE_DELETED)} as deleted`,
    values: [],
  }
}

export function nullOversized(
  stage: string,
  columns: readonly string[],
  column: string,
  told: readonly object[],
): Sql {
  const meta = quoteIdent('_airbyte_meta')
  return {
    text: `update ${quoteTable('pg_temp', stage)} set ${quoteIdent(column)} = null,
  ${meta} = jsonb_set(${meta}, '{changes}', (${meta} -> 'changes') || $1::jsonb)
where ${quoteIdent(column)} is not null and ${entrySize(columns)} > ${entryBytesMax}
  and pg_column_size(${quoteIdent(column)}) = greatest(${sizes(columns).join(', ')})
returning 1 as changed`,
    values: [JSON.stringify(told)],
  }
}

function entrySize(columns: readonly string[]): string {
  return sizes(columns).join(' + ')
}

function sizes(columns: readonly string[]): string[] {
  return columns.map((name) => `coalesce(pg_column_size(${quoteIdent(name)}), 0)`)
}
