// The master key: from where it may come, and its rotation, which may be killed at any moment and
// is taken by what runs meanwhile.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migrateEngine } from '../../src/engine/store/schema.ts'
import { migrateStore } from '../../src/plaid-api/store/schema.ts'
import { migrateAlerts } from '../../src/server/store/alert.ts'
import { migrateWeb } from '../../src/web-server/store/schema.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { exec, many, sql } from '../../src/postgres/query.ts'
import { takeBackup } from '../../src/server/backup/dump.ts'
import {
  addMasterKey,
  dropMasterKey,
  readMasterKey,
  readMasterKeyText,
} from '../../src/server/master-key.ts'
import { reseal, sealedByKey, sealedColumns } from '../../src/server/reseal.ts'
import { settingsOf } from '../../src/server/settings.ts'
import type { TartanError } from '../../src/std/errors.ts'
import { newSealingKeyText, seal, sealingKey, Secret, unseal } from '../../src/std/secrets.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'

let dataFolder: string

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'tartan key '))
  await mkdir(join(dataFolder, 'secrets'))
  await writeFile(join(dataFolder, 'secrets', 'master.key'), newSealingKeyText())
})

afterEach(() => rm(dataFolder, { recursive: true }))

describe('a key', () => {
  test('opens what those before it have sealed, and seals by itself', () => {
    const [older, newer] = [newSealingKeyText(), newSealingKeyText()]
    const before = seal(sealingKey(older), 'a', new Secret('clear'))
    const both = sealingKey(`${newer}\n${older}\n`)
    expect(unseal(both, 'a', before).reveal()).toBe('clear')
    expect(unseal(sealingKey(newer), 'a', seal(both, 'a', new Secret('x'))).reveal()).toBe('x')
    expect(() => unseal(sealingKey(newer), 'a', before)).toThrow(/restore the right key/)
  })

  test('of a file is the newest, whoever has read it before', async () => {
    const held = await readMasterKey({ dataFolder })
    const before = seal(held, 'a', new Secret('clear'))
    const id = await addMasterKey({ dataFolder })
    expect(held.id).toBe(id)
    expect(seal(held, 'a', new Secret('x'))).toContain(`v1.${id}.`)
    expect(unseal(held, 'a', before).reveal()).toBe('clear')
    await dropMasterKey({ dataFolder }, held.ids[1]!)
    expect((await readMasterKey({ dataFolder })).ids).toEqual([id])
    // one that is gone ends nothing that runs
    await rm(join(dataFolder, 'secrets'), { recursive: true })
    expect(held.id).toBe(id)
  })
})

describe('its source', () => {
  const text = newSealingKeyText()
  const from = (given: Record<string, string>) =>
    readMasterKey(settingsOf({ TARTAN_DATA_DIR: dataFolder, ...given }, new Set()))

  test('is a file, a variable of services that run elsewhere, or a command', async () => {
    const path = join(dataFolder, 'elsewhere.key')
    await writeFile(path, `${text}\n`)
    const { id } = sealingKey(text)
    const elsewhere = { TARTAN_MASTER_KEY: text, TARTAN_SERVICES: 'elsewhere' }
    for (const given of [
      { TARTAN_MASTER_KEY_PATH: path },
      { TARTAN_MASTER_KEY_COMMAND: `cat '${path}'` },
      elsewhere,
    ]) {
      expect((await from(given)).id).toBe(id)
    }
    const named = settingsOf({ TARTAN_MASTER_KEY_PATH: path }, new Set())
    expect(await readMasterKeyText(named)).toBe(text)
  })

  test.each([
    [{ TARTAN_MASTER_KEY: text }, /TARTAN_SERVICES=elsewhere/],
    [{ TARTAN_MASTER_KEY_PATH: '/nowhere' }, /is missing/],
    [{ TARTAN_MASTER_KEY_PATH: 'a', TARTAN_MASTER_KEY_COMMAND: 'b' }, /given twice/],
    [{ TARTAN_MASTER_KEY_COMMAND: 'echo not-a-key-canary' }, /32 bytes in base64/],
    [{ TARTAN_MASTER_KEY_COMMAND: 'echo canary; exit 7' }, /COMMAND failed \(7\)/],
  ])('%j is refused', async (given, why) => {
    const { kind, message } = await from(given).then(
      () => ({ kind: 'none', message: '' }),
      (error: unknown) => error as TartanError,
    )
    expect(kind).toBe('config')
    expect(message).toMatch(why)
    expect(message).not.toContain('canary')
  })

  test('that is a command is rotated where it keeps its keys', async () => {
    const given = settingsOf({ TARTAN_MASTER_KEY_COMMAND: 'true' }, new Set())
    await expect(addMasterKey(given)).rejects.toThrow(/put a new one’s line before it/)
  })
})

