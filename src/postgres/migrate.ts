// Forward-only migrations from numbered .sql files, one schema per room. Any number of processes
// may start at once: an advisory lock lets one of them migrate, the others find nothing left to
// do.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../std/errors.ts'
import { quoteIdent } from './identifier.ts'
import type { Pool } from './pool.ts'
import { exec, many, sql, tx } from './query.ts'

/**
 * Brings `schema` up to the newest file of `folder`; refuses a schema that is newer than the
 * code.
 */
export async function migrate(pool: Pool, schema: string, folder: string): Promise<number> {
  const files = (await readdir(folder)).filter((name) => /^\d{4}.*\.sql$/.test(name)).sort()
  return tx(pool, async (db) => {
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
    const unknown = [...done].find((name) => !files.includes(name))
    if (unknown !== undefined) {
      throw new ConfigError(
        'SCHEMA_NEWER_THAN_CODE',
        `schema ${schema} has the migration ${unknown}, unknown here; run the newer version`,
      )
    }
    const todo = files.filter((name) => !done.has(name))
    for (const name of todo) {
      await db.query(await readFile(join(folder, name), 'utf8'))
      await exec(db, { text: `insert into ${table} (name) values ($1)`, values: [name] })
    }
    return todo.length
  })
}
