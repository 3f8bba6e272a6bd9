// The embedded server backed up by its files, encrypted, with its WAL beside, and brought back: to
// its own instant, to another one between two changes, to the last; and nothing where that cannot
// be.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { cp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrateEngine } from '../../src/engine/store/schema.ts'
import { migrateStore } from '../../src/plaid-api/store/schema.ts'
import { restoringName, superuser } from '../../src/postgres/embedded.ts'
import { createPool, type Pool } from '../../src/postgres/pool.ts'
import { one, sql } from '../../src/postgres/query.ts'
import { instantOf, requireAfter } from '../../src/server/backup/instant.ts'
import { takePhysical } from '../../src/server/backup/physical.ts'
import { recoverInto, rehearsePhysical } from '../../src/server/backup/recover.ts'
import { requireSound } from '../../src/server/backup/restore.ts'
import type { Backup, Base } from '../../src/server/backup/shelf.ts'
import {
  oldestWaitingMs,
  pruneWal,
  segmentNumber,
  segmentOf,
  systemOf,
  takeWal,
  walNames,
  walShelf,
} from '../../src/server/backup/wal.ts'
import { archivingOf, embeddedServer } from '../../src/server/embedded.ts'
import { embeddedUrl, makeKeys, readKey } from '../../src/server/keys.ts'
import { readMasterKey } from '../../src/server/master-key.ts'
import { provision } from '../../src/server/provision.ts'
import { readSettings, type Settings } from '../../src/server/settings.ts'
import { migrateAlerts } from '../../src/server/store/alert.ts'
import { Secret } from '../../src/std/secrets.ts'
import { migrateWeb } from '../../src/web-server/store/schema.ts'
import { patiently } from '../support/patiently.ts'
import { freePort } from '../support/postgres.ts'
import { underWrites } from '../support/under-writes.ts'

const cleanup = new AsyncDisposableStack()
const folder = mkdtempSync(join(tmpdir(), 'tartan physical '))
const shelf = join(folder, 'shelf')
const small = { shared_buffers: '32MB', wal_buffers: '4MB' }
let identities: Secret
let recipients: string[]
let lost: Machine
let backup: Backup
let base: Base
let between: string
let wal: string

class Machine implements AsyncDisposable {
  readonly settings: Settings
  readonly pool: Pool
  readonly #stop: () => Promise<void>

  constructor(settings: Settings, pool: Pool, stop: () => Promise<void>) {
    this.settings = settings
    this.pool = pool
    this.#stop = stop
  }

  static async place(name: string): Promise<Settings> {
    const given = {
      TARTAN_ENV_FILE: '/dev/null',
      TARTAN_DATA_DIR: join(folder, name),
      TARTAN_DATABASE_PORT: String(await freePort()),
      TARTAN_BACKUP_DIR: shelf,
      TARTAN_BACKUP_WAL_MINUTES: '60',
    }
    const settings = await readSettings({}, given)
    await makeKeys(settings.dataFolder, settings)
    return settings
  }

  static async start(settings: Settings): Promise<Machine> {
    const server = await embeddedServer(settings)
    await server.initialise(await readKey(settings.dataFolder, 'postgres.password'))
    const more = { ...small, ...(await archivingOf(settings, server)) }
    const { command, args, ...as } = server.command(settings.options.databasePort, more)
    const child = spawn(command, args, { ...as, stdio: 'ignore' })
    await patiently(() => provision(settings), 60_000)
    const url = await embeddedUrl(settings, superuser, 'tartan')
    const pool = createPool(url, { name: 'test', connectionsMax: 4 })
    return new Machine(settings, pool, async () => {
      await pool.end()
      child.kill('SIGINT')
      if (child.exitCode === null) await once(child, 'exit')
    })
  }

  /** As it is found after a restore, in which nothing is written any more. */
  async rows(): Promise<string[]> {
    const { rows } = await this.pool.query<{ item_id: string }>(
      `select item_id from plaid.item where item_id not like 'pair%' order by 1`,
    )
    return rows.map((row) => row.item_id)
  }

  async write(...names: string[]): Promise<void> {
    await this.pool.query(
      `insert into plaid.item (item_id, client_user_id, access_token, status)
       select name, 'me', $2, 'healthy' from unnest($1::text[]) name`,
      [names, `v1.${(await readMasterKey(this.settings)).id}.sealed`],
    )
  }

