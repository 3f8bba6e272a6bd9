// Alerts: what is wrong at this moment, who was told, and what is kept quiet and why.
import { type Static, Type } from '../../std/type.ts'
import type { WebContext } from '../context.ts'
import { sessionOfRequest } from '../door/door.ts'
import type { Handlers } from './route.ts'

const Word = Type.String({ minLength: 1, maxLength: 200 })
const Silence = Type.Object(
  {
    rule: Word,
    labels: Type.Union([Type.Record(Word, Type.String({ maxLength: 500 })), Type.Null()]),
    reason: Type.String({ minLength: 1, maxLength: 500 }),
    hours: Type.Number({ exclusiveMinimum: 0, maximum: 24 * 366 }),
  },
  { additionalProperties: false },
)
const Id = Type.Object({ id: Type.String({ format: 'uuid' }) })

export function alertRoutes({ alerts }: WebContext) {
  return {
    'GET /web/alerts': { handler: () => alerts.read() },
    'POST /web/alerts/silences': {
      schema: { body: Silence },
      handler: async (request, reply) => {
        const asked = request.body as Static<typeof Silence>
        request.audited = asked
        const id = await alerts.silence(asked, sessionOfRequest(request).name)
        return reply.code(201).send({ id })
      },
    },
    'DELETE /web/alerts/silences/:id': {
      schema: { params: Id },
      handler: async (request, reply) => {
        await alerts.unsilence((request.params as Static<typeof Id>).id)
        return reply.code(204).send()
      },
    },
    'POST /web/alerts/test': {
      handler: async (_, reply) => reply.code(202).send({ messages: await alerts.test() }),
    },
  } satisfies Handlers
}
