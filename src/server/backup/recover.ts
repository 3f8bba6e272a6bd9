// A physical backup back into a data folder that has no database yet, as of its own instant or of
// any later one that the WAL beside it reaches. It is made under another name, and gets its own
// once it was started, has keys that open it and passwords of this data folder: killed before
// that, there is a folder `data.restoring`, which the next restore begins again. The server's new
// timeline is another feed to whoever follows it, and the epoch is another one, too (L2, L4).
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { type EmbeddedServer, exists, restoringName, superuser } from '../../postgres/embedded.ts'
import { createPool, type Pool } from '../../postgres/pool.ts'
import { setPassword } from '../../postgres/provision.ts'
import { endLeft, EndOfWal, startRecovered } from '../../postgres/recovery.ts'
import { ConfigError, SystemError } from '../../std/errors.ts'
import type { SealingKey, Secret } from '../../std/secrets.ts'
import { archivingOf, embeddedServer } from '../embedded.ts'
import { readKey } from '../keys.ts'
import { sealedByKey } from '../reseal.ts'
import { ownsServer, type Settings } from '../settings.ts'
import { checkPages, listMigrations, newEpoch } from '../store/backup.ts'
import { requireRoom } from './dump.ts'
import { openFile } from './kept-file.ts'
import { rangeReplayed, type Until } from './instant.ts'
import { requireReadable, requireSound } from './restore.ts'
import type { Backup, Base } from './shelf.ts'
import { segmentOf, unpackWal, type Wal, walOf } from './wal.ts'

/** Within the data folder while it is replayed; from there PostgreSQL asks for it by name. */
const walFolderName = 'tartan_wal'

export interface Recover {
  base: Base
  until: Until | undefined
  identities: Secret | undefined
}

/** Before anything is made. */
export async function requirePlace(settings: Settings): Promise<void> {
  if (!ownsServer(settings)) {
    const sentence =
      'a physical backup goes back into the PostgreSQL that comes along alone: leave ' +
      'TARTAN_DATABASE_URL out, or restore a logical one'
    throw new ConfigError('RESTORE_ELSEWHERE', sentence)
  }
  const { dataFolder } = await embeddedServer(settings)
  if (!(await exists(dataFolder))) return
  const sentence = `${dataFolder} is a database already: restore into an empty TARTAN_DATA_DIR`
  throw new ConfigError('DATABASE_NOT_EMPTY', sentence)
}

/** Nobody else may start a server here meanwhile. */
export async function recoverInto(
  settings: Settings,
  backup: Backup,
  how: Recover,
  key: SealingKey,
): Promise<void> {
  await requirePlace(settings)
  const server = await embeddedServer(settings)
  const half = server.beside(restoringName)
  try {
    // What was not taken to the shelf yet, or could not be, is of this machine's own server.
    await unpack(half, backup, how, await walOf(dirname(backup.folder), how.base.system, server))
    {
      await using running = await start(half, backup, how, await archivingOf(settings, half))
      await settle(settings, (database) => connect(running.url(database)), key)
    }
    await rm(join(half.dataFolder, walFolderName), { recursive: true })
    await rename(half.dataFolder, server.dataFolder)
  } catch (error) {
    await rm(half.dataFolder, { recursive: true, force: true })
    throw error
  }
}

/** Starts it beside the server that runs, up to the last that is archived, and looks at it all. */
export async function rehearsePhysical(
  settings: Settings,
  backup: Backup,
  how: Recover,
): Promise<void> {
  await requireSound(backup)
  await requireReadable(backup, how.identities)
  const scratch = (await embeddedServer(settings)).beside('data.rehearsal')
  try {
    const wal = await walOf(dirname(backup.folder), how.base.system)
    await unpack(scratch, backup, how, wal)
    await using running = await start(scratch, backup, how, { fsync: 'off' })
    await using pool = connect(running.url('tartan'))
    const here = await listMigrations(pool)
    const lost = backup.manifest.migrations.find((name) => !here.includes(name))
    const wrong = lost === undefined ? await checkPages(pool) : `${lost} is not there`
    if (wrong !== undefined) throw new SystemError('BACKUP_DIFFERS', `it is damaged: ${wrong}`)
  } finally {
    await rm(scratch.dataFolder, { recursive: true, force: true })
  }
}

