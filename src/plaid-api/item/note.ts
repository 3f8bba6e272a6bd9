// The thin shell of the state machine (life.ts): an event is applied to the Item's row, under its
// lock, and the pause that the machine asks for becomes a time.
import { systemClock } from '../../std/clock.ts'
import { classify } from '../../std/errors.ts'
import { jitter } from '../../std/ids.ts'
import { backoffMs } from '../../std/retry.ts'
import type { Pool } from '../../postgres/pool.ts'
import { type Db, tx } from '../../postgres/query.ts'
import { dropEmptyAccounts, settleAccounts } from '../store/duplicate.ts'
import type { LeasedItem } from '../store/item.ts'
import { lockLife, type NextAt, notePulledAt, outlivedItems, saveLife } from '../store/life.ts'
import { forgetNews } from '../store/webhook.ts'
import { type ItemEvent, type Life, live } from './life.ts'

export interface LifeContext {
  pool: Pool
  pollEveryMs: number
}

const DAY_MS = 86_400_000
const RETRY = { triesMax: Infinity, firstDelayMs: 30_000, delayMsMax: 6 * 3_600_000, factor: 3 }
/** A new Item's first transactions are there within seconds, sometimes minutes. */
const SOON_MS = 20_000

/**
 * Undefined where there is no such Item, or where `lease` is given and lost: then nothing happens.
 */
export async function noteEvent(
  context: LifeContext,
  db: Db,
  itemId: string,
  event: ItemEvent,
  { lease, bounds }: { lease?: string; bounds?: Bounds } = {},
): Promise<Life | undefined> {
  const row = await lockLife(db, itemId, lease)
  if (!row) return undefined
  const life = live({ ...row, pause: 'kept' }, event)
  await saveLife(db, itemId, life, nextAt(context, life, bounds))
  return life
}

/** `ready`: the bank has given transactions, be it none. */
export async function noteSuccess(
  context: LifeContext,
  item: LeasedItem,
  ready: boolean,
): Promise<void> {
  await tx(context.pool, async (db) => {
    const event = { kind: 'pulled', ready, now: systemClock.now() } as const
    const { lease } = item
    const life = await noteEvent(context, db, item.item_id, event, { lease })
    if (!life) return
    await notePulledAt(db, item.item_id)
    await forgetNews(db, item)
    await settleAccounts(db, item.item_id)
    for (const id of await outlivedItems(db, item.item_id)) {
      await noteEvent(context, db, id, { kind: 'erase' })
      await dropEmptyAccounts(db, id)
    }
  })
}

/** `isPart`: of its products one is well, and asked for as often as if all were. */
export async function noteFailure(
  context: LifeContext,
  item: LeasedItem,
  error: unknown,
  isPart = false,
): Promise<void> {
  const { code, message, kind, retryAfterMs = 0 } = classify(error)
  const event = { kind: 'failed', code, message, error: kind } as const
  // A limit waits as long as Plaid says.
  const from = Math.min(retryAfterMs, DAY_MS)
  const bounds = { from, to: isPart ? context.pollEveryMs : Infinity }
  const { item_id: id, lease } = item
  await tx(context.pool, async (db) => {
    const life = await noteEvent(context, db, id, event, { lease, bounds })
    // It is tried again when the failure says so.
    if (life) await forgetNews(db, item)
  })
}

/** In milliseconds. */
interface Bounds {
  from: number
  to: number
}

/** Jittered, so that a hundred thousand Items do not come back together. */
function nextAt(
  { pollEveryMs }: LifeContext,
  { pause, failures }: Life,
  { from, to }: Bounds = { from: 0, to: Infinity },
): NextAt {
  if (pause === 'kept' || pause === 'never') return pause
  const pauses: Record<typeof pause, number> = {
    now: 0,
    soon: jittered(Math.min(pollEveryMs, SOON_MS)),
    poll: jittered(pollEveryMs),
    backoff: backoffMs(RETRY, Math.max(1, failures)),
    day: DAY_MS,
  }
  return Math.max(from, Math.min(pauses[pause], to))
}

function jittered(ms: number): number {
  return Math.round(ms * (0.75 + jitter() / 2))
}
