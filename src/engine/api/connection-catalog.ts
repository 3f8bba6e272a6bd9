// Airbyte's Config API: a connection with everything that its source has, chosen or not, and what
// is different when the source is asked again.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import type { AirbyteCatalog } from '../../protocol/message.ts'
import { systemClock } from '../../std/clock.ts'
import { uuid } from '../../std/ids.ts'
import { catalogDiff } from '../connection/catalog-diff.ts'
import { descriptor, sameStream } from '../connection/naming.ts'
import { breakingReason, firstChoice } from '../connection/schema-change.ts'
import type { DestinationMeans } from '../connection/sync-mode.ts'
import { definitionOf } from '../connector/definition.ts'
import { discoverStreams } from '../connector/discovery.ts'
import type { Connection } from '../store/connection.ts'
import { actorOf } from './actors.ts'
import { strict } from './body.ts'
import { connectionRead, streamRead } from './config-connections.ts'
import { connectionOf } from './connection-change.ts'
import type { ApiContext } from './context.ts'
import { asProblem, failures } from './problem.ts'
import {
  type ConfigStream,
  ConnectionCatalog,
  type Differences,
  Discovered,
} from './config-shapes.ts'

const Uuid = Type.String({ format: 'uuid' })
const Get = Type.Object(
  { connectionId: Uuid, withRefreshedCatalog: Type.Optional(Type.Boolean()) },
  strict,
)
const Discover = Type.Object(
  {
    sourceId: Uuid,
    connectionId: Type.Optional(Uuid),
    disable_cache: Type.Optional(Type.Boolean()),
  },
  strict,
)

export function catalogRoutes(app: FastifyInstance, context: ApiContext): void {
  const { pool } = context
  const read = {
    summary: 'A connection with everything that its source has, chosen or not',
    description: '422: with withRefreshedCatalog the source is asked, and did not answer as asked.',
    body: Get,
    response: { 200: ConnectionCatalog, ...failures(404, 422) },
  }
  app.post('/web_backend/connections/get', { schema: read }, async (request) => {
    const body = request.body as Static<typeof Get>
    const connection = await connectionOf(pool, body.connectionId)
    const means = await meansOfDestination(context, connection.destinationId)
    const offered = body.withRefreshedCatalog
      ? await asProblem(
          discoverStreams(context, await actorOf(pool, 'source', connection.sourceId), 'anew'),
        )
      : connection.catalog
    return {
      ...connectionRead(connection),
      syncCatalog: catalogRead(offered, connection, means),
      ...(body.withRefreshedCatalog ? differences(connection, offered, means) : {}),
    }
  })
  const discovered = {
    summary: 'What a source offers, and what is different for a connection of it',
    body: Discover,
    response: { 200: Discovered, ...failures(404, 422) },
  }
  app.post('/sources/discover_schema', { schema: discovered }, async (request) => {
    const { sourceId, connectionId, ...body } = request.body as Static<typeof Discover>
    const createdAt = systemClock.now()
    const source = await actorOf(pool, 'source', sourceId)
    const freshness = body.disable_cache === true ? 'anew' : 'present'
    const offered = await asProblem(discoverStreams(context, source, freshness))
    const connection =
      connectionId === undefined ? undefined : await connectionOf(pool, connectionId)
    const means = connection && (await meansOfDestination(context, connection.destinationId))
    return {
      catalog: catalogRead(offered, connection, means),
      ...(connection ? differences(connection, offered, means) : {}),
      jobInfo: {
        id: uuid(),
        configType: 'discover_schema',
        configId: sourceId,
        createdAt: Math.floor(createdAt / 1000),
        endedAt: Math.floor(systemClock.now() / 1000),
        succeeded: true,
      },
    }
  })
}

async function meansOfDestination(
  context: ApiContext,
  destinationId: string,
): Promise<DestinationMeans> {
  const { definitionId } = await actorOf(context.pool, 'destination', destinationId)
  const definition = definitionOf(context.definitions, 'destination', definitionId)
  const spec = await asProblem(context.commands.spec(definition))
  const { supportsRefreshes } = definition
  return { supportsRefreshes, modes: spec.supported_destination_sync_modes }
}

/** Those that are not chosen as they would be if they were added now. */
function catalogRead(
  offered: AirbyteCatalog,
  connection: Connection | undefined,
  means: DestinationMeans | undefined,
): { streams: ConfigStream[] } {
  return {
    streams: offered.streams.map((stream) => {
      const name = descriptor(stream.name, stream.namespace)
      const chosen = connection?.streams.find((choice) => sameStream(choice, name))
      const choice = chosen ??
        firstChoice(stream, means) ?? { ...name, syncMode: 'full_refresh_overwrite' }
      const { config, ...described } = streamRead({ streams: [stream] }, choice)
      return { ...described, config: { ...config, selected: chosen !== undefined } }
    }),
  }
}

function differences(
  connection: Connection,
  offered: AirbyteCatalog,
  means: DestinationMeans | undefined,
): Differences {
  const present = connection.streams.filter((choice) =>
    offered.streams.some((one) => sameStream(one, descriptor(choice.name, choice.namespace))),
  )
  const reason =
    present.length === 0
      ? 'The source offers none of the chosen streams any more.'
      : breakingReason(connection, present, offered, means)
  const transforms = catalogDiff(connection.catalog, offered)
  const isBreaking = reason !== undefined
  return {
    catalogDiff: { transforms },
    breakingChange: isBreaking,
    ...(isBreaking ? { breakingReason: reason } : {}),
    schemaChange: isBreaking ? 'breaking' : transforms.length > 0 ? 'non_breaking' : 'no_change',
  }
}
