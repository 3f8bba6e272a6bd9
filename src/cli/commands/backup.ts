// `backup`: Tartan's own database, as one instant of it; and `restore`, the other way.
import { mkdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { baseFor, instantOf, requireAfter } from '../../server/backup/instant.ts'
import { backUp } from '../../server/backup/keeper.ts'
import {
  type Recover,
  recoverInto,
  rehearsePhysical,
  requirePlace,
} from '../../server/backup/recover.ts'
import {
  rehearse,
  requireReadable,
  requireSound,
  restoreInto,
} from '../../server/backup/restore.ts'
import {
  type Backup,
  type Base,
  kindOf,
  kinds,
  listBackups,
  markVerified,
  readBackup,
  toldBackup,
} from '../../server/backup/shelf.ts'
import { holeOf, segmentOf, type Wal, walOf } from '../../server/backup/wal.ts'
import { embeddedServer } from '../../server/embedded.ts'
import { databaseUrl, embeddedUrl, keepMasterKey, makeKeys } from '../../server/keys.ts'
import { readMasterKey, readMasterKeyText } from '../../server/master-key.ts'
import { backupFolder, ownsServer, type Settings } from '../../server/settings.ts'
import { releaseLock, takeLock } from '../../server/supervisor/lock.ts'
import { superuser } from '../../postgres/embedded.ts'
import { systemClock } from '../../std/clock.ts'
import { ConfigError, messageOf } from '../../std/errors.ts'
import { sealingKey, Secret } from '../../std/secrets.ts'
import { createPool } from '../../postgres/pool.ts'
import { noteAct } from './keys.ts'
import { bringUp } from '../bring-up.ts'
import { runningSettings, settingsOf } from '../context.ts'
import { revokeFormer } from '../key-rotation.ts'
import { formatCount, formatTable, note, out, outJson } from '../print.ts'

const identityDoc = 'the file with the key of age that it is encrypted to'

interface Identity {
  identity?: string
}

interface RestoreOptions extends Identity {
  key?: string
  until?: string
}

export function backupCommand(program: Command): void {
  const backup = program
    .command('backup')
    .description('Backs up Tartan’s own database: Items, their sealed tokens, rows, jobs.')
  backup
    .command('now', { isDefault: true })
    .description('Takes one now; another is taken each night.')
    .option('--physical', 'of the embedded server as a whole, by its files')
    .action(async ({ physical }: { physical?: boolean }, command: Command) => {
      const settings = await runningSettings(command)
      if (physical) requireServer(settings)
      tellBackup(await backUp(settings, physical ? 'physical' : 'logical'))
      const [id] = (await readMasterKey(settings)).ids
      note(`It opens with the master key ${id}, which is not in it: ./tartan backup key`)
    })
  backup
    .command('list')
    .description('Lists them, the newest first.')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const found = await listBackups(backupFolder(await settingsOf(command)))
      if (options.json) outJson(found.map(toldBackup))
      else if (found.length === 0) out('There is none yet: ./tartan backup takes one.')
      else {
        const rows = found
          .map(toldBackup)
          .map((one) => [one.name, one.kind, one.rows, one.bytes, one.verified_at])
        out(formatTable(['backup', 'kind', 'rows', 'bytes', 'verified'], rows))
      }
    })
  backup
    .command('verify')
    .description('Restores one into a place made for that, compares every table, drops it.')
    .argument('[backup]', 'its name; the newest of each kind where none is said')
    .option('--identity <file>', identityDoc)
    .action(async (name: string | undefined, { identity }: Identity, command: Command) => {
      const settings = await runningSettings(command)
      for (const found of await toVerify(settings, name)) {
        await verifyOne(settings, found, await identities(identity))
        await markVerified(found, systemClock.now())
        tellBackup(found)
      }
      out('✓ restored and equal')
    })
  backup
    .command('key')
    .description('Prints the key that seals access tokens, in clear: keep it apart from backups.')
    .action(async (_, command: Command) => {
      out(await readMasterKeyText(await settingsOf(command)))
      note('Whoever has it and a backup has the access tokens of every bank.')
    })
}

export function restoreCommand(program: Command): void {
  program
    .command('restore')
    .description('Puts a backup into an empty place, and starts it.')
    .argument('[backup]', 'its folder, or its name; the newest where none is said')
    .option(
      '--until <time>',
      'on by the WAL to that instant, 2026-11-26T10:15:00Z, or to the latest',
    )
    .option('--key <file>', 'the file with the key, where this data folder has another or none')
    .option('--identity <file>', identityDoc)
    .action(async (name: string | undefined, given: RestoreOptions, command: Command) => {
      const settings = await settingsOf(command)
      const until = given.until === undefined ? undefined : instantOf(given.until)
      const found = await (until === undefined
        ? findBackup(settings, name)
        : findBase(settings, name, until))
      await requireSound(found)
      const opening = await identities(given.identity)
      await requireReadable(found, opening)
      const { base } = found.manifest
      if (base) await requirePlace(settings)
      if (given.key !== undefined) await takeKey(settings, found, given.key)
      await requireOpening(settings, found)
      if (base) await restorePhysical(settings, found, { base, until, identities: opening })
      await bringUp(settings)
      if (!base) {
        await restoreInto(await databaseUrl(settings), found, opening)
        await bringUp(settings) // its keys are those of the backup: ours are let in again
      }
      tellBackup(found)
      out('✓ restored')
      await endRestore(settings, found)
      note('Keys and clients that were revoked since open again: ./tartan keys, ./tartan clients')
      out('Next: make airbyte-init reads the banks on; ./tartan verify compares all.')
    })
}

