// Connections, as Airbyte's public API has them. Making one discovers the source's streams, so
// that everything wrong about the wished ones is said at once; the answer to a change tells what
// the next sync does with each stream.
import type { FastifyInstance } from 'fastify'
import type { Static } from '../../std/type.ts'
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
import { failures, gone } from './problem.ts'
import {
  Connection as Shape,
  ConnectionChanged,
  type ConnectionStream,
  listShape,
} from './shapes.ts'

export function connectionRoutes(app: FastifyInstance, context: ApiContext): void {
  const { pool } = context
  const params = idParams('connectionId')

  const listed = {
    summary: 'The connections',
    querystring: PageQuery,
    response: { 200: listShape(Shape) },
  }
  app.get('/connections', { schema: listed }, async (request) => {
    const page = pageOf(request)
    return listOf(request, page, (await listConnections(pool, page)).map(response))
  })
  const made = {
    summary: 'Makes a connection; the source is asked what it offers',
    description: '422: a connector did not answer as asked. Without a schedule it runs when asked.',
    body: ConnectionCreate,
    response: { 200: Shape, ...failures(404, 422) },
  }
  app.post('/connections', { schema: made }, async (request) =>
    response(await createConnection(context, request.body as Static<typeof ConnectionCreate>)),
  )
  const read = { summary: 'One connection', params, response: { 200: Shape, ...failures(404) } }
  app.get('/connections/:connectionId', { schema: read }, async (request) =>
    response(await connectionOf(pool, paramOf(request, 'connectionId'))),
  )
  const changed = {
    summary: 'Changes what is given of a connection',
    description:
      '`streamChanges` says what the next sync does with each stream; with dry_run=true nothing ' +
      'else is done.',
    params,
    body: ConnectionChange,
    querystring: ChangeQuery,
    response: { 200: ConnectionChanged, ...failures(404, 409, 422) },
  }
  app.patch('/connections/:connectionId', { schema: changed }, async (request) => {
    const { connection, streamChanges } = await changeConnection(
      context,
      paramOf(request, 'connectionId'),
      request.body as ConnectionChangeBody,
      isDryRun(request),
    )
    return { ...response(connection), streamChanges }
  })
  const removed = {
    summary: 'Deletes a connection; its jobs stay to be read',
    params,
    response: gone,
  }
  app.delete('/connections/:connectionId', { schema: removed }, async (request, reply) => {
    const { connectionId } = await connectionOf(pool, paramOf(request, 'connectionId'))
    await tx(pool, (db) => removeConnection(db, connectionId))
    return reply.status(204).send()
  })
}

function response(connection: Connection): Shape {
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
    ...followsResponse(connection),
    nonBreakingSchemaUpdatesBehavior: connection.nonBreakingSchemaUpdatesBehavior,
    namespaceDefinition: connection.namespaceDefinition,
    ...(namespaceFormat === null ? {} : { namespaceFormat }),
    prefix: connection.prefix,
    ...postSyncResponse(connection),
    configurations: { streams: connection.streams.map((choice) => stream(connection, choice)) },
    createdAt: Math.floor(connection.createdAt),
    tags: [],
  }
}

/** Airbyte’s clients know three types of a schedule and would stumble over a fourth. */
export function followsResponse({ followsSource }: Pick<Connection, 'followsSource'>) {
  return followsSource ? { followsSource: true as const } : {}
}

export function postSyncResponse({ postSyncCommand }: Connection) {
  return postSyncCommand === null ? {} : { postSyncCommand }
}

function stream({ catalog }: Connection, choice: Connection['streams'][number]): ConnectionStream {
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

function scheduleResponse(schedule: Schedule): Shape['schedule'] {
  if (schedule.scheduleType !== 'basic') return schedule
  const { units, timeUnit } = schedule
  return { scheduleType: 'basic', basicTiming: `Every ${units} ${timeUnit.toUpperCase()}` }
}
