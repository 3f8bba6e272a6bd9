// What was received is worked on here, behind the answer: by whichever process takes it first, in
// one transaction with the mark that it is done, so that a crash leaves it to the next and nobody
// does it twice. What a webhook says of an Item may be old, come late or come again: only a pull
// knows, so one follows.
import { type Clock, systemClock } from '../../std/clock.ts'
import type { Bell } from '../../std/bell.ts'
import { classify } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import { rounds } from '../../std/rounds.ts'
import type { Client } from '../../postgres/pool.ts'
import { tx } from '../../postgres/query.ts'
import { isPulled, live } from '../item/life.ts'
import { type LifeContext, noteEvent } from '../item/note.ts'
import type { WebhookOutcome } from './shapes.ts'
import { lockLife } from '../store/life.ts'
import { lookNow } from '../store/link.ts'
import {
  endWebhook,
  noteNews,
  pruneWebhooks,
  publishWebhooks,
  takeWebhook,
  type WaitingWebhook,
  type WebhooksKept,
  workPulls,
} from '../store/webhook.ts'
import { eventOf } from './event.ts'

const tickMs = 2_000
const pullsAtOnceMax = 500
/** They hold the feed's clock (L9). */
const publishedAtOnceMax = 1_000
const pruneEveryMs = 600_000
const kept: WebhooksKept = { daysMax: 30, rowsMax: 200_000, atOnceMax: 5_000 }

export interface WorkContext extends LifeContext {
  /** Rung when something came. */
  received: Bell
  /** Rung when an Item is to be pulled. */
  due: Bell
  log: Logger
  onStep?: (step: string) => Promise<void>
}

export async function work(
  context: WorkContext,
  log: Logger,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<void> {
  let pruneAt = 0
  const round = async () => {
    await workOnce(context, signal)
    while ((await publishWebhooks(context.pool, publishedAtOnceMax)) > 0) signal.throwIfAborted()
    if (clock.now() < pruneAt) return
    while ((await pruneWebhooks(context.pool, kept)) > 0) signal.throwIfAborted()
    pruneAt = clock.now() + pruneEveryMs
  }
  const says = 'webhooks wait'
  await rounds(round, { pauseMs: tickMs, bell: context.received, says, log, signal, clock })
}

/** Resolves when nothing waits that nobody else is at. */
export async function workOnce(context: WorkContext, signal: AbortSignal): Promise<void> {
  for (let worked = 1; worked > 0 && !signal.aborted;) {
    const pulls = await tx(context.pool, async (db) => {
      const done = await workPulls(db, pullsAtOnceMax)
      await context.onStep?.('webhook worked')
      return done
    })
    const other = await workOne(context)
    worked = pulls + other
    if (worked > 0) context.due.ring()
  }
}

async function workOne(context: WorkContext): Promise<number> {
  let taken: WaitingWebhook | undefined
  try {
    return await tx(context.pool, async (db) => {
      taken = await takeWebhook(db)
      if (!taken) return 0
      const outcome = await act(context, db, taken)
      await endWebhook(db, taken.id, outcome)
      await context.onStep?.('webhook worked')
      return 1
    })
  } catch (error) {
    if (taken === undefined || classify(error).kind === 'transient') throw error
    context.log.warn({ webhook: taken.id, err: classify(error) }, 'a webhook is left to a pull')
    await leaveToPull(context, taken)
    return 1
  }
}

/** What cannot be worked on holds none of those behind it: a pull finds out what it was about. */
async function leaveToPull({ pool }: WorkContext, { id, item_id: itemId }: WaitingWebhook) {
  await tx(pool, async (db) => {
    if (itemId !== null && (await lockLife(db, itemId))) await noteNews(db, itemId)
    await endWebhook(db, id, 'pull')
  })
}

async function act(
  context: WorkContext,
  db: Client,
  webhook: WaitingWebhook,
): Promise<WebhookOutcome> {
  if (webhook.act === 'link') {
    const { link_token_hash: hash } = webhook
    return hash !== null && (await lookNow(db, hash)) ? 'link' : 'nothing'
  }
  const { item_id: id } = webhook
  const row = id === null ? undefined : await lockLife(db, id)
  if (id === null || !row) return 'unknown_item'
  if (!isPulled(row.status)) return 'nothing'
  const event = eventOf(JSON.parse(webhook.body) as Record<string, unknown>)
  if (event === undefined) {
    await noteNews(db, id)
    return 'pull'
  }
  if (event.kind === 'failed' || event.kind === 'repaired') {
    // One that works is not told to be repaired by what came late: the pull looks.
    const isNews = event.kind === 'failed' || row.code !== null
    if (isNews) await noteEvent(context, db, id, event)
    await noteNews(db, id)
    return isNews ? 'item' : 'pull'
  }
  // An announcement that comes again may come after what was done about it.
  if (webhook.repeated) return 'repeated'
  const before = { ...row, pause: 'kept' as const }
  if (JSON.stringify(live(before, event)) === JSON.stringify(before)) return 'nothing'
  await noteEvent(context, db, id, event)
  return 'item'
}
