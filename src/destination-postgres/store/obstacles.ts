// What may stand in a stream's way: what the catalog says of its table, asked once it refused.
import { quoteTable } from '../../postgres/identifier.ts'
import { type Sql, sql } from '../../postgres/query.ts'
import { FENCE, type Table } from '../table.ts'

/** As the server names them where it tells what ran. */
export function triggerFunctions(oid: string): Sql {
  return sql`select distinct t.tgfoid::regprocedure::text as name from pg_trigger t
    where not t.tgisinternal and (t.tgrelid = ${oid}::oid
      or t.tgrelid in (select inhrelid from pg_inherits where inhparent = ${oid}::oid))`
}

/** A unique constraint's index is the constraint. */
export function partsOf(oid: string): Sql {
  return sql`with relations as (
      select ${oid}::oid as oid union select inhrelid from pg_inherits where inhparent = ${oid}::oid
    )
    select 'constraint' as kind, conname::text as name from pg_constraint
      where conrelid in (select oid from relations)
    union select case when x.indisunique then 'unique index' else 'index' end, i.relname::text
      from pg_index x join pg_class i on i.oid = x.indexrelid
      where x.indrelid in (select oid from relations)
        and not exists (select 1 from pg_constraint c where c.conindid = i.oid)
    union select 'column', attname::text from pg_attribute
      where attrelid in (select oid from relations) and attnum > 0 and not attisdropped`
}

/**
 * What is made of a column and may not go along with another type: constraints, and indexes but for
 * those that every type has.
 */
export function madeOf(oid: string, column: string): Sql {
  return sql`select distinct case when c.oid is null then 'index' else 'constraint' end as kind,
      coalesce(c.conname::text, x.indexrelid::regclass::text) as name
    from pg_depend d
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    left join pg_constraint c on d.classid = 'pg_constraint'::regclass and c.oid = d.objid
      and c.contype in ('c', 'x')
    left join pg_index x on d.classid = 'pg_class'::regclass and x.indexrelid = d.objid and (
      x.indexprs is not null or x.indpred is not null
      or exists (select 1 from unnest(x.indclass::oid[]) k join pg_opclass o on o.oid = k
        join pg_am m on m.oid = o.opcmethod where not o.opcdefault or m.amname <> 'btree')
      or exists (select 1 from unnest(x.indcollation::oid[]) k join pg_collation l on l.oid = k
        where l.collname <> 'default'))
    where d.refclassid = 'pg_class'::regclass and d.refobjid = ${oid}::oid
      and a.attname = ${column} and (c.oid is not null or x.indexrelid is not null)
    order by name`
}

/** No row: somebody deleted what the fence knows of the table. */
export function fenceRow(schema: string, table: Table): Sql {
  return {
    text: `select token from ${quoteTable(schema, FENCE)}
where table_schema = $1 and table_name = $2`,
    values: [table.schema, table.name],
  }
}
