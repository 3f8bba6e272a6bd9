// Link sessions: a person links a bank, or repairs an Item, on Plaid's own page.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { ServiceContext } from '../context.ts'
import { createLinkSession, readLinkSession } from '../link/session.ts'
import { owner, text } from './schema.ts'

const sessionId = Type.Object({ session_id: Type.String({ format: 'uuid' }) })

const newSession = Type.Object(
  {
    client_user_id: Type.Optional(owner),
    item_id: Type.Optional(
      Type.String({
        ...text,
        description: 'The Item to repair, in Link’s update mode: it stays the same.',
      }),
    ),
    account_selection_enabled: Type.Optional(
      Type.Boolean({ description: 'In update mode: accounts may be added or taken away.' }),
    ),
  },
  { additionalProperties: false },
)

export function linkRoutes(app: FastifyInstance, context: ServiceContext): void {
  app.post<{ Body: Static<typeof newSession> | null }>(
    '/link/sessions',
    {
      schema: {
        summary: 'Begins a Hosted Link session for a person to link a bank or repair an Item',
        body: Type.Union([newSession, Type.Null()]),
      },
    },
    async ({ body }, reply) => {
      const session = await createLinkSession(context, {
        owner: body?.client_user_id,
        itemId: body?.item_id,
        selectsAccounts: body?.account_selection_enabled,
      })
      return reply.code(201).send(session)
    },
  )

  app.get<{ Params: Static<typeof sessionId> }>(
    '/link/sessions/:session_id',
    { schema: { summary: 'What became of a session', params: sessionId } },
    ({ params }) => readLinkSession(context, params.session_id),
  )
}
