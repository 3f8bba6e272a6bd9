// `GET /health` for those who watch, `GET /stats` for those who wonder.
import type { FastifyInstance } from 'fastify'
import { type Clock, systemClock } from '../../std/clock.ts'
import { classify } from '../../std/errors.ts'
import type { ServiceContext } from '../context.ts'
import { feedClock } from '../store/feed.ts'
import { storeStats } from '../store/listing.ts'

const checkMsMax = 3_000
/** Plaid is asked at most so often, however often we are. */
const plaidEveryMs = 10_000

export function healthRoutes(app: FastifyInstance, context: ServiceContext): void {
  const plaid = cached(() => reach(context.plaidUrl), plaidEveryMs, systemClock)
  app.get('/health', { schema: { summary: 'Well, or 503 with the reason' } }, async (_, reply) => {
    const [database, bank] = await Promise.all([probe(() => feedClock(context.pool)), plaid()])
    const well = database === 'ok' && bank === 'ok'
    return reply
      .code(well ? 200 : 503)
      .send({ status: well ? 'ok' : 'unavailable', database, plaid: bank })
  })

  app.get('/stats', { schema: { summary: 'Counts of what the store holds' } }, async () => {
    const [stats, clock] = await Promise.all([storeStats(context.pool), feedClock(context.pool)])
    return { ...stats, feed: { epoch: clock.epoch, head: clock.head } }
  })
}

/** Any answer will do: which one is a matter of credentials, not of health. */
async function reach(url: string): Promise<string> {
  return probe(async () => {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(checkMsMax) })
    await answer.body?.cancel()
  })
}

async function probe(ask: () => Promise<unknown>): Promise<string> {
  const late = AbortSignal.timeout(checkMsMax)
  const timeout = new Promise<string>((resolve) => {
    late.addEventListener('abort', () => resolve(`no answer in ${checkMsMax} ms`))
  })
  const answer = ask().then(
    () => 'ok',
    (error: unknown) => classify(error).message,
  )
  return Promise.race([answer, timeout])
}

function cached<T>(ask: () => Promise<T>, everyMs: number, clock: Clock): () => Promise<T> {
  let at = -Infinity
  let last: Promise<T> | undefined
  return () => {
    if (last === undefined || clock.now() - at > everyMs) {
      at = clock.now()
      last = ask()
    }
    return last
  }
}
