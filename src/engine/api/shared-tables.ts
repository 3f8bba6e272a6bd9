// Before a connection is made: who else writes its tables.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { sharedTables } from '../connection/shared-tables.ts'
import { listConnectionsOfActor } from '../store/connection.ts'
import { strict } from './body.ts'
import type { ApiContext } from './context.ts'
import { SharedTables } from './web-shapes.ts'

const Stream = Type.Object({ name: Type.String(), namespace: Type.Optional(Type.String()) }, strict)
const Asked = Type.Object(
  {
    destinationId: Type.String({ format: 'uuid' }),
    namespaceDefinition: Type.Optional(Type.Enum(['source', 'destination', 'custom_format'])),
    namespaceFormat: Type.Optional(Type.String()),
    prefix: Type.Optional(Type.String()),
    streams: Type.Array(Stream, { maxItems: 1_000 }),
  },
  strict,
)

export function sharedTableRoutes(app: FastifyInstance, { pool }: ApiContext): void {
  const schema = {
    summary: 'Which connections write the tables that one like this would write',
    body: Asked,
    response: { 200: SharedTables },
  }
  app.post('/web_backend/connections/shared_tables', { schema }, async (request) => {
    const asked = request.body as Static<typeof Asked>
    const others = await listConnectionsOfActor(pool, asked.destinationId)
    const rule = {
      namespaceDefinition: asked.namespaceDefinition ?? 'destination',
      namespaceFormat: asked.namespaceFormat ?? null,
      prefix: asked.prefix ?? '',
    }
    return { connections: sharedTables(rule, asked.streams, others) }
  })
}
