// Link sessions: a person links a bank, or repairs an Item, on Plaid's own page.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import type { ServiceContext } from '../context.ts'
import { createLinkSession, readLinkSession } from '../link/session.ts'
import { LinkSessionView } from '../shapes.ts'
import { failures, owner, text } from './schema.ts'

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
    completion_redirect_uri: Type.Optional(
      Type.String({ ...text, description: 'Where Plaid’s page leads when it is done.' }),
    ),
  },
  { additionalProperties: false },
)

export function linkRoutes(app: FastifyInstance, context: ServiceContext): void {
  app.post<{ Body: Static<typeof newSession> | null; Reply: LinkSessionView }>(
    '/link/sessions',
    {
      schema: {
        summary: 'Begins a Hosted Link session for a person to link a bank or repair an Item',
        description:
          'The person goes to hosted_link_url; what is linked there is taken in by the service, ' +
          'whether somebody asks for it or not. 404, 409: the Item to repair is unknown, or ended.',
        body: Type.Union([newSession, Type.Null()]),
        response: { 201: LinkSessionView, ...failures(404, 409) },
      },
    },
    async ({ body }, reply) => {
      const session = await createLinkSession(context, {
        owner: body?.client_user_id,
        itemId: body?.item_id,
        selectsAccounts: body?.account_selection_enabled,
        returnAddress: body?.completion_redirect_uri,
      })
      return reply.code(201).send(session)
    },
  )

  const schema = {
    summary: 'What became of a session; Plaid is asked while it is open',
    params: sessionId,
    response: { 200: LinkSessionView, ...failures(404) },
  }
  app.get<{ Params: Static<typeof sessionId>; Reply: LinkSessionView }>(
    '/link/sessions/:session_id',
    { schema },
    ({ params }) => readLinkSession(context, params.session_id),
  )
}
