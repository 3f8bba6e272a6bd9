// What the server's catalog says of schemas and tables.
import { type Sql, sql } from '../../postgres/query.ts'

export function schemaExists(schema: string): Sql {
  return sql`select 1 as found from pg_namespace where nspname = ${schema}`
}

/**
 * What has the name, and what in it may keep a row away without a word (sift.ts): a rule that does
 * something else instead, by its name; a trigger of somebody's, or a policy. And a table whose rows
 * count as its own.
 */
export function relation(schema: string, name: string): Sql {
  return sql`select c.oid::text as oid, c.relkind::text as kind,
    (select min(rulename::text) from pg_rewrite
      where ev_class = c.oid and is_instead and ev_enabled in ('O', 'A')) as rule,
    (select min(inhrelid::regclass::text) from pg_inherits
      where inhparent = c.oid and c.relkind = 'r') as heir,
    row_security_active(c.oid) or exists (select 1 from pg_trigger
      where tgrelid = c.oid and not tgisinternal and tgenabled in ('O', 'A') and tgtype & 28 > 0
    ) as sifts
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = ${name}`
}

export function columnsOf(oid: string): Sql {
  return sql`select attname as name, format_type(atttypid, atttypmod) as type
    from pg_attribute where attrelid = ${oid}::oid and attnum > 0 and not attisdropped
    order by attnum`
}

export function keyOf(oid: string): Sql {
  return sql`select c.conname as name, a.attname as "column" from pg_constraint c
    cross join unnest(c.conkey) with ordinality as k(attnum, place)
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.attnum
    where c.conrelid = ${oid}::oid and c.contype = 'p' order by k.place`
}

/** Foreign keys to the table by which others' rows go, or change, with its own. */
export function followers(oid: string): Sql {
  return sql`select conname as name, conrelid::regclass::text as of from pg_constraint
    where confrelid = ${oid}::oid and contype = 'f' and confdeltype in ('c', 'n', 'd')
    order by 1 limit 1`
}

/** Which of these names the schema has. */
export function relationsNamed(schema: string, wanted: readonly string[]): Sql {
  return sql`select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = any (${wanted}::text[])`
}
