// Messages on their way out. Each way has a loop of its own: one that is down is tried again, later
// and later, and holds no other (L7). A message is taken, sent, and only then marked: whoever dies
// in between sends it again, under the same id, and nothing is lost.
import type { Pool } from '../../postgres/pool.ts'
import { classify, errorCode } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import { uuid } from '../../std/ids.ts'
import type { Db } from '../../postgres/query.ts'
import { insertMessage, markSent, markUnsent, takeMessage } from '../store/alert.ts'
import type { Notice } from './judge.ts'
import type { Body } from './message.ts'
import type { Way } from './ways.ts'

/** Longer than any way takes. */
const leaseMs = 5 * 60_000
const firstRetryMs = 60_000
const retryMsMax = 60 * 60_000
/** After so long it is news to nobody. */
const tryMsMax = 3 * 24 * 60 * 60_000

/** In the transaction that keeps what they tell; gives their ids. */
export async function enqueue(
  db: Db,
  ways: readonly Pick<Way, 'name' | 'oneByOne'>[],
  notices: readonly Notice[],
  now: number,
): Promise<string[]> {
  const ids: string[] = []
  for (const { name: way, oneByOne } of ways) {
    const parts = oneByOne && notices.length > 0 ? notices.map((one) => [one]) : [notices]
    for (const part of parts) {
      const id = uuid()
      await insertMessage(db, { id, way, body: { notices: part }, now })
      ids.push(id)
    }
  }
  return ids
}

export interface Delivery {
  pool: Pool
  log: Logger
  /** Where the web app is, with a slash at its end. */
  link: string
}

/** Everything of a way that is due, oldest first, until one is not taken. */
export async function deliver(
  { pool, log, link }: Delivery,
  way: Way,
  now: () => number,
): Promise<void> {
  for (;;) {
    const message = await takeMessage(pool, way.name, now(), leaseMs)
    if (!message) return
    const { id, tries, createdAt } = message
    const { notices } = JSON.parse(message.body) as Body
    try {
      await way.send({ id, notices, now: now(), link })
      await markSent(pool, id, now())
      log.info({ way: way.name, message: id, notices: notices.length }, 'told')
    } catch (error) {
      const failure = classify(error)
      const isOver = now() - createdAt > tryMsMax
      const wait = Math.min(retryMsMax, firstRetryMs * 2 ** (tries - 1))
      await markUnsent(pool, id, {
        error: failure.message,
        next: now() + wait,
        givenUp: isOver ? now() : null,
      })
      const code = errorCode(error) ?? failure.code
      log.warn({ way: way.name, message: id, tries, code }, `not told: ${failure.message}`)
      return
    }
  }
}
