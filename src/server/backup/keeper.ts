// Backups by the clock: one whenever it is time, also where that passed while nothing ran, and the
// old ones go. What fails is logged and tried again; nothing else waits for it (L7).
import { cronSchedule, nextRunMs } from '../../engine/connection/schedule.ts'
import { systemClock } from '../../std/clock.ts'
import { classify } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import { databaseUrl } from '../keys.ts'
import { readMasterKey } from '../master-key.ts'
import { backsUp, backupFolder, type Settings } from '../settings.ts'
import { takeBackup } from './dump.ts'
import { type Backup, listBackups, prune } from './shelf.ts'

const retryMs = 15 * 60_000
/** A machine that slept sees the clock again within it. */
const lookMsMax = 60_000

export async function keepBackups(
  settings: Settings,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  if (!backsUp(settings)) return
  const shelf = backupFolder(settings)
  let since = systemClock.now()
  const [newest] = await listBackups(shelf)
  if (newest) since = Date.parse(newest.manifest.takenAt)
  while (!signal.aborted) {
    const now = systemClock.now()
    const due = nextRunMs(cronSchedule(settings.options.backupCron, since), since) ?? Infinity
    if (due > now) {
      await systemClock.sleep(Math.min(due - now, lookMsMax), signal).catch(() => {})
      continue
    }
    try {
      const { name, bytes } = await backUp(settings)
      log.info({ name, bytes }, 'backed up')
      since = now
    } catch (error) {
      log.warn({ err: classify(error) }, 'the backup failed: tried again soon')
      await systemClock.sleep(retryMs, signal).catch(() => {})
    }
  }
}

/** Takes one, and takes away those that are not kept any more. */
export async function backUp(settings: Settings): Promise<Backup> {
  const shelf = backupFolder(settings)
  const { id } = await readMasterKey(settings)
  const backup = await takeBackup(await databaseUrl(settings), { shelf, sealingKeyId: id })
  await prune(shelf, systemClock.now())
  return backup
}
