// A machine is lost. What is left is a backup and the keys, which were all rotated after it: on an
// empty one they are everything, but for the warehouse, which the next sync makes again. With the
// WAL they are that of any instant.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { engineUrl, plaidApiUrl } from '../../src/server/addresses.ts'
import { createPool, type Pool } from '../../src/postgres/pool.ts'
import { systemOf, walNames, walShelf } from '../../src/server/backup/wal.ts'
import { databaseUrl, embeddedUrl, readEngineClient, readKey } from '../../src/server/keys.ts'
import { backupFolder, readSettings } from '../../src/server/settings.ts'
import type { Secret } from '../../src/std/secrets.ts'
import { tokenOf } from '../support/engine.ts'
import { startSystem, type System } from '../support/system.ts'

const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
const MINUTES = 60_000

test(
  'a backup, and its key beside a newer one, bring an empty machine to where the lost one was',
  async () => {
    await using cleanup = new AsyncDisposableStack()
    const system = cleanup.use(await startSystem({ TARTAN_BACKUP_WAL_MINUTES: '1' }))
    const { dataFolder: lost, given } = system.settings
    expect(await system.tartan('backup')).toMatch(/backup 20\S+: [\d,]+ rows of \d+ tables/)
    expect(await system.tartan('backup', 'verify')).toContain('restored and equal')
    const rotated = await readKey(lost, 'plaid-api.key')
    const client = await readEngineClient(lost)
    await system.tartan('keys', 'rotate')
    await system.tartan('master-key', 'rotate')
    const [, older] = masterKeys(await system.tartan('master-key', '--json'))
    await expect(system.tartan('master-key', 'drop', older!.id)).rejects.toThrow(/backups need it/)
    const both = await system.tartan('backup', 'key')
    await writeFile(join(lost, 'key'), both)
    await writeFile(join(lost, 'newer.key'), both.split('\n')[0]!)
    // What comes after the backup is gone with the machine, and the banks tell it again.
    await system.tartan('emulator', 'advance', '30d')
    await system.tartan('plaid-sync')
    await system.tartan('sync')
    const then = await instantIn(system)
    await system.tartan('emulator', 'advance', '30d')
    await system.tartan('plaid-sync')
    expect(await rowsIn(system.store)).not.toEqual(then.rows)
    await walTaken(system)
    await system.tartan('stop')

    const found = await mkdtemp(join(tmpdir(), 'tartan found '))
    cleanup.defer(() => rm(found, { recursive: true, force: true }))
    const env = { ...given, TARTAN_DATA_DIR: found }
    const tartan = async (...args: string[]) => {
      const command = ['--disable-warning=ExperimentalWarning', main, ...args]
      const options = { env: { ...process.env, ...env } }
      return (await promisify(execFile)(process.execPath, command, options)).stdout
    }
    // The banks are not lost: the emulated ones live in the data folder.
    await cp(join(lost, 'emulator'), join(found, 'emulator'), { recursive: true })
    await mkdir(join(found, 'secrets'), { mode: 0o700 })
    for (const name of ['emulator.secret', 'emulator-admin.token']) {
      await cp(join(lost, 'secrets', name), join(found, 'secrets', name))
    }
    const shelf = join(lost, 'backups')
    const names = await readdir(shelf)
    const backup = join(shelf, names.find((one) => one.endsWith('Z')) ?? '')
    await expect(tartan('restore', backup)).rejects.toThrow(/give it by --key FILE/)
    await expect(tartan('restore', backup, '--key', join(lost, 'newer.key'))).rejects.toThrow(
      `open with the key ${older!.id}, which is not here`,
    )
    cleanup.defer(async () => void (await tartan('stop')))
    expect(await tartan('restore', backup, '--key', join(lost, 'key'))).toContain('✓ restored')
    // What was rotated away after the backup is not let in again by it.
    expect(await statusWith(system, await readKey(found, 'plaid-api.key'))).toBe(200)
    expect(await statusWith(system, rotated)).toBe(401)
    const url = engineUrl(system.settings)
    expect(await tokenOf(url, client)).toBe(undefined)
    expect(await tokenOf(url, await readEngineClient(found))).toMatch(/./)
    await expect(tartan('restore', backup)).rejects.toThrow(/has Items already/)
    await tartan('init')
    await tartan('plaid-sync')
    await tartan('sync')
    await tartan('verify') // ends with 5 where it finds a difference
    // The backup's key is needed no more.
    const [, opens] = masterKeys(await tartan('master-key', '--json'))
    expect(opens).toMatchObject({ id: older!.id, role: 'opens' })
    expect(opens!.sealed).toBeGreaterThan(0)
    await tartan('master-key', 'reseal')
    // A physical one was taken as soon as it was restored.
    await tartan('master-key', 'drop', older!.id, '--lose-backups')
    await tartan('plaid-sync')
    await tartan('stop')

    // And on another one, as it was at an instant between two of its backups.
    await rm(join(found, 'postgres'), { recursive: true })
    const base = join(shelf, names.find((one) => one.endsWith('-physical')) ?? '')
    const until = (at: string) => ['--until', at, '--key', join(lost, 'key')]
    await expect(tartan('restore', shelf, ...until('2020-01-01 00:00'))).rejects.toThrow(
      /possible is from 20/,
    )
    await expect(tartan('restore', backup, ...until('latest'))).rejects.toThrow(/one instant/)
    await killedRestore(found, env, [base, ...until('latest')])
    await expect(tartan('start')).rejects.toThrow(/a restore was broken off/)
    expect(await tartan('restore', shelf, ...until(then.at))).toContain('✓ restored')
    const foundUrl = await databaseUrl(await readSettings({}, env))
    const store = createPool(foundUrl, { name: 'test' })
    cleanup.defer(() => store.end())
    expect(await rowsIn(store)).toEqual(then.rows)
    expect(await statusWith(system, await readKey(found, 'plaid-api.key'))).toBe(200)
    expect(await statusWith(system, rotated)).toBe(401)
    await tartan('init')
    await tartan('plaid-sync')
    await tartan('sync')
    await tartan('verify')
    expect(await tartan('backup', 'verify')).toContain('restored and equal')
  },
  12 * MINUTES,
)

