// Connections, as Airbyte's public API has them. Making one discovers the source's streams, so
// that everything wrong about the wished ones is said at once.
import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import type { Pool } from '../../postgres/pool.ts'
import type { DestinationSyncMode } from '../../protocol/message.ts'
import { systemClock } from '../../std/clock.ts'
import { uuid } from '../../std/ids.ts'
import { cronSchedule, nextRunMs } from '../connection/schedule.ts'
import {
  chooseStreams,
  cursorOf,
  primaryKeyOf,
  streamOf,
  type StreamRequest,
} from '../connection/stream-choice.ts'
import { definitionOf } from '../connector/definition.ts'
import { discoverStreams } from '../connector/discovery.ts'
import type { Actor } from '../store/actor.ts'
import {
  type Connection,
  type ConnectionSettings,
  databaseNowMs,
  findConnection,
  insertConnection,
  listConnections,
  type Schedule,
  updateConnection,
} from '../store/connection.ts'
import { actorOf } from './actors.ts'
import {
  ConnectionChange,
  type ConnectionChangeBody,
  ConnectionCreate,
} from './connection-schema.ts'
import type { ApiContext } from './context.ts'
import { idParams, listOf, pageOf, PageQuery, paramOf } from './paging.ts'
import { ApiProblem, asProblem, notFound } from './problem.ts'
import { removeConnection } from './removal.ts'

export function connectionRoutes(app: FastifyInstance, context: ApiContext): void {
  const { pool } = context
  const params = idParams('connectionId')

  app.get('/connections', { schema: { querystring: PageQuery } }, async (request) => {
    const page = pageOf(request)
    return listOf(request, page, (await listConnections(pool, page)).map(response))
  })
  app.post('/connections', { schema: { body: ConnectionCreate } }, async (request) => {
    const body = request.body as Static<typeof ConnectionCreate>
    const source = await actorOf(pool, 'source', body.sourceId)
    const destination = await actorOf(pool, 'destination', body.destinationId)
    const settings = await settingsOf(context, source, destination, {
      ...body,
      configurations: body.configurations ?? {},
    })
    const connectionId = uuid()
    const ends = { sourceId: source.actorId, destinationId: destination.actorId }
    await insertConnection(pool, { connectionId, ...ends, ...settings }, await next(pool, settings))
    return response(await connectionOf(pool, connectionId))
  })
  app.get('/connections/:connectionId', { schema: { params } }, async (request) =>
    response(await connectionOf(pool, paramOf(request, 'connectionId'))),
  )
  const changed = { schema: { params, body: ConnectionChange } }
  app.patch('/connections/:connectionId', changed, async (request) => {
    const connection = await connectionOf(pool, paramOf(request, 'connectionId'))
    const body = request.body as ConnectionChangeBody
    return response(await changeConnection(context, connection, body))
  })
  app.delete('/connections/:connectionId', { schema: { params } }, async (request, reply) => {
    const { connectionId } = await connectionOf(pool, paramOf(request, 'connectionId'))
    await removeConnection(pool, connectionId)
    return reply.status(204).send()
  })
}

/** A living one. */
export async function connectionOf(pool: Pool, id: string): Promise<Connection> {
  const connection = await findConnection(pool, id)
  if (!connection || connection.status === 'deprecated') throw notFound('connection', id)
  return connection
}

export async function changeConnection(
  context: ApiContext,
  connection: Connection,
  change: ConnectionChangeBody & { basicSchedule?: Schedule },
): Promise<Connection> {
  const { pool } = context
  const source = await actorOf(pool, 'source', connection.sourceId)
  const destination = await actorOf(pool, 'destination', connection.destinationId)
  const settings = await settingsOf(context, source, destination, change, connection)
  await updateConnection(pool, connection.connectionId, settings, await next(pool, settings))
  if (settings.status === 'deprecated') await removeConnection(pool, connection.connectionId)
  const updated = await findConnection(pool, connection.connectionId)
  if (!updated) throw notFound('connection', connection.connectionId)
  return updated
}

async function settingsOf(
  context: ApiContext,
  source: Actor,
  destination: Actor,
  change: ConnectionChangeBody & { basicSchedule?: Schedule },
  old?: Connection,
): Promise<ConnectionSettings> {
  const schedule = change.basicSchedule ?? (change.schedule && scheduleOf(change.schedule))
  return {
    name: change.name || (old?.name ?? `${source.name} → ${destination.name}`),
    status: change.status ?? old?.status ?? 'active',
    schedule: schedule ?? old?.schedule ?? { scheduleType: 'manual' },
    namespaceDefinition: change.namespaceDefinition ?? old?.namespaceDefinition ?? 'destination',
    namespaceFormat: change.namespaceFormat ?? old?.namespaceFormat ?? null,
    prefix: change.prefix ?? old?.prefix ?? '',
    nonBreakingSchemaUpdatesBehavior:
      change.nonBreakingSchemaUpdatesBehavior ?? old?.nonBreakingSchemaUpdatesBehavior ?? 'ignore',
    ...(old && !change.configurations
      ? { catalog: old.catalog, streams: old.streams }
      : await chosen(context, source, destination, change.configurations?.streams)),
  }
}

async function chosen(
  context: ApiContext,
  source: Actor,
  destination: Actor,
  requests: StreamRequest[] | undefined,
) {
  const catalog = await asProblem(discoverStreams(context, source))
  const definition = definitionOf(context.definitions, 'destination', destination.definitionId)
  const spec = await asProblem(context.commands.spec(definition))
  const modes: DestinationSyncMode[] | undefined = spec.supported_destination_sync_modes
  return { catalog, streams: chooseStreams(catalog, requests, modes) }
}

function scheduleOf(asked: { scheduleType: string; cronExpression?: string }): Schedule {
  if (asked.scheduleType === 'manual') return { scheduleType: 'manual' }
  if (asked.cronExpression === undefined) {
    throw new ApiProblem('bad-request', 'A cron schedule needs its cronExpression.')
  }
  return cronSchedule(asked.cronExpression, systemClock.now())
}

/** A cron waits for its time; what repeats after a while starts with a run. */
async function next(pool: Pool, settings: ConnectionSettings): Promise<number | undefined> {
  const now = await databaseNowMs(pool)
  return settings.schedule.scheduleType === 'basic' ? now : nextRunMs(settings.schedule, now)
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
