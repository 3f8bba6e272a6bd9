// Forward-only migrations from numbered .sql files, one schema per room. Any number of processes
// may start at once: an advisory lock lets one of them migrate, the others find nothing left to
// do.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { QueryConfig } from 'pg'
import { ConfigError } from '../std/errors.ts'
import { quoteIdent } from './identifier.ts'
import type { Client, Pool } from './pool.ts'
import { exec, many, sql, tx } from './query.ts'

/** A room's own, and the folder of the files that make it. */
export interface Schema {
  name: string
  folder: string
}

/**
 * Brings a schema up to the newest file; refuses one that other files made, be it that they are
 * newer or that they have changed since. Gives how many it took.
 */
export function migrate(pool: Pool, schema: Schema): Promise<number> {
  return tx(pool, (db) => migrateWithin(db, schema))
}

/** In a transaction of the caller's. `only`: as an earlier version left it that had these files. */
export async function migrateWithin(
  db: Client,
  { name: schema, folder }: Schema,
  only?: ReadonlySet<string>,
): Promise<number> {
  const migrations = await read(folder)
  await exec(db, sql`select pg_advisory_xact_lock(hashtextextended(${`tartan:${schema}`}, 0))`)
  const table = `${quoteIdent(schema)}.migration`
  await db.query(`create schema if not exists ${quoteIdent(schema)}`)
  await db.query(
    `create table if not exists ${table}
       (name text primary key, applied_at timestamptz not null default now())`,
  )
  const done = new Set(
    (await many<{ name: string }>(db, { text: `select name from ${table}`, values: [] })).map(
      (row) => row.name,
    ),
  )
  const unknown = [...done].find((name) => !migrations.has(name))
  if (unknown !== undefined) {
    throw new ConfigError(
      'SCHEMA_OF_ANOTHER_VERSION',
      `schema ${schema} is of another version of Tartan (its ${unknown} is unknown here); run ` +
        'that version, or begin anew with another database: the embedded one is in the data ' +
        'folder, TARTAN_DATA_DIR',
    )
  }
  const todo = [...migrations].filter(([name]) => !done.has(name) && (only?.has(name) ?? true))
  await db.query(`set local statement_timeout = ${stepMsMax}`)
  for (const [name, text] of todo) {
    const step: QueryConfig & { query_timeout: number } = { text, query_timeout: stepMsMax }
    await db.query(step)
    await exec(db, { text: `insert into ${table} (name) values ($1)`, values: [name] })
  }
  return todo.length
}

/** An index of many rows takes its time, and nobody is answered before it is there. */
const stepMsMax = 86_400_000

/** Each file's text in order, by its name and digest. */
async function read(folder: string): Promise<Map<string, string>> {
  const files = (await readdir(folder)).filter((name) => /^\d{4}.*\.sql$/.test(name)).sort()
  const texts = await Promise.all(files.map(async (file) => readFile(join(folder, file), 'utf8')))
  return new Map(
    texts.map((text, i) => {
      const digest = createHash('sha256').update(text).digest('hex').slice(0, 12)
      return [`${files[i]} ${digest}`, text]
    }),
  )
}
