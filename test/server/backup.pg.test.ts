// A backup and the way back, on real databases: equal row for row, under writes, and nothing at all
// where a file is damaged or somebody's data are in the way.
import { mkdir, readdir, readFile, rm, stat, truncate } from 'node:fs/promises'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPool, type Pool } from '../../src/postgres/pool.ts'
import { one, sql, tx } from '../../src/postgres/query.ts'
import { takeBackup } from '../../src/server/backup/dump.ts'
import { rehearse, restoreInto } from '../../src/server/backup/restore.ts'
import {
  type Backup,
  kept,
  listBackups,
  nameOf,
  prune,
  shelve,
} from '../../src/server/backup/shelf.ts'
import {
  listMigrations,
  listTables,
  makeAnew,
  migrateAll,
  sumOf,
} from '../../src/server/store/backup.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import { catalogOf, fillTables } from '../support/schema-rows.ts'
import { underWrites } from '../support/under-writes.ts'

const cleanup = new AsyncDisposableStack()
const shelf = mkdtempSync(join(tmpdir(), 'tartan backups '))
let source: TestDatabase
let pool: Pool
let backup: Backup

beforeAll(async () => {
  source = cleanup.use(await testDatabase())
  pool = createPool(source.url, { name: 'test', connectionsMax: 4 })
  cleanup.defer(() => pool.end())
  cleanup.defer(() => rm(shelf, { recursive: true }))
  await migrateAll(pool)
  await pool.query(`
    insert into plaid.item (item_id, client_user_id, access_token, status)
      select 'item ' || n, 'me', 'v1.sealed.' || n, 'healthy' from generate_series(1, 50) n;
    insert into plaid.transaction
        (transaction_id, item_id, account_id, updated_at, created_at, body)
      select n::text, 'item 1', 'a', clock_timestamp(), now(),
             '"name":' || to_json(E'tab\\t, back\\\\slash, new\\nline, \\\\N, 中' || n)::text || '}'
      from generate_series(1, 5000) n`)
  backup = await underWrites(writePair, () =>
    takeBackup(source.url, { shelf, sealingKeyId: 'abcd' }),
  )
})

afterAll(() => cleanup.disposeAsync())

let pairs = 0

/** Pairs of rows that come together: an instant has both or neither. */
function writePair(): Promise<unknown> {
  const n = pairs++
  return pool.query(`
    insert into plaid.item (item_id, client_user_id, access_token, status)
    select side || ' ${n}', 'me', 'v1.sealed.x', 'healthy'
    from unnest('{left,right}'::text[]) side`)
}

async function restored(of = backup): Promise<{ pool: Pool } & AsyncDisposable> {
  const database = await testDatabase()
  await restoreInto(database.url, of)
  const there = createPool(database.url, { name: 'test', connectionsMax: 1 })
  return {
    pool: there,
    [Symbol.asyncDispose]: async () => {
      await there.end()
      await database[Symbol.asyncDispose]()
    },
  }
}

describe('a backup', () => {
  test('comes back equal in every table, as one instant of the writes beside it', async () => {
    await using there = await restored()
    for (const table of backup.manifest.tables) {
      if (table.name === '"plaid"."feed_clock"') continue
      expect([table.name, await sumOf(there.pool, table)]).toEqual([
        table.name,
        { rows: table.rows, checksum: table.checksum },
      ])
    }
    expect(backup.manifest.tables.map(({ name }) => name).toSorted()).toEqual(
      (await listTables(pool)).map(({ name }) => name).toSorted(),
    )
    const { left, right } = await one<{ left: string; right: string }>(
      there.pool,
      sql`select count(*) filter (where item_id like 'left%') as left,
                 count(*) filter (where item_id like 'right%') as right from plaid.item`,
    )
    expect(left).toBe(right)
  })

  test('is another store’s feed from then on (L2, L4)', async () => {
    await using there = await restored()
    const epoch = (of: Pool) => one<{ epoch: string }>(of, sql`select epoch from plaid.feed_clock`)
    expect(await epoch(there.pool)).not.toEqual(await epoch(pool))
  })

  test('is its owner’s alone, and has nothing of the key (L5)', async () => {
    for (const name of await readdir(backup.folder)) {
      expect((await stat(join(backup.folder, name))).mode & 0o077).toBe(0)
    }
    expect((await stat(backup.folder)).mode & 0o077).toBe(0)
  })

  test('is rehearsed in a database of its own, of which nothing stays', async () => {
    const names = async () =>
      (await pool.query<{ datname: string }>('select datname from pg_database')).rows
        .map(({ datname }) => datname)
        .filter((name) => name.startsWith('tartan_rehearsal'))
    await rehearse(source.url, backup)
    expect(await names()).toEqual([])
  })

  test('keeps no process waiting, nor does its way back', async () => {
    await rehearse(source.url, backup)
    const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    await rehearse(source.url, backup)
    const after = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    expect(after - timers).toBeLessThan(backup.manifest.tables.length)
  })

  test('that cannot be finished leaves nothing that looks like one', async () => {
    const before = await listBackups(shelf)
    const making = shelve(shelf, '2026-01-01T00-00-00-000Z', () => Promise.reject(new Error('no')))
    await expect(making).rejects.toThrow('no')
    expect(await listBackups(shelf)).toEqual(before)
    expect(await readdir(shelf)).toEqual(before.map(({ name }) => name))
  })
})

const schemas = ['audit', 'plaid', 'engine', 'web', 'alert']
const catalogs = async (of: Pool) =>
  Promise.all(schemas.map(async (schema) => [schema, await catalogOf(of, schema)]))

