// Webhooks that were refused, by code: told to the log, and kept for whoever is told of them. A
// flood of them must flood neither the log nor the database: a line a minute, a statement a second.
import type { Db } from '../../postgres/query.ts'
import { systemClock } from '../../std/clock.ts'
import { classify } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import { addRefusals } from '../store/webhook-refusal.ts'

const tellEveryMs = 60_000
const keepEveryMs = 1_000

export interface Refusals {
  add(error: Error): void
  /** What is not kept yet is tried once more. */
  stop(): Promise<void>
}

export function createRefusals(db: Db, log: Logger): Refusals {
  const untold = new Map<string, number>()
  const unkept = new Map<string, number>()
  const stopping = new AbortController()
  let toldAt = -Infinity
  let keeping: Promise<void> | undefined

  const tell = (message: string) => {
    if (systemClock.now() - toldAt < tellEveryMs) return
    toldAt = systemClock.now()
    log.warn({ refused: Object.fromEntries(untold) }, message)
    untold.clear()
  }
  const keep = async () => {
    const counts = [...unkept]
    unkept.clear()
    await addRefusals(db, counts).catch((error: unknown) => {
      for (const [code, n] of counts) increase(unkept, code, n)
      log.debug({ err: classify(error) }, 'refused webhooks could not be counted: again soon')
    })
  }
  const keepOn = async () => {
    while (unkept.size > 0 && !stopping.signal.aborted) {
      await keep()
      await systemClock.sleep(keepEveryMs, stopping.signal).catch(() => {})
    }
    keeping = undefined
  }
  return {
    add: (error) => {
      const { code, message } = classify(error)
      increase(untold, code)
      increase(unkept, code)
      tell(message)
      keeping ??= keepOn()
    },
    stop: async () => {
      stopping.abort()
      await keeping
      if (unkept.size > 0) await keep()
    },
  }
}

function increase(counts: Map<string, number>, code: string, by = 1): void {
  counts.set(code, (counts.get(code) ?? 0) + by)
}
