// A backup that is encrypted to somebody is read by nobody else, comes back with their key, and
// changes nothing without it; a file of it is age's own, for age's own program.
import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrateEngine } from '../../src/engine/store/schema.ts'
import { migrateStore } from '../../src/plaid-api/store/schema.ts'
import { createPool } from '../../src/postgres/pool.ts'
import { one, sql } from '../../src/postgres/query.ts'
import { recipientsOf } from '../../src/server/backup/age.ts'
import { takeBackup } from '../../src/server/backup/dump.ts'
import { rehearse, restoreInto } from '../../src/server/backup/restore.ts'
import { type Backup, readBackup } from '../../src/server/backup/shelf.ts'
import { migrateAlerts } from '../../src/server/store/alert.ts'
import { Secret } from '../../src/std/secrets.ts'
import { migrateWeb } from '../../src/web-server/store/schema.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'

const cleanup = new AsyncDisposableStack()
const shelf = mkdtempSync(join(tmpdir(), 'tartan age '))
let source: TestDatabase
let backup: Backup
let key: Secret

beforeAll(async () => {
  source = cleanup.use(await testDatabase())
  const pool = createPool(source.url, { name: 'test', connectionsMax: 1 })
  cleanup.defer(() => pool.end())
  cleanup.defer(() => rm(shelf, { recursive: true }))
  for (const migrate of [migrateStore, migrateEngine, migrateWeb, migrateAlerts]) {
    await migrate(pool)
  }
  await pool.query(`
    insert into plaid.item (item_id, client_user_id, access_token, status)
    select 'item ' || n, 'me', 'v1.sealed.' || n, 'healthy' from generate_series(1, 5000) n`)
  const identity = await generateIdentity()
  key = new Secret(`# created: today\n# public key: …\n${identity}\n`)
  const recipients = [await identityToRecipient(identity), await stranger()]
  backup = await takeBackup(source.url, { shelf, sealingKeyId: 'abcd', recipients })
})

afterAll(() => cleanup.disposeAsync())

async function stranger(): Promise<string> {
  return identityToRecipient(await generateIdentity())
}

test('it comes back with the key of one of its recipients', async () => {
  await using database = await testDatabase()
  await restoreInto(database.url, await readBackup(backup.folder), key)
  const there = createPool(database.url, { name: 'test', connectionsMax: 1 })
  expect(await one(there, sql`select count(*)::int as n from plaid.item`)).toEqual({ n: 5_000 })
  await there.end()
  await rehearse(source.url, backup, key)
})

test('without it, or with another one, nothing is changed', async () => {
  await using database = await testDatabase()
  const other = new Secret(`${await generateIdentity()}\n`)
  const refused = (identities?: Secret) => restoreInto(database.url, backup, identities)
  await expect(refused()).rejects.toMatchObject({ code: 'BACKUP_ENCRYPTED' })
  await expect(refused(other)).rejects.toMatchObject({ code: 'BACKUP_NOT_OPENED' })
  await expect(refused(new Secret('AGE-SECRET-KEY-1NO'))).rejects.toSatisfy(
    (error: Error & { code: string }) =>
      error.code === 'IDENTITY_WRONG' && !error.message.includes('1NO'),
  )
  const there = createPool(database.url, { name: 'test', connectionsMax: 1 })
  const schemas = sql`select count(*)::int as n from pg_namespace where nspname = 'plaid'`
  expect(await one(there, schemas)).toEqual({ n: 0 })
  await there.end()
})

test('no row of it lies in its files, which age opens', async () => {
  const items = backup.manifest.tables.find(({ name }) => /\bitem"?$/.test(name))
  const path = join(backup.folder, items?.file ?? '')
  const bytes = await readFile(path)
  expect(bytes.toString('latin1')).toMatch(/^age-encryption\.org\/v1\n/)
  expect(() => zstdDecompressSync(bytes)).toThrow()
  const keyFile = join(shelf, 'key.txt')
  await writeFile(keyFile, key.reveal(), { mode: 0o600 })
  const opened = await new Promise<Buffer | undefined>((resolve) => {
    const options = { encoding: 'buffer', maxBuffer: 2 ** 26 } as const
    execFile('age', ['-d', '-i', keyFile, path], options, (error, out) =>
      resolve(error ? undefined : out),
    )
  })
  await rm(keyFile)
  if (opened === undefined && process.env['CI'] !== 'true') {
    process.stderr.write('SKIPPED: age itself is not here\n')
    return
  }
  expect(zstdDecompressSync(opened ?? Buffer.alloc(0)).toString()).toContain('v1.sealed.4999')
})

test('what is no recipient is refused as the option is read', () => {
  expect(recipientsOf('')).toEqual([])
  for (const wrong of [
    'AGE-SECRET-KEY-1QQ',
    'age1',
    'me@example.com',
    'age1b234567890123456789012',
  ]) {
    expect(() => recipientsOf(wrong)).toThrow(/is no recipient of age/)
  }
})