  async now(): Promise<string> {
    const at = sql`select to_json(clock_timestamp()) #>> '{}' as at`
    return (await one<{ at: string }>(this.pool, at)).at
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop()
  }
}

beforeAll(async () => {
  const identity = await generateX25519Identity()
  identities = new Secret(identity)
  recipients = [await identityToRecipient(identity)]
  cleanup.defer(() => rm(folder, { recursive: true }))
  lost = cleanup.use(await Machine.start(await Machine.place('lost')))
  for (const migrate of [migrateStore, migrateEngine, migrateWeb, migrateAlerts]) {
    await migrate(lost.pool)
  }
  await lost.write('before')
  const { id } = await readMasterKey(lost.settings)
  backup = await underWrites(writePair, () =>
    takePhysical(lost.settings, { shelf, sealingKeyId: id, recipients }),
  )
  base = backup.manifest.base!
  await lost.write('between')
  between = instantOf(await lost.now())
  await lost.write('after')
  await lost.pool.query('select pg_switch_wal()')
  wal = walShelf(shelf, await systemOf(lost.settings))
  await patiently(async () => {
    await takeAll()
    const { rows } = await lost.pool.query<{ name: string }>(
      'select last_archived_wal as name from pg_stat_archiver',
    )
    expect(segmentNumber(rows[0]!.name)).toBeGreaterThan(segmentOf(base.wal.lsn))
    expect(await oldestWaitingMs(await embeddedServer(lost.settings))).toBeUndefined()
  }, 60_000)
}, 120_000)

afterAll(() => cleanup.disposeAsync())

async function takeAll(): Promise<void> {
  await takeWal(await embeddedServer(lost.settings), shelf, recipients)
}

let pairs = 0

function writePair(): Promise<void> {
  const n = pairs++
  return lost.write(`pair left ${n}`, `pair right ${n}`)
}

let places = 0

/** On an empty machine that has the key; gives what is found there. */
async function restored(until: string | undefined, place = Machine.place(`found ${places++}`)) {
  const settings = await place
  const key = await readMasterKey(lost.settings)
  await recoverInto(settings, backup, { base, until, identities }, key)
  await using found = await Machine.start(settings)
  const sides = await one<{ left: string; right: string }>(
    found.pool,
    sql`select count(*) filter (where item_id like 'pair left%') as left,
               count(*) filter (where item_id like 'pair right%') as right from plaid.item`,
  )
  expect(sides.left).toBe(sides.right)
  const epoch = sql`select epoch from plaid.feed_clock`
  expect(await one(found.pool, epoch)).not.toEqual(await one(lost.pool, epoch))
  return { rows: await found.rows(), pairs: Number(sides.left) }
}

describe('a physical backup', () => {
  test('comes back as of the instant that is asked for, to the change', async () => {
    expect(await restored(between)).toEqual({ rows: ['before', 'between'], pairs })
  }, 60_000)

  test('comes back as of its own, and as of the last', async () => {
    const { rows, pairs: some } = await restored(undefined)
    expect(rows).toEqual(['before'])
    expect(some).toBeLessThanOrEqual(pairs)
    expect(some).toBeGreaterThan(0)
    expect(await restored('latest')).toEqual({ rows: ['after', 'before', 'between'], pairs })
  }, 120_000)

  test('is looked at beside the server that runs, and nothing of that stays', async () => {
    await rehearsePhysical(lost.settings, backup, { base, until: 'latest', identities })
    const { dataFolder } = await embeddedServer(lost.settings)
    expect(await readdir(join(dataFolder, '..'))).not.toContain('data.rehearsal')
  }, 60_000)

  test('and its WAL have nothing that can be read without the key', async () => {
    for (const path of [join(backup.folder, base.file), ...(await walPaths())]) {
      expect((await readFile(path)).subarray(0, 21).toString()).toBe('age-encryption.org/v1')
    }
  })
})

async function walPaths(): Promise<string[]> {
  return (await walNames(wal)).map((name) => join(wal, name))
}

