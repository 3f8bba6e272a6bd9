// What an attempt needs before it starts: both configurations opened, its streams started, both
// catalogs, the saved state.
import type { Pool } from '../../postgres/pool.ts'
import type { ConfiguredCatalog } from '../../protocol/message.ts'
import { ConfigError, must } from '../../std/errors.ts'
import type { SealingKey } from '../../std/secrets.ts'
import {
  canTruncate,
  configuredCatalog,
  destinationCatalog,
  sourceCatalog,
} from '../connection/catalog.ts'
import { descriptor, type NamedStream, nameStreams } from '../connection/naming.ts'
import { sharedNotes } from '../connection/shared-tables.ts'
import { stateFile } from '../connection/state-file.ts'
import type { AttemptStart, StreamStart } from '../connection/stream-life.ts'
import { startStreams } from '../connection/stream-rows.ts'
import { openConfiguration } from '../connector/actor-configuration.ts'
import type { ConnectorCommands } from '../connector/command.ts'
import { type Configuration, fingerprint, secretsOf } from '../connector/configuration.ts'
import { type ConnectorDefinition, definitionOf } from '../connector/definition.ts'
import { type ActorKind, findActor } from '../store/actor.ts'
import { type Connection, findConnection, listConnectionsOfActor } from '../store/connection.ts'
import type { ClaimedJob } from '../store/job.ts'
import { fenced } from './fence.ts'
import { followSource } from './schema-watch.ts'

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
  start: AttemptStart
  /** For the log: what the source changed, and what a person should know of the tables. */
  notes: string[]
}

export interface PrepareParts {
  pool: Pool
  sealingKey: SealingKey
  definitions: readonly ConnectorDefinition[]
  commands: ConnectorCommands
}

export async function prepare(
  parts: PrepareParts,
  claimed: ClaimedJob,
  signal: AbortSignal,
): Promise<Prepared> {
  const { pool } = parts
  const planned = must(await findConnection(pool, claimed.connectionId), 'a job has its connection')
  const source = await openSide(parts, 'source', planned.sourceId)
  const destination = await openSide(parts, 'destination', planned.destinationId)
  const spec = await parts.commands.spec(destination.definition)
  const modes = spec.supported_destination_sync_modes
  const means = { supportsRefreshes: destination.definition.supportsRefreshes, modes }
  // Before its states are given up, by which it goes on as it is.
  if (claimed.type === 'clear' && !canTruncate(means)) throw cannotClear(destination)
  const { connection, notes } = await followSource(parts, claimed, planned, means, signal)
  const streams = connection.streams.map((choice) => descriptor(choice.name, choice.namespace))
  const names = nameStreams(connection, streams)
  const print = fingerprint(spec.connectionSpecification, destination.configuration)
  const start = await fenced(pool, claimed.attemptId, (db) =>
    startStreams(db, claimed.type, connection, print),
  )
  const all = await listConnectionsOfActor(pool, planned.destinationId)
  const shared = sharedNotes(connection, streams, all)
  const catalog = configuredCatalog(Number(claimed.jobId), connection.catalog, start.streams)
  return {
    connection,
    source,
    destination,
    names,
    sourceCatalog: sourceCatalog(catalog, means),
    destinationCatalog: destinationCatalog(catalog, names, start.streams, means),
    state: stateFile(start.states),
    start,
    notes: [...notes, ...shared, ...(canTruncate(means) ? [] : start.streams.flatMap(doubled))],
  }
}

function cannotClear({ definition }: PreparedSide): ConfigError {
  const sentence = `${definition.name} knows no way of emptying a table: empty it yourself`
  return new ConfigError('CLEAR_UNSUPPORTED', sentence)
}

/** Of a stream that is read again into a destination that cannot take out what it has. */
function doubled({ choice, minimumGenerationId }: StreamStart): string[] {
  if (minimumGenerationId === 0) return []
  return [`the destination keeps the rows of ${choice.name} that it has, beside those read again`]
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

export async function secretsOfSide(
  { commands }: PrepareParts,
  { definition, configuration }: PreparedSide,
): Promise<string[]> {
  const { connectionSpecification } = await commands.spec(definition)
  return secretsOf(connectionSpecification, configuration)
}
