// `GET /health` for those who watch, `GET /stats` for those who wonder.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { type Clock, systemClock } from '../../std/clock.ts'
import { answerOf, probeRoutes } from '../../std/probes.ts'
import type { ServiceContext } from '../context.ts'
import { checkStamp } from '../cursor.ts'
import { feedClock } from '../store/feed.ts'
import { storeStats } from '../store/stats.ts'
import { changesAfter } from '../store/transaction.ts'
import { text } from './schema.ts'
import { Health, Stats } from '../store/shapes.ts'

const checkMsMax = 3_000
/** Plaid is asked at most so often, however often we are. */
const plaidEveryMs = 10_000

export function healthRoutes(app: FastifyInstance, context: ServiceContext): void {
  probeRoutes(app, () => feedClock(context.pool))
  const plaid = cached(() => reach(context.plaidUrl), plaidEveryMs, systemClock)
  app.get<{ Reply: Health }>('/health', { schema: healthSchema }, async (_, reply) => {
    const [database, bank] = await Promise.all([answerOf(() => feedClock(context.pool)), plaid()])
    const well = database === 'ok' && bank === 'ok'
    return reply
      .code(well ? 200 : 503)
      .send({ status: well ? 'ok' : 'unavailable', database, plaid: bank })
  })

  const schema = {
    summary: 'Counts of what the store holds',
    querystring: statsQuery,
    response: { 200: Stats },
  }
  type Asked = { Querystring: Static<typeof statsQuery>; Reply: Stats }
  app.get<Asked>('/stats', { schema }, async ({ query }) => {
    const since = query.since === undefined ? undefined : checkStamp(query.since, 'since')
    const [stats, clock, changes] = await Promise.all([
      storeStats(context.pool),
      feedClock(context.pool),
      since === undefined ? undefined : changesAfter(context.readers, since, changesMax),
    ])
    const feed = { epoch: clock.epoch, head: clock.head }
    return {
      ...stats,
      feed,
      ...(since !== undefined && changes ? { changes: { since, ...changes } } : {}),
    }
  })
}

const healthSchema = {
  summary: 'Well, or 503 with the reason; open to everybody',
  response: { 200: Health, 503: Health },
}

const changesMax = 100_000

const statsQuery = Type.Object(
  {
    since: Type.Optional(
      Type.String({
        ...text,
        description:
          'A stamp: `changes` counts what the feed has after it, up to 100,000 rows, and says ' +
          'whether there are `more`.',
      }),
    ),
  },
  { additionalProperties: false },
)

/** Any answer will do: which one is a matter of credentials, not of health. */
async function reach(url: string): Promise<string> {
  return answerOf(async () => {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(checkMsMax) })
    await answer.body?.cancel()
  })
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
