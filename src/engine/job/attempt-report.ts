// What an attempt tells while it runs, log and counts, brought to the database with every renewal
// of its lease and through the fence (L6).
import type { Pool } from '../../postgres/pool.ts'
import { scrubber } from '../connector/configuration.ts'
import { type AttemptLog, createAttemptLog } from '../pump/attempt-log.ts'
import { createStateLedger, type StateLedger } from '../pump/state-ledger.ts'
import type { ActorKind } from '../store/actor.ts'
import { insertLogLines, upsertStreamStats } from '../store/attempt.ts'
import { fenced } from './fence.ts'

export interface AttemptReport {
  log: AttemptLog
  ledger: StateLedger
  /** Without the connectors' secrets, as soon as they are known (L5). */
  scrub(text: string): string
  /** From now on these do not get into the log, nor do those that they took the place of. */
  hide(of: ActorKind, secrets: string[]): void
  flush(): Promise<void>
}

/** Secrets that a connector had before, in one attempt (L9). */
const formerMax = 100

export function createReport(pool: Pool, attemptId: string): AttemptReport {
  const hidden: Record<ActorKind, string[]> = { source: [], destination: [] }
  let scrub = scrubber([])
  const log = createAttemptLog((text) => scrub(text))
  const report: AttemptReport = {
    log,
    scrub: (text) => scrub(text),
    ledger: createStateLedger([]),
    hide: (of, secrets) => {
      const all = [...new Set([...secrets, ...hidden[of]])]
      hidden[of] = all.slice(0, secrets.length + formerMax)
      scrub = scrubber([...hidden.source, ...hidden.destination])
    },
    flush: () =>
      fenced(pool, attemptId, async (db) => {
        const { first, lines } = log.take()
        if (lines.length > 0) await insertLogLines(db, attemptId, first, lines)
        await upsertStreamStats(db, attemptId, report.ledger.stats())
      }),
  }
  return report
}
