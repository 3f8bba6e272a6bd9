// Items: what is linked, how each is, whether the store holds the truth, and their end.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { until } from '../../postgres/query.ts'
import type { ServiceContext } from '../context.ts'
import { checkStamp, decodeCursor, encodeCursor, invalidCursor } from '../cursor.ts'
import { verifyItem } from '../ingest/verify.ts'
import { choices, choose } from '../item/choice.ts'
import { itemStatuses } from '../item/life.ts'
import { endItem } from '../item/removal.ts'
import { itemView, readItem } from '../item/view.ts'
import { createSandboxItem } from '../link/sandbox.ts'
import { itemsPage } from '../store/items-page.ts'
import { callerLeft } from './caller.ts'
import { limit, owner, text } from './schema.ts'

const itemId = Type.Object({ item_id: text })

const itemsQuery = Type.Object(
  {
    status: Type.Optional(Type.Enum([...itemStatuses])),
    client_user_id: Type.Optional(owner),
    cursor: Type.Optional(text),
    limit,
  },
  { additionalProperties: false },
)

const sandboxItem = Type.Object(
  {
    institution_id: text,
    username: Type.Optional(text),
    client_user_id: Type.Optional(owner),
  },
  { additionalProperties: false },
)

const verifySchema = {
  summary: 'Compares the store with what the bank says now',
  description:
    'A large history is read in slices: 202 with status “reading” says how many pages are read; ' +
    'ask again, and it goes on there.',
  params: itemId,
}

const choice = Type.Object(
  {
    choice: Type.Enum([...choices], {
      description:
        'repair: the old Item gets a Link session, this one is discarded at Plaid; replace: this ' +
        'one takes its place; keep_both: they are not the same; discard: at Plaid.',
    }),
  },
  { additionalProperties: false },
)

const rowsDefault = 100

export function itemRoutes(app: FastifyInstance, context: ServiceContext): void {
  listRoute(app, context)
  endRoutes(app, context)

  app.get<{ Params: Static<typeof itemId> }>(
    '/items/:item_id',
    { schema: { summary: 'One Item: how it is, and what to do about it', params: itemId } },
    ({ params }) => readItem(context.pool, params.item_id),
  )

  app.post<{ Params: Static<typeof itemId> }>(
    '/items/:item_id/verify',
    { schema: verifySchema },
    async ({ params }, reply) => {
      const report = await verifyItem(context, params.item_id, context.stopping)
      return reply.code(report.status === 'reading' ? 202 : 200).send(report)
    },
  )

  app.post<{ Params: Static<typeof itemId>; Body: Static<typeof choice> }>(
    '/items/:item_id/resolve',
    {
      schema: {
        summary: 'Chooses what becomes of a second link of the same accounts, which is held',
        params: itemId,
        body: choice,
      },
    },
    async ({ params, body }) => {
      const session = await choose(context, params.item_id, body.choice, context.stopping)
      return { item: await readItem(context.pool, params.item_id), link_session: session }
    },
  )

  app.post<{ Body: Static<typeof sandboxItem> }>(
    '/items/sandbox',
    { schema: { summary: 'Links a bank without a person; sandboxes only', body: sandboxItem } },
    async ({ body }, reply) => {
      const id = await createSandboxItem(
        context,
        {
          institutionId: body.institution_id,
          username: body.username,
          owner: body.client_user_id,
        },
        context.stopping,
      )
      const { item_id, status, duplicate_of, advice } = await readItem(context.pool, id)
      return reply.code(201).send({ item_id, status, duplicate_of, advice })
    },
  )
}

function listRoute(app: FastifyInstance, context: ServiceContext): void {
  app.get<{ Querystring: Static<typeof itemsQuery> }>(
    '/items',
    {
      schema: {
        summary: 'Linked Items and how each is, in the order in which they were linked',
        description: 'Follow next_cursor while has_more; `advice` says what to do about an Item.',
        querystring: itemsQuery,
      },
    },
    async ({ query }, reply) => {
      const { limit: rowsMax = rowsDefault, status = null, client_user_id = null } = query
      const after = query.cursor === undefined ? null : afterOf(query.cursor)
      const request = { status, owner: client_user_id, after, limit: rowsMax + 1 }
      const left = callerLeft(reply)
      const rows = await until(context.readers, left, (db) => itemsPage(db, request))
      const page = rows.slice(0, rowsMax)
      const last = page.at(-1)
      const hasMore = rows.length > rowsMax
      const next = last && encodeCursor({ linked: last.created_at, item: last.item_id })
      return {
        items: page.map(itemView),
        has_more: hasMore,
        next_cursor: hasMore ? (next ?? null) : null,
      }
    },
  )
}

function afterOf(cursor: string): { createdAt: string; itemId: string } {
  const { linked, item } = decodeCursor(cursor, ['linked', 'item'])
  if (linked === null || item === null) throw invalidCursor()
  return { createdAt: checkStamp(linked, 'cursor'), itemId: item }
}

function endRoutes(app: FastifyInstance, context: ServiceContext): void {
  app.delete<{ Params: Static<typeof itemId> }>(
    '/items/:item_id',
    {
      schema: {
        summary: 'Disconnects: ends the Item at Plaid; its rows stay, its accounts are closed',
        params: itemId,
      },
    },
    async ({ params }, reply) => {
      await endItem(context, params.item_id, 'disconnect', context.stopping)
      return reply.code(204).send()
    },
  )

  app.post<{ Params: Static<typeof itemId> }>(
    '/items/:item_id/erase',
    {
      schema: {
        summary: 'Ends the Item at Plaid and takes all that it brought out of feed and accounts',
        params: itemId,
      },
    },
    async ({ params }, reply) => {
      await endItem(context, params.item_id, 'erase', context.stopping)
      return reply.code(204).send()
    },
  )
}
