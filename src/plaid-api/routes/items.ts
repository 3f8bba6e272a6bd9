// An Item: how it is, whether the store holds the truth, what becomes of a second link, its end.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import type { ServiceContext } from '../context.ts'
import { verifyItem } from '../ingest/verify.ts'
import { choices, choose } from '../item/choice.ts'
import { endItem } from '../item/removal.ts'
import { readItem } from '../item/view.ts'
import { createSandboxItem } from '../link/sandbox.ts'
import { Item, Resolved, SandboxItem } from '../shapes.ts'
import { VerifyReport } from '../verify-shapes.ts'
import { itemListRoutes } from './item-list.ts'
import { failures, owner, text } from './schema.ts'

const itemId = Type.Object({ item_id: text })

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
  response: { 200: VerifyReport, 202: VerifyReport, ...failures(404, 409) },
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

export function itemRoutes(app: FastifyInstance, context: ServiceContext): void {
  itemListRoutes(app, context)
  endRoutes(app, context)

  app.get<{ Params: Static<typeof itemId>; Reply: Item }>(
    '/items/:item_id',
    {
      schema: {
        summary: 'One Item: how it is, and what to do about it',
        params: itemId,
        response: { 200: Item, ...failures(404) },
      },
    },
    ({ params }) => readItem(context.pool, params.item_id),
  )

  app.post<{ Params: Static<typeof itemId>; Reply: VerifyReport }>(
    '/items/:item_id/verify',
    { schema: verifySchema },
    async ({ params }, reply) => {
      const report = await verifyItem(context, params.item_id, context.stopping)
      return reply.code(report.status === 'reading' ? 202 : 200).send(report)
    },
  )

  app.post<{ Params: Static<typeof itemId>; Body: Static<typeof choice>; Reply: Resolved }>(
    '/items/:item_id/resolve',
    {
      schema: {
        summary: 'Chooses what becomes of a second link of the same accounts, which is held',
        params: itemId,
        body: choice,
        response: { 200: Resolved, ...failures(404, 409) },
      },
    },
    async ({ params, body }) => {
      const session = await choose(context, params.item_id, body.choice, context.stopping)
      return { item: await readItem(context.pool, params.item_id), link_session: session }
    },
  )

  app.post<{ Body: Static<typeof sandboxItem>; Reply: SandboxItem }>(
    '/items/sandbox',
    {
      schema: {
        summary: 'Links a bank without a person; sandboxes only',
        body: sandboxItem,
        response: { 201: SandboxItem, ...failures(409) },
      },
    },
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

const ended = { 204: Type.Null(), ...failures(404, 409) }

function endRoutes(app: FastifyInstance, context: ServiceContext): void {
  app.delete<{ Params: Static<typeof itemId> }>(
    '/items/:item_id',
    {
      schema: {
        summary: 'Disconnects: ends the Item at Plaid; its rows stay, its accounts are closed',
        params: itemId,
        response: ended,
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
        response: ended,
      },
    },
    async ({ params }, reply) => {
      await endItem(context, params.item_id, 'erase', context.stopping)
      return reply.code(204).send()
    },
  )
}