/** No start may come in between, and none makes another database then. */
async function restorePhysical(settings: Settings, backup: Backup, how: Recover): Promise<void> {
  const { dataFolder } = settings
  if (await makeKeys(dataFolder, settings)) note('✓ keys made')
  await mkdir(join(dataFolder, 'run'), { recursive: true, mode: 0o700 })
  await takeLock(dataFolder)
  const server = await embeddedServer(settings)
  const wal = await walOf(dirname(backup.folder), how.base.system, server)
  try {
    await recoverInto(settings, backup, how, await readMasterKey(settings))
  } finally {
    releaseLock(dataFolder)
  }
  if (how.until === 'latest') tellHole(wal, how.base)
}

function tellHole(all: Wal, { wal }: Base): void {
  if (holeOf([...all.keys()], segmentOf(wal.lsn)) === undefined) return
  note('✗ a part of the WAL is missing: what was changed after it is not restored')
}

async function endRestore(settings: Settings, { name }: Backup): Promise<void> {
  const pool = createPool(await databaseUrl(settings), { name: 'tartan', connectionsMax: 1 })
  try {
    await noteAct(pool, 'restore', { backup: name })
    await revokeFormer(pool, settings)
  } finally {
    await pool.end()
  }
}

async function findBackup(settings: Settings, name: string | undefined): Promise<Backup> {
  const shelf = backupFolder(settings)
  if (name !== undefined) {
    return readBackup(basename(name) === name ? join(shelf, name) : resolve(name))
  }
  const [newest] = await listBackups(shelf)
  if (newest) return newest
  throw new ConfigError('BACKUP_MISSING', 'there is no backup yet: ./tartan backup takes one')
}

/** The folder of all says of itself which is the one before that instant. */
async function findBase(
  settings: Settings,
  name: string | undefined,
  until: string,
): Promise<Backup> {
  const shelf = name === undefined ? backupFolder(settings) : resolve(name)
  const all = await listBackups(shelf)
  if (all.length > 0 || name === undefined) return baseFor(all, until)
  const found = await findBackup(settings, name)
  if (found.manifest.base) return requireAfter(found, until)
  const sentence = `${found.name} has one instant, its own: --until goes on from a physical one`
  throw new ConfigError('BACKUP_LOGICAL', sentence)
}

/** One that is named, or the newest of each kind. */
async function toVerify(settings: Settings, name: string | undefined): Promise<Backup[]> {
  if (name !== undefined) return [await findBackup(settings, name)]
  const all = await listBackups(backupFolder(settings))
  const newest = kinds.flatMap((kind) => all.find((one) => kindOf(one) === kind) ?? [])
  return newest.length > 0 ? newest : [await findBackup(settings, name)]
}

/** Of a physical one the WAL beside it as well. */
async function verifyOne(
  settings: Settings,
  backup: Backup,
  opening: Secret | undefined,
): Promise<void> {
  const { base } = backup.manifest
  if (!base) return rehearse(await serverUrl(settings), backup, opening)
  requireServer(settings)
  const wal = await walOf(dirname(backup.folder), base.system)
  const until = wal.size > 0 ? 'latest' : undefined
  await rehearsePhysical(settings, backup, { base, until, identities: opening })
  tellHole(wal, base)
}

function requireServer(settings: Settings): void {
  if (ownsServer(settings)) return
  const sentence = 'the database is not the embedded one, which alone is backed up by its files'
  throw new ConfigError('BACKUP_PHYSICAL_ELSEWHERE', sentence)
}

async function identities(path: string | undefined): Promise<Secret | undefined> {
  return path === undefined ? undefined : new Secret(await readKeyFile(path))
}

function readKeyFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ConfigError('KEY_UNREADABLE', `${path}: ${messageOf(cause)}`, { cause })
  })
}

/** Kept, before anything runs with another one, only where all is there that opens the backup. */
async function takeKey(settings: Settings, backup: Backup, path: string): Promise<void> {
  const text = (await readKeyFile(path)).trim()
  await requireOpening(settings, backup, sealingKey(text).ids)
  await keepMasterKey(settings.dataFolder, text)
}

/** With the keys that are here, and those that are `given`. */
async function requireOpening(
  settings: Settings,
  { manifest }: Backup,
  given: readonly string[] = [],
): Promise<void> {
  const held = await readMasterKey(settings).catch(() => undefined)
  const here = new Set([...given, ...(held?.ids ?? [])])
  const needed = manifest.sealingKeyIds ?? [manifest.sealingKeyId]
  const missing = needed.filter((id) => !here.has(id))
  if (missing.length === 0) return
  const sentence =
    `its access tokens open with the key ${missing.join(' and ')}, which is not here: give it ` +
    'by --key FILE, as ./tartan backup key printed it'
  throw new ConfigError('KEY_OTHER', sentence)
}

/** Who may make a database. */
function serverUrl(settings: Settings): Promise<Secret> {
  const isOurs = settings.options.databaseUrl === undefined
  return isOurs ? embeddedUrl(settings, superuser, 'postgres') : databaseUrl(settings)
}

function tellBackup(backup: Backup): void {
  const { name, rows, bytes } = toldBackup(backup)
  const tables = formatCount(backup.manifest.tables.length, 'table')
  const what = rows === null ? 'the whole server' : `${formatCount(rows, 'row')} of ${tables}`
  out(`✓ backup ${name}: ${what}, ${formatCount(bytes, 'byte')}`)
}
