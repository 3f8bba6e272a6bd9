// A run pulls every Item (or one) because somebody asked, and remembers how each went. Whoever asks
// while the same is on gets one that begins after it, with all others who ask by then. An Item that
// another pull holds is waited for: its data of now is what was asked for.
import { type Clock, systemClock } from '../../std/clock.ts'
import { classify, isAbort, TransientError } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import { createTurns, type Turns } from '../../std/turns.ts'
import { isEnded, isPulled } from '../item/life.ts'
import { endedError } from '../item/removal.ts'
import { notPulled } from '../item/view.ts'
import { itemStatus, pullableItemIds } from '../store/item.ts'
import {
  askForRun,
  beatRun,
  beginRun,
  finishRun,
  heartbeatMsMax,
  insertRunItem,
  type RunOutcome,
} from '../store/run.ts'
import type { RunMode } from '../shapes.ts'
import { noCounts, pullItem, type PullContext, type PullCounts } from './pull.ts'

/** Of one run; of all together, however many ask for an Item each: the others are a queue. */
const pullsMax = 4
const pullsAtOnceMax = 8
const idsPage = 1_000
const waitForLeaseMs = 250
const waitForTurnMs = 500
/**
 * A pull that is held longer than this by another process is reported as failed: a million rows
 * come in forty minutes, by Plaid's limits.
 */
const waitForLeaseMsMax = 7_200_000

export interface Runs {
  /** The id of a run that begins after this: a new one, or one that waits already. */
  start(mode: RunMode, itemId: string | null): Promise<string>
  /** Resolves when no run of this process is left. */
  settled(): Promise<void>
}

export function createRuns(
  context: PullContext,
  log: Logger,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Runs {
  const running = new Set<Promise<void>>()
  const turns = createTurns(pullsAtOnceMax)
  return {
    start: async (mode, itemId) => {
      const status = itemId === null ? undefined : await itemStatus(context.pool, itemId)
      if (status === 'removed' || status === 'erased') throw endedError(status)
      const { id, isNew } = await askForRun(context.pool, mode, itemId)
      if (!isNew) return id
      const work = execute({ context, clock, turns, signal, id, mode }, itemId).catch(
        (error: unknown) => {
          if (!isAbort(error)) log.error({ run: id }, classify(error).message)
        },
      )
      running.add(work)
      void work.finally(() => running.delete(work))
      return id
    },
    settled: async () => {
      await Promise.all(running)
    },
  }
}

interface Running {
  context: PullContext
  clock: Clock
  turns: Turns
  signal: AbortSignal
  id: string
  mode: RunMode
}

async function execute(run: Running, itemId: string | null): Promise<void> {
  const { pool } = run.context
  const beat = setInterval(() => void beatRun(pool, run.id).catch(() => {}), heartbeatMsMax / 3)
  try {
    while (!(await beginRun(pool, run.id))) await run.clock.sleep(waitForTurnMs, run.signal)
    const ids = itemId === null ? allIds(run.context) : oneId(itemId)
    // Each worker takes the next id when it is free: the iterator is shared.
    await Promise.all(Array.from({ length: pullsMax }, () => work(run, ids)))
    await finishRun(pool, run.id)
  } finally {
    clearInterval(beat)
  }
}

async function work(run: Running, ids: AsyncGenerator<string>): Promise<void> {
  for (let next = await ids.next(); !next.done; next = await ids.next()) {
    await insertRunItem(run.context.pool, run.id, await pullForRun(run, next.value))
  }
}

async function pullForRun(run: Running, itemId: string): Promise<RunOutcome> {
  const counts = noCounts()
  try {
    await pullWhenFree(run, itemId, counts)
    const good = { status: 'succeeded' as const, error_code: null, error_message: null }
    return { item_id: itemId, ...good, ...counts }
  } catch (error) {
    if (isAbort(error)) throw error
    const { code, message } = classify(error)
    const bad = { status: 'failed' as const, error_code: code, error_message: message }
    return { item_id: itemId, ...bad, ...counts } // of one product, where the other failed
  }
}

async function pullWhenFree(run: Running, itemId: string, counts: PullCounts): Promise<void> {
  const deadline = run.clock.now() + waitForLeaseMsMax
  for (;;) {
    const pull = () => pullItem(run.context, itemId, run.mode, run.signal, counts, 'request')
    if (await run.turns.take(pull, run.signal)) return
    const status = await itemStatus(run.context.pool, itemId)
    if (isEnded(status)) return
    if (!isPulled(status)) throw await notPulled(run.context.pool, itemId)
    if (run.clock.now() > deadline) {
      throw new TransientError('ITEM_BUSY', 'another process has been pulling it all the time')
    }
    await run.clock.sleep(waitForLeaseMs, run.signal)
  }
}

async function* allIds(context: PullContext): AsyncGenerator<string> {
  for (let after = ''; ;) {
    const page = await pullableItemIds(context.pool, after, idsPage)
    yield* page
    if (page.length < idsPage) return
    after = page.at(-1) ?? after
  }
}

async function* oneId(itemId: string): AsyncGenerator<string> {
  yield itemId
}
