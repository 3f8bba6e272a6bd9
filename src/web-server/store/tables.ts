// What the warehouse has: its tables, and of one its columns, keys, indexes, size and rows.
import { type Db, many, maybeOne, one, sql } from '../../postgres/query.ts'
import type { TableEntry, Written } from '../shapes.ts'

const tablesMax = 1_000

export function listTables(db: Db): Promise<TableEntry[]> {
  return many(
    db,
    sql`select n.nspname as schema, c.relname as name,
               case when c.relkind in ('r', 'p', 'f') then 'table' else 'view' end as kind,
               case when c.reltuples >= 0 then c.reltuples::bigint end as rows_estimate,
               pg_total_relation_size(c.oid) as bytes, obj_description(c.oid, 'pg_class') as comment
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_'
          and n.nspname <> 'information_schema'
          and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
        order by n.nspname, c.relname limit ${tablesMax}`,
  )
}

export interface TableColumn {
  name: string
  type: string
  nullable: boolean
  comment: string | null
  /** Its place in the primary key, from 1; null where it is not in it. */
  key: number | null
}

export interface Table {
  oid: string
  kind: string
  rows_estimate: string | null
  bytes: string
  written: Written
  columns: TableColumn[]
  indexes: { name: string; definition: string; unique: boolean; bytes: string }[]
}

export async function describeTable(
  db: Db,
  schema: string,
  name: string,
): Promise<Table | undefined> {
  const found = await maybeOne<Omit<Table, 'written' | 'columns' | 'indexes'>>(
    db,
    sql`select c.oid::text as oid, c.relkind::text as kind,
               case when c.reltuples >= 0 then c.reltuples::bigint end as rows_estimate,
               pg_total_relation_size(c.oid) as bytes
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = ${schema} and c.relname = ${name}
          and c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_'
          and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')`,
  )
  if (!found) return undefined
  const columns = await many<TableColumn>(
    db,
    sql`select a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
               not a.attnotnull as nullable, col_description(a.attrelid, a.attnum) as comment,
               (select k.n::integer from pg_catalog.pg_index i,
                       unnest(i.indkey) with ordinality as k (attnum, n)
                where i.indrelid = a.attrelid and i.indisprimary and k.attnum = a.attnum) as key
        from pg_catalog.pg_attribute a
        where a.attrelid = ${found.oid}::oid and a.attnum > 0 and not a.attisdropped
        order by a.attnum`,
  )
  const indexes = await many<Table['indexes'][number]>(
    db,
    sql`select c.relname as name, pg_get_indexdef(i.indexrelid) as definition,
               i.indisunique as "unique", pg_relation_size(i.indexrelid) as bytes
        from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
        where i.indrelid = ${found.oid}::oid order by c.relname`,
  )
  return { ...found, written: await writtenTo(db, found), columns, indexes }
}

function writtenTo(db: Db, { oid, kind }: Pick<Table, 'oid' | 'kind'>): Promise<Written> {
  const isOwn = kind === 'r' || kind === 'p'
  return one(
    db,
    sql`select coalesce(sum(pg_stat_get_tuples_inserted(c.oid)), 0)::float8 as inserted,
               coalesce(sum(pg_stat_get_tuples_updated(c.oid)), 0)::float8 as updated,
               coalesce(sum(pg_stat_get_tuples_deleted(c.oid)), 0)::float8 as deleted
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
          and (not ${isOwn} or c.oid = ${oid}::oid
               or c.oid in (select relid from pg_partition_tree(${oid}::oid)))`,
  )
}