/** The bank's transactions, in full, as they are told. */
async function rowsIn(store: Pool): Promise<unknown> {
  const text = `select count(*) as n, sum(hashtextextended(body, 0)) as sum from plaid.transaction`
  return (await store.query(text)).rows[0]
}

async function instantIn({ store }: System): Promise<{ at: string; rows: unknown }> {
  const rows = await rowsIn(store)
  const { rows: found } = await store.query<{ at: string }>(
    `select to_json(clock_timestamp()) #>> '{}' as at`,
  )
  return { at: found[0]?.at ?? '', rows }
}

/** All that was committed by now is beside the backups. */
async function walTaken({ settings }: System): Promise<void> {
  const admin = createPool(await embeddedUrl(settings, 'postgres', 'postgres'), { name: 'test' })
  const { rows } = await admin.query<{ name: string }>(
    'select pg_walfile_name(pg_switch_wal()) as name',
  )
  await admin.end()
  const shelf = walShelf(backupFolder(settings), await systemOf(settings))
  await expect.poll(() => walNames(shelf), { timeout: MINUTES }).toContain(`${rows[0]?.name}.zst`)
}

/** Ended by force once it has begun to unpack. */
async function killedRestore(folder: string, env: Record<string, string>, args: string[]) {
  const child = spawn(process.execPath, [main, 'restore', ...args], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  })
  await expect.poll(() => existsSync(join(folder, 'postgres', 'data.restoring'))).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function masterKeys(json: string) {
  return JSON.parse(json) as { id: string; role: string; sealed: number }[]
}

async function statusWith({ settings }: System, key: Secret): Promise<number> {
  const headers = { authorization: `Bearer ${key.reveal()}` }
  return (await fetch(`${plaidApiUrl(settings)}/stats`, { headers })).status
}
