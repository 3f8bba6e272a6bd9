// The fence (L6) and, in its rows, what each table was when we left it (L3). One row a table: the
// token of its one writer, and the content that every commit of that writer writes down with it.
import { quoteTable } from '../../postgres/identifier.ts'
import { type Sql, sql } from '../../postgres/query.ts'
import type { Content } from '../content.ts'
import { FENCE, type Table } from '../table.ts'

export function createFence(schema: string): string {
  return `create table ${quoteTable(schema, FENCE)} (
  table_schema text not null,
  table_name text not null,
  token bigint not null,
  started_at timestamptz not null,
  incarnation uuid,
  table_oid oid,
  oldest_generation bigint,
  newest_generation bigint,
  commits bigint not null default 0,
  filled boolean not null default false,
  primary key (table_schema, table_name)
)`
}

/** One program at a time makes the internal schema: `if not exists` alone is a race. */
export const lockSetup: Sql = sql`select pg_advisory_xact_lock(hashtextextended(
  'tartan destination', 0))`

/** Ends whoever holds the table's lock: an older attempt, perhaps stopped within a COPY. */
export function terminateWriters(table: Table): Sql {
  return sql`select pg_terminate_backend(pid) as ended from pg_locks
    where locktype = 'advisory' and granted and pid <> pg_backend_pid() and objsubid = 1
      and database = (select oid from pg_database where datname = current_database())
      and (classid::bigint << 32) | objid::bigint = hashtextextended(${lockName(table)}, 0)`
}

/** Held by the session, so that the next attempt finds it. */
export function lockTable(table: Table): Sql {
  return sql`select pg_advisory_lock(hashtextextended(${lockName(table)}, 0))`
}

/**
 * `ageMs` is how long the writer's process has been there: all start times are the database's, so
 * that clocks of several machines need not agree. No row: a writer that started later has been.
 */
export function raiseFence(schema: string, table: Place, ageMs: number): Sql {
  return {
    text: `insert into ${quoteTable(schema, FENCE)} as fence
  (table_schema, table_name, token, started_at)
values ($1, $2, 1, clock_timestamp() - $3 * interval '1 ms')
on conflict (table_schema, table_name) do update
set token = fence.token + 1, started_at = excluded.started_at
where fence.started_at <= excluded.started_at
returning token, incarnation::text as incarnation, table_oid::text as oid,
  oldest_generation::float8 as "oldestGeneration",
  newest_generation::float8 as "newestGeneration", commits::float8 as commits, filled`,
    values: [table.schema, table.name, ageMs],
  }
}

export type Place = Pick<Table, 'schema' | 'name'>

export type FenceRow = { token: string } & {
  [K in keyof Omit<Content, 'witness'>]: Content[K] | null
}

export function laterWriter(schema: string, table: Table, ageMs: number): Sql {
  return {
    text: `select token from ${quoteTable(schema, FENCE)}
where table_schema = $1 and table_name = $2
  and started_at > clock_timestamp() - $3 * interval '1 ms'`,
    values: [table.schema, table.name, ageMs],
  }
}

/** The last statement of every commit: it locks the row, checks the token and writes it all. */
export function passFence(schema: string, table: Table, token: string, content: Content): Sql {
  const { incarnation, oid, oldestGeneration, newestGeneration, commits, filled } = content
  return {
    text: `update ${quoteTable(schema, FENCE)}
set incarnation = $4, table_oid = $5, oldest_generation = $6, newest_generation = $7,
  commits = $8, filled = $9
where table_schema = $1 and table_name = $2 and token = $3
returning token`,
    values: [
      table.schema,
      table.name,
      token,
      incarnation,
      oid,
      oldestGeneration,
      newestGeneration,
      commits,
      filled,
    ],
  }
}

function lockName(table: Table): string {
  return `tartan destination ${quoteTable(table.schema, table.name)}`
}
