// Connections, as Airbyte's public API has them. Making one discovers the source's streams, so
// that everything wrong about the wished ones is said at once; the answer to a change tells what
// the next sync does with each stream.
import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { tx } from '../../postgres/query.ts'
import { cursorOf, primaryKeyOf, streamOf } from '../connection/stream-choice.ts'
import { type Connection, listConnections, type Schedule } from '../store/connection.ts'
import { changeConnection, connectionOf, createConnection } from './connection-change.ts'
import {
  ConnectionChange,
  type ConnectionChangeBody,
  ConnectionCreate,
} from './connection-schema.ts'
import type { ApiContext } from './context.ts'
import { idParams, listOf, pageOf, PageQuery, paramOf } from './paging.ts'
import { removeConnection } from './removal.ts'
import { ChangeQuery, isDryRun } from './stream-changes.ts'

export function connectionRoutes(app: FastifyInstance, context: ApiContext): void {
  const { pool } = context
  const params = idParams('connectionId')

  app.get('/connections', { schema: { querystring: PageQuery } }, async (request) => {
    const page = pageOf(request)
    return listOf(request, page, (await listConnections(pool, page)).map(response))
  })
  app.post('/connections', { schema: { body: ConnectionCreate } }, async (request) =>
    response(await createConnection(context, request.body as Static<typeof ConnectionCreate>)),
  )
  app.get('/connections/:connectionId', { schema: { params } }, async (request) =>
    response(await connectionOf(pool, paramOf(request, 'connectionId'))),
  )
  const changed = { schema: { params, body: ConnectionChange, querystring: ChangeQuery } }
  app.patch('/connections/:connectionId', changed, async (request) => {
    const { connection, streamChanges } = await changeConnection(
      context,
      paramOf(request, 'connectionId'),
      request.body as ConnectionChangeBody,
      isDryRun(request),
    )
    return { ...response(connection), streamChanges }
  })
  app.delete('/connections/:connectionId', { schema: { params } }, async (request, reply) => {
    const { connectionId } = await connectionOf(pool, paramOf(request, 'connectionId'))
    await tx(pool, (db) => removeConnection(db, connectionId))
    return reply.status(204).send()
  })
}

function response(connection: Connection) {
  const { namespaceFormat } = connection
  return {
    connectionId: connection.connectionId,
    name: connection.name,
    sourceId: connection.sourceId,
    destinationId: connection.destinationId,
    workspaceId: connection.workspaceId,
    status: connection.status,
    ...(connection.pause === null ? {} : { statusReason: connection.pause.reason }),
    schedule: scheduleResponse(connection.schedule),
    nonBreakingSchemaUpdatesBehavior: connection.nonBreakingSchemaUpdatesBehavior,
    namespaceDefinition: connection.namespaceDefinition,
    ...(namespaceFormat === null ? {} : { namespaceFormat }),
    prefix: connection.prefix,
    configurations: { streams: connection.streams.map((choice) => stream(connection, choice)) },
    createdAt: Math.floor(connection.createdAt),
    tags: [],
  }
}

function stream({ catalog }: Connection, choice: Connection['streams'][number]) {
  const described = streamOf(catalog, choice)
  const { name, namespace, syncMode, selectedFields } = choice
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    syncMode,
    cursorField: cursorOf(described, choice),
    primaryKey: primaryKeyOf(described, choice),
    selectedFields: selectedFields ?? [],
    mappers: [],
  }
}

function scheduleResponse(schedule: Schedule) {
  if (schedule.scheduleType !== 'basic') return schedule
  const { units, timeUnit } = schedule
  return { scheduleType: 'basic', basicTiming: `Every ${units} ${timeUnit.toUpperCase()}` }
}
