// Data outlive versions: from each earlier schema of each room, with rows in every table that it
// had, the newest one is reached with those rows in it, and it is the schema that a new
// installation has.
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { listAudit, migrateAudit } from '../../src/postgres/audit.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { many, sql } from '../../src/postgres/query.ts'
import { testDatabase } from '../support/database.ts'
import { catalogOf, fillTables, type Held, heldRows } from '../support/schema-rows.ts'

/** What a later schema has no more: what became of it is looked at in its own way. */
const gone = new Set(['plaid.item_tally', 'web.audit'])

/** The clock goes on where rows are brought into the feed, and notes by which server. */
const moving: Record<string, string[]> = { 'plaid.feed_clock': ['at', 'opened', 'store'] }

test.each([
  ['plaid', 'plaid-api'],
  ['engine', 'engine'],
  ['web', 'web-server'],
])(
  'every earlier schema %s becomes the newest, with what was in it',
  async (schema, room) => {
    const all = resolve('src', room, 'migrations')
    const files = (await readdir(all)).sort()
    const folder = await mkdtemp(join(tmpdir(), 'migrations '))
    try {
      const fresh = await freshCatalog(schema, all)
      expect(fresh.length).toBeGreaterThan(10)
      for (const [i, last] of files.entries()) {
        await copyFile(join(all, last), join(folder, last))
        await using db = await testDatabase()
        const pool = db.pool()
        await migrateAudit(pool) // the web server's goes there
        const held = await grown(pool, schema, folder, files.slice(0, i + 1))
        expect(await migrate(pool, { name: schema, folder: all })).toBe(files.length - i - 1)
        expect(await catalogOf(pool, schema), `from ${last}`).toEqual(fresh)
        expectAllOf(held, await heldRows(pool, schema), last)
        if (held.has('web.audit')) expect(await listAudit(pool, null, 9)).toHaveLength(2)
        if (schema === 'plaid') expect(await miscounts(pool), `from ${last}`).toEqual([])
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  },
  300_000,
)

async function freshCatalog(schema: string, folder: string): Promise<string[]> {
  await using db = await testDatabase()
  const pool = db.pool()
  await migrateAudit(pool)
  await migrate(pool, { name: schema, folder })
  return await catalogOf(pool, schema)
}

/** Step by step, with rows written at each: as an installation that took every version. */
async function grown(pool: Pool, schema: string, folder: string, files: string[]): Promise<Held> {
  const steps = await mkdtemp(join(tmpdir(), 'migrations '))
  try {
    for (const file of files) {
      await copyFile(join(folder, file), join(steps, file))
      expect(await migrate(pool, { name: schema, folder: steps })).toBe(1)
      await fillTables(pool, schema)
    }
  } finally {
    await rm(steps, { recursive: true })
  }
  return heldRows(pool, schema)
}

function expectAllOf(before: Held, after: Held, from: string): void {
  for (const [table, rows] of before) {
    expect(rows.length, `${table} has a row in ${from}`).toBeGreaterThan(0)
    if (gone.has(table) && !after.has(table)) continue
    const there = after.get(table) ?? []
    const kept = rows.map((row) => pick(row, there[0] ?? {}, moving[table]))
    expect(there, `${table} from ${from}`).toEqual(
      expect.arrayContaining(kept.map((row) => expect.objectContaining(row) as object)),
    )
  }
}

/** The columns that are still there, but for `others`. */
function pick(
  row: Record<string, unknown>,
  like: Record<string, unknown>,
  others: readonly string[] = [],
) {
  const stays = (name: string) => name in like && !others.includes(name)
  return Object.fromEntries(Object.entries(row).filter(([name]) => stays(name)))
}

/** Where a count that is kept is not what counting gives. */
function miscounts(pool: Pool): Promise<object[]> {
  return many(
    pool,
    sql`select living, tombstones from plaid.feed_clock
        where (living, tombstones) is distinct from (
          select (count(*) filter (where deleted_at is null),
                  count(*) filter (where deleted_at is not null)) from plaid.transaction)`,
  )
}
