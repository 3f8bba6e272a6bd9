// A backup of the embedded server as a whole, by its files: where a restore begins that goes on by
// the WAL to any instant after it (recover.ts).
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { baseBackup } from '../../postgres/base-backup.ts'
import { superuser } from '../../postgres/embedded.ts'
import { createPool, type Pool } from '../../postgres/pool.ts'
import { systemClock } from '../../std/clock.ts'
import { writeWhole } from '../files.ts'
import { embeddedUrl } from '../keys.ts'
import { sealedByKey } from '../reseal.ts'
import type { Settings } from '../settings.ts'
import { instant, listMigrations, serverBytes } from '../store/backup.ts'
import { type BackupTo, requireRoom } from './dump.ts'
import { keepFile, suffixOf } from './kept-file.ts'
import { type Backup, type Base, type Manifest, nameOf, shelve } from './shelf.ts'
import { systemOf } from './wal.ts'

export async function takePhysical(
  settings: Settings,
  { shelf, sealingKeyId, recipients = [] }: BackupTo,
): Promise<Backup> {
  const url = await embeddedUrl(settings, superuser, 'tartan')
  const pool = createPool(url, { name: 'tartan backup', connectionsMax: 1 })
  try {
    const name = nameOf(new Date(systemClock.now()), 'physical')
    return await shelve(shelf, name, async (folder) => {
      await requireRoom(await serverBytes(pool), folder)
      const file = `base.tar${suffixOf(recipients)}`
      const written = await writeBase(settings, join(folder, file), recipients)
      const base = { file, system: await systemOf(settings), ...written }
      const manifest = await manifestOf(pool, base, { sealingKeyId, recipients })
      await writeWhole(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    })
  } finally {
    await pool.end()
  }
}

async function writeBase(settings: Settings, path: string, recipients: readonly string[]) {
  const url = await embeddedUrl(settings, superuser, 'postgres')
  const keep = (tar: Readable) => keepFile(tar, path, recipients)
  const { start, kept } = await baseBackup(url, 'tartan backup', keep)
  return { ...kept, wal: start }
}

/** Of the instant at which all of it was there: a restore can go to that one, and on. */
async function manifestOf(
  pool: Pool,
  base: Base,
  { sealingKeyId, recipients }: { sealingKeyId: string; recipients: readonly string[] },
): Promise<Manifest> {
  const { at, version } = await instant(pool)
  return {
    takenAt: at,
    sealingKeyId,
    sealingKeyIds: [...(await sealedByKey(pool)).keys()],
    ...(recipients.length > 0 ? { recipients: [...recipients] } : {}),
    serverVersion: version,
    migrations: await listMigrations(pool),
    tables: [],
    sequences: [],
    base,
  }
}
