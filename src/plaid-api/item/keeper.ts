// What the service does for its Items without being asked, beside pulling them: takes in what
// people did on Link's page, whoever has gone away, and brings to its end what a crash or a Plaid
// that was away left half done. Each on its own, so that a broken one stops nobody (L7).
import { type Clock, systemClock } from '../../std/clock.ts'
import { classify, isAbort } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import { rounds } from '../../std/rounds.ts'
import { collect } from '../link/collect.ts'
import type { LinkContext } from '../link/context.ts'
import { endingItemIds } from '../store/life.ts'
import {
  claimSessions,
  closeLinkSession,
  type LinkSession,
  pruneLinkSessions,
} from '../store/link.ts'
import { goOnEnding } from './removal.ts'

const tickMs = 2_000
/** Of either kind, in one round; they are worked at together (L9). */
const roundMax = 8
const pruneEveryMs = 86_400_000
const sessionDaysMax = 30

export async function keep(
  context: LinkContext,
  log: Logger,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<void> {
  let pruneAt = 0
  const round = async () => {
    if (clock.now() >= pruneAt) {
      await pruneLinkSessions(context.pool, sessionDaysMax)
      pruneAt = clock.now() + pruneEveryMs
    }
    await keepOnce(context, log, signal)
  }
  await rounds(round, { pauseMs: tickMs, log, signal, clock })
}

/** One round; resolves when everything that was due has been tried. */
export async function keepOnce(
  context: LinkContext,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (let worked = roundMax; worked === roundMax && !signal.aborted;) {
    const sessions = await claimSessions(context.pool, roundMax)
    const ending = await endingItemIds(context.pool, roundMax)
    await Promise.all([
      ...sessions.map((session) => tried(() => look(context, session))),
      ...ending.map((id) => tried(() => goOnEnding(context, id, signal), id)),
    ])
    worked = Math.max(sessions.length, ending.length)
  }

  async function tried(work: () => Promise<void>, itemId?: string): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (isAbort(error)) return
      const { code, message } = classify(error)
      log.warn({ code, ...(itemId === undefined ? {} : { item_id: itemId }) }, message)
    }
  }
}

async function look(context: LinkContext, session: LinkSession): Promise<void> {
  const status = await collect(context, session)
  const isOver = session.expired || (session.item_id !== null && status === 'finished')
  if (isOver) await closeLinkSession(context.pool, session.session_id)
}
