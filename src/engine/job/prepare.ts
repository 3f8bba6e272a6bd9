// What an attempt needs before it starts: both configurations opened, generations bumped and
// states dropped where a stream is read from nothing, both catalogs, the saved state.
import type { Pool } from '../../postgres/pool.ts'
import type { ConfiguredCatalog, StreamDescriptor } from '../../protocol/message.ts'
import { ConfigError, must } from '../../std/errors.ts'
import type { SealingKey } from '../../std/secrets.ts'
import { openConfiguration } from '../connector/actor-configuration.ts'
import { fenced } from './checkpoint.ts'
import type { Configuration } from '../connector/configuration.ts'
import { type ConnectorDefinition, definitionOf } from '../connector/definition.ts'
import { descriptor, type NamedStream, nameStreams, streamKey } from '../connection/naming.ts'
import { configuredCatalog, destinationCatalog, startsFromNothing } from '../connection/catalog.ts'
import { type ActorKind, findActor } from '../store/actor.ts'
import { type Connection, findConnection } from '../store/connection.ts'
import type { ClaimedJob } from '../store/job.ts'
import {
  bumpGenerations,
  deleteStates,
  deleteStreamStates,
  listGenerations,
  listStates,
} from '../store/state.ts'
import { stateFile } from '../connection/state-file.ts'

export interface PreparedSide {
  actorId: string
  definition: ConnectorDefinition
  configuration: Configuration
}

export interface Prepared {
  connection: Connection
  source: PreparedSide
  destination: PreparedSide
  names: NamedStream[]
  sourceCatalog: ConfiguredCatalog
  destinationCatalog: ConfiguredCatalog
  /** The `--state` file. */
  state: string | undefined
  fromNothing: StreamDescriptor[]
}

export interface PrepareParts {
  pool: Pool
  sealingKey: SealingKey
  definitions: readonly ConnectorDefinition[]
}

export async function prepare(parts: PrepareParts, claimed: ClaimedJob): Promise<Prepared> {
  const { pool } = parts
  const connection = must(
    await findConnection(pool, claimed.connectionId),
    'a job has its connection',
  )
  const source = await openSide(parts, 'source', connection.sourceId)
  const destination = await openSide(parts, 'destination', connection.destinationId)
  const streams = connection.streams.map((choice) => descriptor(choice.name, choice.namespace))
  const names = nameStreams(connection, streams)
  const started = await startStreams(pool, claimed, connection, streams)
  const catalog = configuredCatalog(
    claimed.type,
    Number(claimed.jobId),
    connection.catalog,
    connection.streams.map((choice, i) => ({
      choice,
      generation: must(started.generations[i], 'every stream has a generation'),
    })),
  )
  return {
    connection,
    source,
    destination,
    names,
    sourceCatalog: catalog,
    destinationCatalog: destinationCatalog(
      catalog,
      names,
      destination.definition.supportsRefreshes,
    ),
    state: started.state,
    fromNothing: started.fromNothing,
  }
}

async function openSide(
  parts: PrepareParts,
  kind: ActorKind,
  actorId: string,
): Promise<PreparedSide> {
  const actor = await findActor(parts.pool, kind, actorId)
  if (!actor) throw new ConfigError('ACTOR_DELETED', `the connection's ${kind} was deleted`)
  return {
    actorId,
    definition: definitionOf(parts.definitions, kind, actor.definitionId),
    configuration: openConfiguration(parts.sealingKey, actor),
  }
}

/** New generations, dropped states: in one transaction, by the attempt that holds the turn. */
async function startStreams(
  pool: Pool,
  claimed: ClaimedJob,
  connection: Connection,
  streams: StreamDescriptor[],
) {
  const { connectionId } = connection
  return fenced(pool, claimed.attemptId, async (db) => {
    const known = async () => {
      const rows = await listGenerations(db, connectionId)
      const byKey = new Map(rows.map((row) => [streamKey(row), row]))
      return streams.map((stream) => {
        const row = byKey.get(streamKey(stream))
        return { generationId: row?.generationId ?? 0, truncating: row?.truncating ?? false }
      })
    }
    const before = await known()
    const fromNothing = streams.filter((_stream, i) => {
      const choice = must(connection.streams[i], 'streams and choices go together')
      const generation = must(before[i], 'streams and generations go together')
      return startsFromNothing(claimed.type, choice, generation)
    })
    await bumpGenerations(db, connectionId, fromNothing)
    if (fromNothing.length === streams.length) await deleteStates(db, connectionId)
    else await deleteStreamStates(db, connectionId, fromNothing)
    const state = stateFile(await listStates(db, connectionId))
    return { generations: await known(), fromNothing, state }
  })
}
