// What a database must be, and what a role must be allowed, for any sync to succeed.
import { quoteTable } from '../../postgres/identifier.ts'
import { type Sql, sql } from '../../postgres/query.ts'
import { FENCE } from '../table.ts'

export interface Rights {
  role: string
  database: string
  may_create: boolean
  may_temp: boolean
}

export const rights: Sql = sql`select current_user::text as role,
  current_database()::text as database,
  has_database_privilege(current_database(), 'CREATE') as may_create,
  has_database_privilege(current_database(), 'TEMP') as may_temp`

/** No row: the schema is not there. */
export function schemaRights(schema: string): Sql {
  return sql`select has_schema_privilege(oid, 'USAGE') as may_use,
    has_schema_privilege(oid, 'CREATE') as may_create
    from pg_namespace where nspname = ${schema}`
}

/** No row: the fence is not there. */
export function fenceRights(schema: string): Sql {
  return sql`select has_table_privilege(c.oid, 'SELECT') and has_table_privilege(c.oid, 'INSERT')
      and has_table_privilege(c.oid, 'UPDATE') as may_write
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = ${FENCE}`
}

export interface ForeignTable {
  name: string
  owner: string
  role: string
}

/**
 * A table of this configuration's, by its fence, of a role that we are not: whoever changes a table
 * must own it. What else is in the schema may be another destination's.
 */
export function foreignTable(schema: string, internal: string): Sql {
  return {
    text: `select c.relname::text as name, pg_get_userbyid(c.relowner)::text as owner,
  current_user::text as role
from ${quoteTable(internal, FENCE)} f
join pg_namespace n on n.nspname = f.table_schema
join pg_class c on c.relnamespace = n.oid and c.relname = f.table_name
where f.table_schema = $1 and c.relkind in ('r', 'p') and not pg_has_role(c.relowner, 'USAGE')
order by c.relname limit 1`,
    values: [schema],
  }
}