async function unpack(
  { dataFolder, owner }: EmbeddedServer,
  { folder, manifest }: Backup,
  { base, until, identities }: Recover,
  all: Wal,
): Promise<void> {
  await endLeft(dataFolder)
  await rm(dataFolder, { recursive: true, force: true })
  await mkdir(dirname(dataFolder), { recursive: true, mode: 0o700 })
  await requireRoom(base.unpackedBytes, dirname(dataFolder))
  await mkdir(dataFolder, { mode: 0o700 })
  const opening = { ...manifest, ...(identities ? { identities } : {}) }
  await openFile(join(folder, base.file), (bytes) => untar(bytes, dataFolder), opening)
  const wal = join(dataFolder, walFolderName)
  if (until === undefined) await mkdir(wal, { mode: 0o700 })
  else await unpackWal(all, segmentOf(base.wal.lsn), wal, identities)
  if (!owner) return
  await promisify(execFile)('chown', ['-R', `${owner.uid}:${owner.gid}`, dataFolder])
}

/** The archive names the server's own user, who may be another one here. */
async function untar(bytes: AsyncIterable<Buffer>, into: string): Promise<void> {
  const tar = spawn('tar', ['-x', '-f', '-', '--no-same-owner', '-C', into], {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let words = ''
  tar.stderr.on('data', (chunk: Buffer) => (words += chunk.toString('utf8')))
  const ended = once(tar, 'close')
  await Promise.all([ended, pipeline(bytes, tar.stdin)])
  if (tar.exitCode !== 0) throw new SystemError('UNPACK_FAILED', `tar: ${words.trim()}`)
}

function start(
  server: EmbeddedServer,
  backup: Backup,
  { until }: Recover,
  more: Record<string, string>,
) {
  return startRecovered(server, {
    // Where a restore branched off before, what it left behind is reached by the backups of then,
    // and what came of it by those that were taken since.
    recovery_target_timeline: 'current',
    restore_command: `cp ${walFolderName}/%f "%p"`,
    ...(until === undefined ? { recovery_target: 'immediate' } : {}),
    ...(until === undefined || until === 'latest' ? {} : { recovery_target_time: until }),
    ...more,
  }).catch((error: unknown): never => {
    if (!(error instanceof EndOfWal)) throw error
    const sentence =
      `the WAL that is there does not reach ${until}: ` +
      rangeReplayed(backup.manifest.takenAt, error.lastAt)
    throw new ConfigError('INSTANT_NOT_REACHED', sentence, { cause: error })
  })
}

/** What the data folder, and not the backup, decides. */
async function settle(
  settings: Settings,
  connectTo: (database: string) => Pool & AsyncDisposable,
  key: SealingKey,
): Promise<void> {
  await using pool = connectTo('tartan')
  const missing = [...(await sealedByKey(pool)).keys()].filter((id) => !key.ids.includes(id))
  if (missing.length > 0) {
    const sentence =
      `its access tokens open with the key ${missing.join(' and ')} by then, which is not here: ` +
      'give it by --key FILE, as ./tartan backup key printed it'
    throw new ConfigError('KEY_OTHER', sentence)
  }
  await newEpoch(pool)
  await setPassword(pool, superuser, await readKey(settings.dataFolder, 'postgres.password'))
}

function connect(url: Secret): Pool & AsyncDisposable {
  const pool = createPool(url, { name: 'tartan restore', connectionsMax: 1, statementMsMax })
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() })
}

const statementMsMax = 12 * 3_600_000
