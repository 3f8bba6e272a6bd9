// Items: what is linked, how each is, linking one more, taking one away, and whether the store
// holds the truth.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { ServiceContext } from '../context.ts'
import { createSandboxItem, removeItem } from '../items.ts'
import { verifyItem } from '../ingest/verify.ts'
import { createLinkSession, readLinkSession } from '../link.ts'
import { listItems } from '../store/item.ts'
import { text } from './schema.ts'

const itemId = Type.Object({ item_id: text })
const sessionId = Type.Object({ session_id: Type.String({ format: 'uuid' }) })
const sandboxItem = Type.Object(
  { institution_id: text, username: Type.Optional(text) },
  { additionalProperties: false },
)

const verifySchema = {
  summary: 'Compares the store with what the bank says now',
  description:
    'A large history is read in slices: 202 with status “reading” says how many pages are read; ' +
    'ask again, and it goes on there.',
  params: itemId,
}

export function itemRoutes(app: FastifyInstance, context: ServiceContext): void {
  app.get('/items', { schema: { summary: 'Linked Items and how each is' } }, async () => ({
    items: await listItems(context.pool),
  }))

  app.delete<{ Params: Static<typeof itemId> }>(
    '/items/:item_id',
    { schema: { summary: 'Ends an Item at Plaid; its rows stay', params: itemId } },
    async ({ params }, reply) => {
      await removeItem(context, params.item_id, context.stopping)
      return reply.code(204).send()
    },
  )

  app.post<{ Params: Static<typeof itemId> }>(
    '/items/:item_id/verify',
    { schema: verifySchema },
    async ({ params }, reply) => {
      const report = await verifyItem(context, params.item_id, context.stopping)
      return reply.code(report.status === 'reading' ? 202 : 200).send(report)
    },
  )

  app.post<{ Body: Static<typeof sandboxItem> }>(
    '/items/sandbox',
    { schema: { summary: 'Links a bank without a person; sandboxes only', body: sandboxItem } },
    async ({ body }, reply) => {
      const id = await createSandboxItem(context, body.institution_id, body.username)
      return reply.code(201).send({ item_id: id })
    },
  )

  app.post(
    '/link/sessions',
    { schema: { summary: 'Begins a Hosted Link session for a person to link a bank' } },
    async (_, reply) => reply.code(201).send(await createLinkSession(context)),
  )

  app.get<{ Params: Static<typeof sessionId> }>(
    '/link/sessions/:session_id',
    { schema: { summary: 'What became of a session', params: sessionId } },
    ({ params }) => readLinkSession(context, params.session_id),
  )
}
