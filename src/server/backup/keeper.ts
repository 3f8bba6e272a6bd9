// Backups by the clock: one whenever it is time, also where that passed while nothing ran, and the
// old ones go. And one after a link, since a new Item's access token is what nobody can have again.
// What fails is logged and tried again; nothing else waits for it (L7).
import { cronSchedule, nextRunMs } from '../../engine/connection/schedule.ts'
import { systemClock } from '../../std/clock.ts'
import { classify } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import { createPool, type Pool } from '../../postgres/pool.ts'
import { databaseUrl } from '../keys.ts'
import { readMasterKey } from '../master-key.ts'
import { backsUp, backupFolder, type Settings } from '../settings.ts'
import { lastLinkMs } from '../store/facts.ts'
import { recipientsOf } from './age.ts'
import { takeBackup } from './dump.ts'
import { type Backup, listBackups, prune } from './shelf.ts'

const retryMs = 15 * 60_000
/** A machine that slept sees the clock again within it. */
const lookMsMax = 60_000
/** More is linked, mostly, by whoever links one. */
const linkQuietMs = 60_000
/** Where one is linked after the other, backups take at most the other part of the time. */
const linkPauses = 19

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
  const shelf = backupFolder(settings)
  const [newest] = await listBackups(shelf)
  let since = newest ? Date.parse(newest.manifest.takenAt) : systemClock.now()
  let last = { takenMs: newest ? since : 0, tookMs: 0 }
  const pool = createPool(await databaseUrl(settings), { name: 'backups', connectionsMax: 1 })
  await using _ = { [Symbol.asyncDispose]: () => pool.end() }
  while (!signal.aborted) {
    const now = systemClock.now()
    const byClock = nextRunMs(cronSchedule(settings.options.backupCron, since), since) ?? Infinity
    const due = Math.min(byClock, (await linkDue(settings, pool, last)) ?? Infinity)
    if (due > now) {
      await systemClock.sleep(Math.min(due - now, lookMsMax), signal).catch(() => {})
      continue
    }
    try {
      const { name, bytes, manifest } = await backUp(settings)
      log.info({ name, bytes }, 'backed up')
      since = now
      last = { takenMs: Date.parse(manifest.takenAt), tookMs: systemClock.now() - now }
    } catch (error) {
      log.warn({ err: classify(error) }, 'the backup failed: tried again soon')
      await systemClock.sleep(retryMs, signal).catch(() => {})
    }
  }
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
export async function backUp(settings: Settings): Promise<Backup> {
  const shelf = backupFolder(settings)
  const { id } = await readMasterKey(settings)
  const recipients = recipientsOf(settings.options.backupRecipients ?? '')
  const to = { shelf, sealingKeyId: id, recipients }
  const backup = await takeBackup(await databaseUrl(settings), to)
  await prune(shelf, systemClock.now())
  return backup
}
