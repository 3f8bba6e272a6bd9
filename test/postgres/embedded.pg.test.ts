import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createPool } from '../../src/postgres/pool.ts'
import { ensureDatabase } from '../../src/postgres/provision.ts'
import { embeddedPostgres } from '../../src/postgres/embedded.ts'
import { one, sql } from '../../src/postgres/query.ts'
import { Secret } from '../../src/std/secrets.ts'
import { startServer } from '../support/postgres.ts'

const isRoot = process.getuid?.() === 0

async function hasOwnDatabase(namespaces: boolean): Promise<void> {
  // a folder that only its owner may enter, with a space in its path
  const folder = await mkdtemp(join(tmpdir(), 'only mine '))
  await chmod(folder, 0o700)
  const server = await startServer(join(folder, 'pg'), { namespaces })
  const admin = createPool(server.url, { name: 'test', connectionsMax: 1 })
  const { dataFolder } = await embeddedPostgres(join(folder, 'pg'), { namespaces })
  try {
    await ensureDatabase(admin, 'warehouse', new Secret("it's"))
    await ensureDatabase(admin, 'warehouse', new Secret('another'))
    const url = new URL(server.url.reveal())
    Object.assign(url, { username: 'warehouse', password: 'another', pathname: 'warehouse' })
    const mine = createPool(new Secret(url.href), { name: 'test', connectionsMax: 1 })
    const row = await one<{ me: string }>(mine, sql`select current_user as me`)
    expect(row.me).toBe('warehouse')
    await mine.end()
  } finally {
    await admin.end()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
    if (!dataFolder.startsWith(folder)) await rm(join(dataFolder, '..'), { recursive: true })
  }
}

test('the server starts under a folder that others may not enter', () => hasOwnDatabase(true))

test.runIf(isRoot)('as root it also starts where the kernel forbids user namespaces', () =>
  hasOwnDatabase(false),
)

test('a half-made data folder is made anew, a stale lock is no obstacle', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'half made '))
  const { dataFolder } = await embeddedPostgres(folder)
  await writeFile(`${dataFolder}.new`, 'what a killed initdb left')
  const first = await startServer(folder)
  await first.stop()
  // the number of a process that is alive and is no PostgreSQL
  await writeFile(join(dataFolder, 'postmaster.pid'), `${process.pid}\n${dataFolder}\n`)
  const second = await startServer(folder)
  await second.stop()
  await rm(folder, { recursive: true, force: true })
})
