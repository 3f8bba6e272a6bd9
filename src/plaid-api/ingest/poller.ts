// The service pulls by itself: Items whose time has come, a bounded number at once, each on its
// own so that a broken one stops nobody (L7). Once a day what is too old to keep goes.
import { type Clock, systemClock } from '../../std/clock.ts'
import { classify, isAbort } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import { pruneGaps, pruneTombstones } from '../store/feed.ts'
import { dueItemIds, type LeasedItem, takeAnyLease } from '../store/item.ts'
import { abandonedReadings } from '../store/loop.ts'
import { pruneRuns } from '../store/run.ts'
import { withLease } from './lease.ts'
import { forgetLoop } from './loop.ts'
import { pullItem, type PullContext } from './pull.ts'

const tickMs = 2_000
const pullsMax = 8
const pruneEveryMs = 86_400_000
/** A reader further behind than this has to read everything again (410). */
const tombstoneDaysMax = 400
const runDaysMax = 30
/** What somebody began to verify and left; a page more would have kept it. */
const readingDaysMax = 1
const readingsMax = 100

export async function poll(
  context: PullContext,
  log: Logger,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<void> {
  const running = new Map<string, Promise<void>>()
  let pruneAt = 0
  while (!signal.aborted) {
    try {
      if (clock.now() >= pruneAt) {
        await prune(context, signal)
        pruneAt = clock.now() + pruneEveryMs
      }
      for (const id of await dueItemIds(context.pool, pullsMax - running.size)) start(id)
    } catch (error) {
      log.warn({ code: classify(error).code }, `polling waits: ${classify(error).message}`)
    }
    await clock.sleep(tickMs, signal).catch(() => {})
  }
  await Promise.all(running.values())

  function start(id: string): void {
    if (running.has(id)) return
    running.set(
      id,
      pullOne(id).finally(() => running.delete(id)),
    )
  }

  async function pullOne(id: string): Promise<void> {
    try {
      const counts = await pullItem(context, id, 'incremental', signal)
      if (counts) log.info({ item_id: id, ...counts }, 'pulled')
    } catch (error) {
      if (isAbort(error)) return
      const { code, message } = classify(error)
      log.warn({ item_id: id, code }, message)
    }
  }
}

async function prune(context: PullContext, signal: AbortSignal): Promise<void> {
  const { pool } = context
  await pruneTombstones(pool, tombstoneDaysMax)
  await pruneGaps(pool, tombstoneDaysMax)
  await pruneRuns(pool, runDaysMax)
  for (const id of await abandonedReadings(pool, readingDaysMax, readingsMax)) {
    const forget = (item: LeasedItem) => forgetLoop(pool, item, 'verify')
    await withLease(pool, id, signal, forget, takeAnyLease)
  }
}
