// How the banks were pulled; and the stream of what changes. Neither says anything that the rows do
// not.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { until } from '../../postgres/query.ts'
import { eventStreams } from '../../std/event-stream.ts'
import type { ServiceContext } from '../context.ts'
import { checkStamp, decodeCursor, encodeCursor, invalidCursor } from '../cursor.ts'
import { pullsPage, pullStrips } from '../store/pull.ts'
import { callerLeft } from './caller.ts'
import { PullsPage, PullStrips } from '../shapes.ts'
import { limit, text } from './schema.ts'

const pullsQuery = Type.Object(
  { item_id: Type.Optional(text), cursor: Type.Optional(text), limit },
  { additionalProperties: false },
)

const stripsQuery = Type.Object(
  {
    item_id: Type.Array(text, { minItems: 1, maxItems: 100 }),
    since: { ...text, description: 'Where the first step begins.' },
    step_seconds: Type.Integer({ minimum: 60, maximum: 86_400 }),
  },
  { additionalProperties: false },
)
const cellsMax = 400
const nothing = Type.Object({}, { additionalProperties: false })

const rowsDefault = 100

export function pullRoutes(app: FastifyInstance, context: ServiceContext): void {
  app.get<{ Querystring: Static<typeof pullsQuery>; Reply: PullsPage }>(
    '/pulls',
    {
      schema: {
        summary: 'How the banks were pulled, newest first: who asked, what came, what went wrong',
        description:
          'Of each Item the last hundred pulls of ninety days. Follow next_cursor while has_more.',
        querystring: pullsQuery,
        response: { 200: PullsPage },
      },
    },
    async ({ query }, reply) => {
      const { item_id: itemId = null, limit: rowsMax = rowsDefault } = query
      const before = query.cursor === undefined ? null : beforeOf(query.cursor)
      const request = { itemId, before, limit: rowsMax + 1 }
      const rows = await until(context.readers, callerLeft(reply), (db) => pullsPage(db, request))
      const pulls = rows.slice(0, rowsMax)
      const last = pulls.at(-1)
      const hasMore = rows.length > rowsMax
      return {
        pulls,
        has_more: hasMore,
        next_cursor: hasMore && last ? encodeCursor({ pull: last.id }) : null,
      }
    },
  )

  app.get<{ Querystring: Static<typeof stripsQuery>; Reply: PullStrips }>(
    '/pulls/strips',
    {
      schema: {
        summary: 'The pulls of some Items in steps of time, to look at many at once',
        description: `Up to ${cellsMax} steps; a step in which none began is absent.`,
        querystring: stripsQuery,
        response: { 200: PullStrips },
      },
    },
    async ({ query }, reply) => {
      const { item_id: itemIds, step_seconds: stepSeconds } = query
      const since = checkStamp(query.since, 'since')
      const request = { itemIds, since, stepSeconds, cellsMax }
      const left = callerLeft(reply)
      return { strips: await until(context.readers, left, (db) => pullStrips(db, request)) }
    },
  )

  const schema = {
    summary: 'What changes, as Server-Sent Events: item, pull, link_session, webhook and feed',
    description:
      'Open it first and read then: nothing lies between. `reset` says that something may have ' +
      'been missed. With Last-Event-ID it goes on where it was, as far as the last 1,000 events ' +
      'go; a comment comes every two seconds. It ends after five minutes, to be asked for again, ' +
      'and is refused with 503 while what changes cannot be heard.',
    querystring: nothing,
    response: { 200: { content: { 'text/event-stream': { schema: Type.String() } } } },
  }
  app.get('/events', { schema }, eventStreams(context.events))
}

function beforeOf(cursor: string): string {
  const { pull } = decodeCursor(cursor, ['pull'])
  if (pull === null || !/^\d{1,18}$/.test(pull)) throw invalidCursor()
  return pull
}