test.each([
  ['the first', (name: string) => /(?:plaid|engine|web): 0001/.test(name)],
  ['one before streams had a table', (name: string) => !/plaid: 00(?:1|0[5-9])/.test(name)],
  ['the one before', (name: string) => !/plaid: 0015|engine: 0008/.test(name)],
])('of an earlier version, %s, it comes back as what that becomes here', async (_, had) => {
  await using before = await testDatabase()
  const earlier = before.pool()
  const migrations = (await listMigrations(pool)).filter(had)
  await tx(earlier, (db) => makeAnew(db, migrations))
  for (const schema of schemas) await fillTables(earlier, schema)
  const taken = await takeBackup(before.url, { shelf, sealingKeyId: 'abcd' })
  expect(taken.manifest.migrations).toEqual(migrations)
  await using there = await restored(taken)
  await migrateAll(earlier)
  expect(await catalogs(there.pool)).toEqual(await catalogs(pool))
  for (const { name, columns } of await listTables(earlier)) {
    const had = taken.manifest.tables.find((table) => table.name === name)?.columns ?? []
    // The clock goes on, and it stamps what a migration brings into the feed.
    const moves = ['"plaid"."feed_clock"', '"plaid"."stream_row"'].includes(name)
    const table = { name, columns: columns.filter((one) => had.includes(one) && !moves) }
    expect([name, await sumOf(there.pool, table)]).toEqual([name, await sumOf(earlier, table)])
  }
  await rm(taken.folder, { recursive: true })
})

describe('nothing is changed', () => {
  const count = async (of: Pool) =>
    (await one<{ n: string }>(of, sql`select count(*) n from plaid.item`)).n

  test('where a file is damaged', async () => {
    const other = await underWrites(writePair, () =>
      takeBackup(source.url, { shelf, sealingKeyId: 'abcd' }),
    )
    const [table] = other.manifest.tables.filter(({ bytes }) => bytes > 100)
    await truncate(join(other.folder, table!.file), table!.bytes - 1)
    await using empty = await testDatabase()
    await expect(restoreInto(empty.url, other)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    await rm(other.folder, { recursive: true })
  })

  test('where the rows are others than those that were counted', async () => {
    const [first, ...rest] = backup.manifest.tables
    const manifest = { ...backup.manifest, tables: [{ ...first!, checksum: '1' }, ...rest] }
    await using empty = await testDatabase()
    await expect(restoreInto(empty.url, { ...backup, manifest })).rejects.toMatchObject({
      code: 'RESTORE_DIFFERS',
    })
    const there = createPool(empty.url, { name: 'test', connectionsMax: 1 })
    expect(await count(there)).toBe('0')
    await there.end()
  })

  test('where somebody’s data are there', async () => {
    const before = await count(pool)
    await expect(restoreInto(source.url, backup)).rejects.toMatchObject({
      code: 'DATABASE_NOT_EMPTY',
    })
    expect(await count(pool)).toBe(before)
  })

  test('where it is of a later version', async () => {
    const migrations = [...backup.manifest.migrations, 'plaid: 9999-later.sql']
    const later = { ...backup, manifest: { ...backup.manifest, migrations } }
    await using empty = await testDatabase()
    await expect(restoreInto(empty.url, later)).rejects.toMatchObject({
      code: 'BACKUP_OF_ANOTHER_VERSION',
    })
  })
})

describe('what is kept', () => {
  const day = (n: number) => new Date(Date.UTC(2026, 0, 1 + n, 3, 30)).toISOString()
  const name = (n: number) => day(n).replaceAll(/[:.]/g, '-')

  test('of a year of nights: seven days, four weeks, twelve months', () => {
    const names = Array.from({ length: 365 }, (_, n) => name(n))
    const stays = kept(names)
    for (let n = 358; n < 365; n++) expect(stays).toContain(name(n))
    expect(stays.size).toBeLessThanOrEqual(7 + 4 + 12)
    expect(new Set([...stays].map((one) => one.slice(0, 7))).size).toBe(12)
  })

  test('of one day the last three, and nothing is taken that is no backup', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tartan kept '))
    for (let hour = 10; hour < 16; hour++) {
      await shelve(folder, `2026-01-01T${hour}-00-00-000Z`, async () => {}).catch(() => {})
    }
    await shelve(folder, 'mine', async () => {}).catch(() => {})
    const gone = await prune(folder, Date.now())
    expect(gone.toSorted()).toEqual([10, 11, 12].map((hour) => `2026-01-01T${hour}-00-00-000Z`))
    expect(await readdir(folder)).toContain('mine')
    await rm(folder, { recursive: true })
  })

  test('of two days the physical ones, of many the first and the last', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tartan kept '))
    const noon = (days: number) => Date.UTC(2026, 0, days, 12)
    const names = Array.from({ length: 13 }, (_, n) =>
      nameOf(new Date(noon(5) + n * 60_000), 'physical'),
    )
    for (const one of names) await mkdir(join(folder, one))
    expect((await prune(folder, noon(6))).toSorted()).toEqual(names.slice(8, 10))
    expect((await prune(folder, noon(8))).toSorted()).toEqual(names.slice(0, 8))
    await rm(folder, { recursive: true })
  })

  test('a manifest says what is in it', async () => {
    const text = await readFile(join(backup.folder, 'manifest.json'), 'utf8')
    expect(JSON.parse(text)).toEqual(backup.manifest)
  })
})
