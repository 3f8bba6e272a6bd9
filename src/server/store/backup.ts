// What a backup holds: every table of Tartan's own schemas but the lists of migrations, which the
// code makes. In the order in which rows may be put back: a table comes after those it refers to.
import { engineSchema } from '../../engine/store/schema.ts'
import { storeSchema } from '../../plaid-api/store/schema.ts'
import { auditSchema } from '../../postgres/audit.ts'
import { quoteIdent } from '../../postgres/identifier.ts'
import { migrate, migrateWithin, type Schema } from '../../postgres/migrate.ts'
import type { Client, Pool } from '../../postgres/pool.ts'
import { type Db, exec, many, maybeOne, one, sql } from '../../postgres/query.ts'
import { webSchema } from '../../web-server/store/schema.ts'
import { alertSchema } from './alert.ts'

/** Others write to the audit, which so comes first. */
const own: readonly Schema[] = [auditSchema, storeSchema, engineSchema, webSchema, alertSchema]
const schemas = own.map(({ name }) => name)

export interface Table {
  /** Quoted, with its schema. */
  name: string
  /** Quoted; none that the database makes of others. */
  columns: string[]
}

export async function listTables(db: Db): Promise<Table[]> {
  const rows = await many<{ schema: string; name: string; columns: string[]; refers: string[] }>(
    db,
    sql`select n.nspname as schema, c.relname as name,
               array_agg(a.attname::text order by a.attnum) as columns,
               array(select distinct f.confrelid::regclass::text from pg_constraint f
                     where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid)
                 as refers
        from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
          join pg_attribute a on a.attrelid = c.oid
        where n.nspname = any(${schemas}) and c.relkind in ('r', 'p') and not c.relispartition
          and c.relname <> 'migration'
          and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        group by n.nspname, c.relname, c.oid order by 1, 2`,
  )
  const waiting = new Map(rows.map((row) => [`${row.schema}.${row.name}`, row]))
  const ordered: Table[] = []
  while (waiting.size > 0) {
    const free = [...waiting].filter(([, { refers }]) => !refers.some((one) => waiting.has(one)))
    // A circle of references cannot be told apart: put back as the names go.
    for (const [key, { schema, name, columns }] of free.length > 0 ? free : [...waiting]) {
      waiting.delete(key)
      const quoted = `${quoteIdent(schema)}.${quoteIdent(name)}`
      ordered.push({ name: quoted, columns: columns.map(quoteIdent) })
    }
  }
  return ordered
}

export interface Sum {
  rows: string
  /** Of every row's text, whatever their order. */
  checksum: string
}

export async function sumOf(db: Db, { name, columns }: Table): Promise<Sum> {
  const [sum] = await many<Sum>(db, {
    text: `select count(*)::text as rows,
                  coalesce(sum(hashtextextended(one::text, 0)::numeric), 0)::text as checksum
           from (select row(${columns.join(', ')}) as one from ${name}) rows`,
    values: [],
  })
  return sum ?? { rows: '0', checksum: '0' }
}

export interface Sequence {
  name: string
  last: string
}

/** Those that were used. */
export function listSequences(db: Db): Promise<Sequence[]> {
  return many(
    db,
    sql`select format('%I.%I', schemaname, sequencename) as name, last_value::text as last
        from pg_sequences where schemaname = any(${schemas}) and last_value is not null
        order by 1`,
  )
}

/** Which migrations each schema has had: rows go back into what the same ones have made. */
export async function listMigrations(db: Db): Promise<string[]> {
  const names: string[] = []
  for (const schema of schemas) {
    const text = `select name from ${quoteIdent(schema)}.migration order by name`
    const rows = await many<{ name: string }>(db, { text, values: [] })
    names.push(...rows.map(({ name }) => of(schema, name)))
  }
  return names
}

function of(schema: string, migration: string): string {
  return `${schema}: ${migration}`
}

/** The schemas anew, empty, with these migrations and no others. */
export async function makeAnew(db: Client, migrations: readonly string[]): Promise<void> {
  await db.query(`drop schema if exists ${schemas.map(quoteIdent).join(', ')} cascade`)
  for (const schema of own) {
    const names = migrations.filter((name) => name.startsWith(of(schema.name, '')))
    const only = new Set(names.map((name) => name.slice(of(schema.name, '').length)))
    await migrateWithin(db, schema, only)
  }
}

/** From whichever version they are of to this one. */
export async function migrateAll(pool: Pool): Promise<void> {
  for (const schema of own) await migrate(pool, schema)
}

/** Puts them where they were. */
export async function setSequence(db: Db, { name, last }: Sequence): Promise<void> {
  await exec(db, sql`select setval(${name}::regclass, ${last}::bigint)`)
}

/** Until the commit they may be off: what they would write is given too. */
export async function setTriggers(
  db: Db,
  tables: readonly string[],
  to: 'enable' | 'disable',
): Promise<void> {
  for (const table of tables) {
    await exec(db, { text: `alter table ${table} ${to} trigger user`, values: [] })
  }
}

/** What a first start makes by itself is no one's; an Item or a connection is somebody's. */
export async function somebodys(db: Db): Promise<string | undefined> {
  const found = await maybeOne<{ what: string }>(
    db,
    sql`select 'Items' as what where exists (select from plaid.item)
        union all
        select 'connections' where exists (select from engine.connection)
        limit 1`,
  )
  return found?.what
}

/** No position that was ever given means anything from now on. */
export async function newEpoch(db: Db): Promise<void> {
  await exec(db, sql`update plaid.feed_clock set epoch = gen_random_uuid()`)
}

/** The instant that a transaction sees. */
export function instant(db: Db): Promise<{ at: string; version: string }> {
  return one(
    db,
    sql`select to_json(now()) #>> '{}' as at, current_setting('server_version') as version`,
  )
}

export async function databaseBytes(db: Db): Promise<number> {
  const { bytes } = await one<{ bytes: string }>(
    db,
    sql`select pg_database_size(current_database())::text as bytes`,
  )
  return Number(bytes)
}

/** Of all databases of the server. */
export async function serverBytes(db: Db): Promise<number> {
  const { bytes } = await one<{ bytes: string }>(
    db,
    sql`select sum(pg_database_size(oid))::text as bytes from pg_database`,
  )
  return Number(bytes)
}

/** Reads every page and compares every index with its table; gives what is wrong. */
export async function checkPages(db: Db): Promise<string | undefined> {
  await exec(db, { text: 'create extension if not exists amcheck', values: [] })
  await exec(
    db,
    sql`select bt_index_check(i.indexrelid, true)
        from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
        where a.amname = 'btree' and c.relkind = 'i' and c.relpersistence = 'p' and i.indisvalid`,
  )
  const found = await maybeOne<{ what: string }>(
    db,
    sql`select format('%s, block %s: %s', c.oid::regclass, v.blkno, v.msg) as what
        from pg_class c cross join lateral verify_heapam(c.oid) v
        where c.relkind in ('r', 't', 'm') and c.relpersistence = 'p' limit 1`,
  )
  return found?.what
}
