// The service pulls by itself: Items whose time has come, a bounded number at once, each on its
// own so that a broken one stops nobody (L7). Once a day what is too old to keep goes.
import { catalog } from '../../catalog/catalog.ts'
import { type Clock, systemClock } from '../../std/clock.ts'
import type { Bell } from '../../std/bell.ts'
import { classify, isAbort } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import { rounds } from '../../std/rounds.ts'
import { pruneGaps, pruneTombstones } from '../store/feed.ts'
import { type DueItem, dueItems, type LeasedItem, takeAnyLease } from '../store/item.ts'
import { abandonedReadings } from '../store/loop.ts'
import { prunePulls } from '../store/pull.ts'
import { pruneRuns } from '../store/run.ts'
import { pruneRows } from '../store/stream-row.ts'
import { withLease } from './lease.ts'
import { forgetLoop } from './loop.ts'
import { noCounts, pullItem, type PullContext } from './pull.ts'

const tickMs = 2_000
/** A long history has its place for so long, and then waits behind those that are due meanwhile. */
const sliceMs = 60_000
const pullsMax = 8
/** Of these, for what failed last time: a bank that hangs now hung then, and may hold its place. */
const failingMax = 4
const pruneEveryMs = 86_400_000
/** A reader further behind than this has to read everything again (410). */
const tombstoneDaysMax = 400
const runDaysMax = 30
const pullDaysMax = 90
const pullsAtOnceMax = 10_000
/** What somebody began to verify and left; a page more would have kept it. */
const readingDaysMax = 1
const readingsMax = 100

export async function poll(
  context: PullContext & { due: Bell },
  log: Logger,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<void> {
  const running = new Map<string, Promise<void>>()
  const failing = new Set<string>()
  let pruneAt = 0
  const round = async () => {
    if (clock.now() >= pruneAt) {
      await prune(context, signal)
      pruneAt = clock.now() + pruneEveryMs
    }
    await startDue(failing, Math.min(failingMax - failing.size, pullsMax - running.size))
    await startDue(undefined, pullsMax - running.size)
  }
  const says = 'polling waits'
  await rounds(round, { pauseMs: tickMs, bell: context.due, says, log, signal, clock })
  await Promise.all(running.values())

  async function startDue(among: Set<string> | undefined, limit: number): Promise<void> {
    for (const due of await dueItems(context.pool, among !== undefined, limit)) {
      if (running.has(due.item_id)) continue
      among?.add(due.item_id)
      start(due)
    }
  }

  function start(due: DueItem): void {
    const { item_id: id } = due
    const pull = pullOne(due).finally(() => {
      running.delete(id)
      failing.delete(id)
      context.due.ring() // there is a place for the next
    })
    running.set(id, pull)
  }

  async function pullOne({ item_id: id, news }: DueItem): Promise<void> {
    try {
      const trigger = news ? 'webhook' : 'poll'
      const counts = await pullItem(
        context,
        id,
        'incremental',
        signal,
        noCounts(),
        trigger,
        sliceMs,
      )
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
  for (const { name, daysKept } of catalog) {
    if (daysKept !== undefined) await pruneRows(pool, name, daysKept)
  }
  await pruneGaps(pool, tombstoneDaysMax)
  await pruneRuns(pool, runDaysMax)
  while ((await prunePulls(pool, pullDaysMax, pullsAtOnceMax)) > 0) signal.throwIfAborted()
  for (const id of await abandonedReadings(pool, readingDaysMax, readingsMax)) {
    const forget = (item: LeasedItem) => forgetLoop(pool, item, 'verify')
    await withLease(pool, id, signal, forget, takeAnyLease)
  }
}