describe('nothing is restored, and why is said', () => {
  const refused = async (until: string | undefined, of = backup) => {
    const settings = await Machine.place(`refused ${places++}`)
    const key = await readMasterKey(lost.settings)
    const error: unknown = await recoverInto(settings, of, { base, until, identities }, key).then(
      () => undefined,
      (cause: unknown) => cause,
    )
    const { dataFolder } = await embeddedServer(settings)
    expect(await readdir(join(dataFolder, '..'))).not.toContain('data')
    expect(await readdir(join(dataFolder, '..'))).not.toContain(restoringName)
    return error
  }

  test('of an instant before it or past the end, with what is possible', async () => {
    const before = new Date(Date.parse(backup.manifest.takenAt) - 60_000).toISOString()
    expect(() => requireAfter(backup, before)).toThrow(`from ${backup.manifest.takenAt}`)
    const past = instantOf(new Date(Date.parse(await lost.now()) + 60_000).toISOString())
    expect(await refused(past)).toMatchObject({
      code: 'INSTANT_NOT_REACHED',
      message: expect.stringMatching(/from 20\S+ to 20\d\d-\d\d-\d\dT[\d:.]+\+00:00;.* latest/),
    })
  }, 60_000)

  test('where a file is damaged, of the backup or of the WAL', async () => {
    const last = (await walPaths()).at(-1) ?? ''
    const whole = await readFile(last)
    await truncate(last, whole.length - 1)
    expect(await refused('latest')).toMatchObject({ code: 'WAL_DAMAGED' })
    await writeFile(last, whole)
    const sha256 = base.sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))
    const other = { ...backup, manifest: { ...backup.manifest, base: { ...base, sha256 } } }
    await expect(requireSound(other)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
  }, 60_000)

  test('where its tokens open with a key that is not here', async () => {
    const settings = await Machine.place(`without ${places++}`)
    const key = await readMasterKey(settings)
    const recovering = recoverInto(settings, backup, { base, until: undefined, identities }, key)
    await expect(recovering).rejects.toMatchObject({ code: 'KEY_OTHER' })
  }, 60_000)

  test('where a restore was killed no database is made, and the next one begins again', async () => {
    const settings = await Machine.place(`killed ${places++}`)
    const server = await embeddedServer(settings)
    mkdirSync(server.beside(restoringName).dataFolder, { recursive: true })
    const password = await readKey(settings.dataFolder, 'postgres.password')
    await expect(server.initialise(password)).rejects.toMatchObject({ code: 'RESTORE_UNFINISHED' })
    const key = await readMasterKey(lost.settings)
    await recoverInto(settings, backup, { base, until: between, identities }, key)
    await using found = await Machine.start(settings)
    const again = await takePhysical(found.settings, { shelf, sealingKeyId: key.id, recipients })
    expect(again.manifest.base?.wal.timeline).toBe(2)
  }, 60_000)
})

test('WAL that cannot be taken waits, is told, and is taken once it can be', async () => {
  const server = await embeddedServer(lost.settings)
  await lost.write('waiting')
  await lost.pool.query('select pg_switch_wal()')
  await expect.poll(() => walNames(server.walFolder)).not.toEqual([])
  const half = join(server.walFolder, 'archtemp.half') // as a full disk leaves it
  await writeFile(half, '')
  await utimes(half, 0, 0)
  const blocked = join(folder, 'blocked')
  await writeFile(blocked, '')
  await expect(takeWal(server, blocked, recipients)).rejects.toThrow(/ENOTDIR/)
  expect(await oldestWaitingMs(server)).toBeGreaterThan(0)
  // As where the data were put aside: what no shelf has counts.
  const aside = await Machine.place('aside')
  await cp(server.walFolder, (await embeddedServer(aside)).walFolder, { recursive: true })
  const { rows } = await restored('latest', Promise.resolve(aside))
  expect(rows).toEqual(['after', 'before', 'between', 'waiting'])
  await takeAll()
  await expect.poll(() => oldestWaitingMs(server)).toBeUndefined()
  expect(existsSync(half)).toBe(false)
}, 60_000)

test('WAL of before the oldest backup goes, and that of a server without one', async () => {
  const old = join(wal, '000000010000000000000000.zst')
  await writeFile(old, '')
  const other = walShelf(shelf, '1')
  mkdirSync(other)
  const before = await walNames(wal)
  await pruneWal(shelf, [backup], base.system)
  const first = segmentOf(base.wal.lsn)
  expect(await walNames(wal)).toEqual(before.filter((name) => segmentNumber(name) >= first))
  expect(await readdir(join(shelf, 'wal'))).toEqual([base.system])
})
