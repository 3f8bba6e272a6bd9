// Backups by the clock: one whenever it is time, also where that passed while nothing ran, and the
// old ones go. And one after a link, since a new Item's access token is what nobody can have again.
// What fails is logged and tried again; nothing else waits for it (L7). Where WAL is kept, physical
// ones are taken by the same clock, and whenever there is none that the WAL goes on from.
import { cronSchedule, nextRunMs } from '../../engine/connection/schedule.ts'
import { systemClock } from '../../std/clock.ts'
import { classify } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import { createPool, type Pool } from '../../postgres/pool.ts'
import { databaseUrl } from '../keys.ts'
import { readMasterKey } from '../master-key.ts'
import { backsUp, backupFolder, keepsWal, type Settings } from '../settings.ts'
import { lastLinkMs } from '../store/facts.ts'
import { recipientsOf } from './age.ts'
import { takeBackup } from './dump.ts'
import { takePhysical } from './physical.ts'
import { type Backup, type Kind, kindOf, listBackups, prune } from './shelf.ts'
import {
  holeOf,
  isLeft,
  pruneWal,
  segmentOf,
  systemOf,
  takeOwnWal,
  walNames,
  walShelf,
} from './wal.ts'

const retryMs = 15 * 60_000
/** A machine that slept sees the clock again within it. */
const lookMsMax = 60_000
/** More is linked, mostly, by whoever links one. */
const linkQuietMs = 60_000
/** Where one is due after the other, backups take at most the other part of the time. */
const linkPauses = 19
/** A finished segment is as safe as the machine until it is on the shelf. */
const walLookMs = 5_000

export interface LastBackup {
  /** What was committed by then is in it. */
  takenMs: number
  tookMs: number
}

/** When a bank that was linked at `linkMs` is to be backed up; none: it is already. */
export function linkDueMs(linkMs: number | undefined, last: LastBackup): number | undefined {
  if (linkMs === undefined || linkMs <= last.takenMs) return undefined
  return Math.max(linkMs + linkQuietMs, last.takenMs + linkPauses * last.tookMs)
}

export async function keepBackups(
  settings: Settings,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  if (!backsUp(settings)) return
  const pool = createPool(await databaseUrl(settings), { name: 'backups', connectionsMax: 1 })
  await using _ = { [Symbol.asyncDispose]: () => pool.end() }
  const linked = (last: LastBackup) => linkDue(settings, pool, last)
  const broken = (last: LastBackup) => brokenDue(settings, last).catch(() => undefined)
  await Promise.all([
    keepKind('logical', linked, settings, log, signal),
    ...(keepsWal(settings)
      ? [keepKind('physical', broken, settings, log, signal), keepWal(settings, log, signal)]
      : []),
  ])
}

/** By the clock, and when something else makes one due. */
async function keepKind(
  kind: Kind,
  dueToo: (last: LastBackup) => Promise<number | undefined>,
  settings: Settings,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const newest = (await listBackups(backupFolder(settings))).find((one) => kindOf(one) === kind)
  let since = newest ? Date.parse(newest.manifest.takenAt) : systemClock.now()
  let last = { takenMs: newest ? since : 0, tookMs: 0 }
  while (!signal.aborted) {
    const now = systemClock.now()
    const byClock = nextRunMs(cronSchedule(settings.options.backupCron, since), since) ?? Infinity
    const due = Math.min(byClock, (await dueToo(last)) ?? Infinity)
    if (due > now) {
      await systemClock.sleep(Math.min(due - now, lookMsMax), signal).catch(() => {})
      continue
    }
    try {
      const { name, bytes, manifest } = await backUp(settings, kind)
      log.info({ name, bytes }, 'backed up')
      since = now
      last = { takenMs: Date.parse(manifest.takenAt), tookMs: systemClock.now() - now }
    } catch (error) {
      log.warn({ err: classify(error) }, 'the backup failed: tried again soon')
      await systemClock.sleep(retryMs, signal).catch(() => {})
    }
  }
}

async function keepWal(settings: Settings, log: Logger, signal: AbortSignal): Promise<void> {
  for (let failed = false; !signal.aborted;) {
    failed = await takeOwnWal(settings).then(
      () => false,
      (error: unknown) => {
        if (!failed) log.warn({ err: classify(error) }, 'WAL is not taken to the backups: it waits')
        return true
      },
    )
    await systemClock.sleep(walLookMs, signal).catch(() => {})
  }
}

/** No backup is there that the WAL goes on from: nothing later is reached before there is one. */
async function brokenDue(settings: Settings, last: LastBackup): Promise<number | undefined> {
  const due = last.takenMs + linkPauses * last.tookMs
  const shelf = backupFolder(settings)
  const system = await systemOf(settings)
  const backups = await listBackups(shelf)
  const base = backups.find(({ manifest }) => manifest.base?.system === system)?.manifest.base
  if (!base) return due
  const names = await walNames(walShelf(shelf, system))
  const isWhole = holeOf(names, segmentOf(base.wal.lsn)) === undefined
  return isWhole && !isLeft(names, base.wal.timeline) ? undefined : due
}

/** A bank of the emulator's is linked again for nothing. A store that does not answer says no. */
async function linkDue(
  { emulated }: Settings,
  pool: Pool,
  last: LastBackup,
): Promise<number | undefined> {
  if (emulated) return undefined
  return linkDueMs(await lastLinkMs(pool).catch(() => undefined), last)
}

/** Takes one, and takes away those that are not kept any more. */
export async function backUp(settings: Settings, kind: Kind = 'logical'): Promise<Backup> {
  const shelf = backupFolder(settings)
  const { id } = await readMasterKey(settings)
  const recipients = recipientsOf(settings.options.backupRecipients ?? '')
  const to = { shelf, sealingKeyId: id, recipients }
  const backup =
    kind === 'physical'
      ? await takePhysical(settings, to)
      : await takeBackup(await databaseUrl(settings), to)
  await prune(shelf, systemClock.now())
  const { base } = backup.manifest
  if (base) await pruneWal(shelf, await listBackups(shelf), base.system)
  return backup
}