describe('a rotation', { timeout: 180_000 }, () => {
  let db: TestDatabase
  let pool: Pool
  const itemsMax = 600

  beforeEach(async () => {
    db = await testDatabase()
    pool = db.pool()
    await migrateStore(pool)
    await migrateEngine(pool)
    await migrateWeb(pool)
    await migrateAlerts(pool)
    const key = await readMasterKey({ dataFolder })
    const ids = Array.from({ length: itemsMax }, (_, i) => `item ${i}`)
    const tokens = ids.map((id) => seal(key, id, new Secret(`token of ${id}`)))
    await exec(
      pool,
      sql`insert into plaid.item (item_id, client_user_id, access_token, status)
          select id, 'me', token, 'healthy'
          from unnest(${ids}::text[], ${tokens}::text[]) item(id, token)`,
    )
    await exec(
      pool,
      sql`insert into plaid.item (item_id, client_user_id, access_token, status)
          values ('ended', 'me', '', 'removed')`,
    )
  })

  afterEach(() => db[Symbol.asyncDispose]())

  async function requireOpening(): Promise<void> {
    const key = await readMasterKey({ dataFolder })
    const rows = await many<{ item_id: string; access_token: string }>(
      pool,
      sql`select item_id, access_token from plaid.item where access_token <> ''`,
    )
    expect(rows).toHaveLength(itemsMax)
    for (const { item_id: id, access_token: sealed } of rows) {
      expect(unseal(key, id, sealed).reveal()).toBe(`token of ${id}`)
    }
  }

  /** Kills the process once it has sealed so many anew; undefined: never. */
  async function rotate(killAt?: number): Promise<void> {
    const program = resolve(import.meta.dirname, '../support/reseal.ts')
    const args = ['--disable-warning=ExperimentalWarning', program, dataFolder, db.url.reveal()]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'close')
    for await (const line of createInterface(child.stdout)) {
      if (Number(line) === killAt) child.kill('SIGKILL')
    }
    const [code] = (await ended) as [number | null]
    expect(code).toBe(killAt === undefined ? 0 : null)
  }

  test('killed at any moment loses nothing, and is ended by the next', async () => {
    for (const killAt of [1, 200]) {
      await rotate(killAt)
      await requireOpening()
    }
    expect((await sealedByKey(pool)).size).toBeGreaterThan(1)
    await rotate()
    await requireOpening()
    const { id, ids } = await readMasterKey({ dataFolder })
    expect([ids.length, await sealedByKey(pool)]).toEqual([4, new Map([[id, itemsMax]])])
    expect(await reseal(pool, await readMasterKey({ dataFolder }))).toBe(0)
  })

  test('goes past what no key here opens, and says so', async () => {
    const foreign = seal(sealingKey(newSealingKeyText()), 'item 7', new Secret('x'))
    await exec(pool, sql`update plaid.item set access_token = ${foreign} where item_id = 'item 7'`)
    const id = await addMasterKey({ dataFolder })
    const resealing = reseal(pool, await readMasterKey({ dataFolder }))
    await expect(resealing).rejects.toMatchObject({ code: 'MASTER_KEY_WRONG' })
    expect((await sealedByKey(pool)).get(id)).toBe(itemsMax - 1)
  })

  test('that is under way is told by a backup: which keys open it', async () => {
    await rotate(100)
    const { ids } = await readMasterKey({ dataFolder })
    const shelf = join(dataFolder, 'backups')
    const { manifest } = await takeBackup(db.url, { shelf, sealingKeyId: ids[0]! })
    expect(manifest.sealingKeyIds?.toSorted()).toEqual([...ids].toSorted())
    const text = await readFile(join(dataFolder, 'secrets', 'master.key'), 'utf8')
    expect(text.trim().split('\n')).toHaveLength(2)
  })

  test('knows every column that is sealed', async () => {
    const there = await many<{ name: string }>(
      pool,
      sql`select table_schema || '.' || table_name || '.' || column_name as name
          from information_schema.columns
          where table_schema in ('plaid', 'engine', 'web')
            and column_name ~ '(token|configuration|secret|sealed)$'
            and column_name not like '%hash%' order by 1`,
    )
    const known = sealedColumns.map(({ schema, table, column }) => `${schema}.${table}.${column}`)
    expect(there.map(({ name }) => name)).toEqual(known.toSorted())
  })
})
