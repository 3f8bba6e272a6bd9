// What can be synced, and with which connectors.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import type { AirbyteStream, DestinationSyncMode } from '../../protocol/message.ts'
import { isOffered, modesOf, syncModes } from '../connection/sync-mode.ts'
import { definitionOf } from '../connector/definition.ts'
import { discoverStreams } from '../connector/discovery.ts'
import type { ActorKind } from '../store/actor.ts'
import { actorOf } from './actors.ts'
import type { ApiContext } from './context.ts'
import { asProblem, failures } from './problem.ts'
import { DefinitionList, OfferedStream } from './shapes.ts'

const StreamQuery = Type.Object({
  sourceId: Type.String({ format: 'uuid' }),
  destinationId: Type.Optional(Type.String({ format: 'uuid' })),
  ignoreCache: Type.Optional(Type.Boolean({ default: false })),
})

export function streamRoutes(app: FastifyInstance, context: ApiContext): void {
  const schema = {
    summary: 'What a source offers, as a destination can take it',
    description: '422: a connector did not answer as asked.',
    querystring: StreamQuery,
    response: { 200: Type.Array(OfferedStream), ...failures(404, 422) },
  }
  app.get('/streams', { schema }, async (request) => {
    const query = request.query as Static<typeof StreamQuery>
    const source = await actorOf(context.pool, 'source', query.sourceId)
    const supported = await destinationModes(context, query.destinationId)
    const freshness = query.ignoreCache === true ? 'anew' : 'known'
    const catalog = await asProblem(discoverStreams(context, source, freshness))
    return catalog.streams.map((stream) => properties(stream, supported))
  })
}

const DefinitionQuery = Type.Object({
  type: Type.Unsafe<ActorKind>({ type: 'string', enum: ['source', 'destination'] }),
})

export function definitionRoutes(app: FastifyInstance, context: ApiContext): void {
  const schema = {
    summary: 'The connectors that can be run',
    querystring: DefinitionQuery,
    response: { 200: DefinitionList },
  }
  app.get('/connector_definitions', { schema }, async (request) => {
    const { type } = request.query as Static<typeof DefinitionQuery>
    const data = context.definitions
      .filter((definition) => definition.kind === type)
      .map((definition) => ({
        id: definition.definitionId,
        name: definition.name,
        connectorDefinitionType: definition.kind,
        version: definition.dockerImageTag ?? 'local',
      }))
    return { data }
  })
}

async function destinationModes(
  context: ApiContext,
  destinationId: string | undefined,
): Promise<DestinationSyncMode[] | undefined> {
  if (destinationId === undefined) return undefined
  const destination = await actorOf(context.pool, 'destination', destinationId)
  const definition = definitionOf(context.definitions, 'destination', destination.definitionId)
  return (await asProblem(context.commands.spec(definition))).supported_destination_sync_modes
}

function properties(
  stream: AirbyteStream,
  supported: DestinationSyncMode[] | undefined,
): OfferedStream {
  const fields = stream.json_schema['properties']
  const modes = syncModes.filter((syncMode) => {
    const [read, write] = modesOf({ syncMode })
    return stream.supported_sync_modes.includes(read) && isOffered(write, supported)
  })
  return {
    streamName: stream.name,
    syncModes: modes,
    ...(stream.namespace === undefined ? {} : { streamnamespace: stream.namespace }),
    defaultCursorField: stream.default_cursor_field ?? [],
    sourceDefinedCursorField: stream.source_defined_cursor === true,
    sourceDefinedPrimaryKey: stream.source_defined_primary_key ?? [],
    propertyFields:
      typeof fields === 'object' && fields !== null
        ? Object.keys(fields).map((name) => [name])
        : [],
  }
}
