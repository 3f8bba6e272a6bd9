// The engine's answers, as Airbyte's clients and the web app see them: a shape is the type, what
// the OpenAPI document says, and what the tests hold the answers to. Times that are numbers are
// seconds since the epoch. This is the public API; config-shapes.ts has the Config API.
import { type Static, type TSchema, Type } from '../../std/type.ts'
import { anyObject, count, instant } from '../../std/shape.ts'
import {
  ConnectionStatus,
  JobStatus,
  JobType,
  Path,
  SchemaBehavior,
  StreamChange,
} from '../store/shapes.ts'

export const Uuid = Type.String({ format: 'uuid' })
export const text = Type.String()
export const optional = Type.Optional(text)
export const seconds = Type.Integer()
export const tags = Type.Array(Type.Unknown(), { maxItems: 0 })
export const Paths = Type.Array(Path)

export const Problem = Type.Object(
  {
    status: Type.Integer(),
    type: Type.String({ description: '`error:` and the title.' }),
    title: Type.String({ description: 'Stable, for programs.' }),
    detail: Type.String({ description: 'What is wrong and what to do, for people.' }),
    documentationUrl: optional,
    data: anyObject('What is wrong in parts, for programs.'),
  },
  { $id: 'Problem' },
)
export type Problem = Static<typeof Problem>

export const Token = Type.Object(
  {
    access_token: text,
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer({ description: 'Seconds.' }),
  },
  { $id: 'Token' },
)

const page = Type.String({ description: 'Its address; empty where there is none.' })

/** Airbyte's wrapper of every list of its public API. */
export function listShape<T extends TSchema>(one: T) {
  return Type.Object({ previous: page, next: page, data: Type.Array(one) })
}

export const Workspace = Type.Object(
  {
    workspaceId: Uuid,
    name: text,
    dataResidency: Type.Literal('auto'),
    notifications: anyObject('By event; none is sent.'),
  },
  { $id: 'Workspace' },
)
export type Workspace = Static<typeof Workspace>

const actor = {
  name: text,
  definitionId: Uuid,
  workspaceId: Uuid,
  configuration: anyObject('Its secrets are masked; a mask that is sent back keeps what is there.'),
  createdAt: seconds,
}
const source = { sourceId: Uuid, sourceType: text, ...actor }
const destination = { destinationId: Uuid, destinationType: text, ...actor }
export const Source = Type.Object(source, { $id: 'Source' })
export type Source = Static<typeof Source>
export const Destination = Type.Object(destination, { $id: 'Destination' })
export type Destination = Static<typeof Destination>

const configurationChanged = Type.Boolean({
  description: 'Whether it is another one, secrets too.',
})
const ofConnections = Type.Array(Type.Object({ connectionId: Uuid, ...StreamChange.properties }))
export const SourceChanged = Type.Object(
  { ...source, configurationChanged, streamChanges: ofConnections },
  { $id: 'SourceChanged' },
)
export const DestinationChanged = Type.Object(
  { ...destination, configurationChanged, streamChanges: ofConnections },
  { $id: 'DestinationChanged' },
)

const Schedule = Type.Object({
  scheduleType: Type.Enum(['manual', 'cron', 'basic']),
  cronExpression: optional,
  basicTiming: Type.Optional(Type.String({ description: '`Every 6 HOURS`.' })),
})

export const selectedFields = Type.Array(Type.Object({ fieldPath: Path }), {
  description: 'Empty: all of them.',
})

export const ConnectionStream = Type.Object({
  name: text,
  namespace: optional,
  syncMode: text,
  cursorField: Path,
  primaryKey: Paths,
  selectedFields,
  mappers: tags,
})
export type ConnectionStream = Static<typeof ConnectionStream>

export const statusReason = Type.Optional(
  Type.String({ description: 'Why it was made inactive by itself.' }),
)

export const followsSource = Type.Optional(
  Type.Literal(true, {
    description: 'It is synced when its source has news, too, beside its schedule.',
  }),
)

export const postSyncCommand = Type.Optional(
  Type.String({ description: 'The command that runs after each sync, by its name.' }),
)

const connection = {
  connectionId: Uuid,
  name: text,
  sourceId: Uuid,
  destinationId: Uuid,
  workspaceId: Uuid,
  status: ConnectionStatus,
  statusReason,
  schedule: Schedule,
  followsSource,
  nonBreakingSchemaUpdatesBehavior: SchemaBehavior,
  namespaceDefinition: Type.Enum(['source', 'destination', 'custom_format']),
  namespaceFormat: optional,
  prefix: text,
  postSyncCommand,
  configurations: Type.Object({ streams: Type.Array(ConnectionStream) }),
  createdAt: seconds,
  tags,
}
export const Connection = Type.Object(connection, { $id: 'Connection' })
export type Connection = Static<typeof Connection>

export const ConnectionChanged = Type.Object(
  { ...connection, streamChanges: Type.Array(StreamChange) },
  { $id: 'ConnectionChanged' },
)
export type ConnectionChanged = Static<typeof ConnectionChanged>

export const BegunBy = Type.Object({
  kind: Type.Enum(['schedule', 'source', 'client', 'person', 'command'], {
    description:
      'Its schedule, the news of a source that it follows, a client of this API, a person in the ' +
      'web app, or the command line.',
  }),
  name: Type.Optional(Type.String({ description: 'Of the client, or of who it was.' })),
})

export const Job = Type.Object(
  {
    jobId: Type.Integer(),
    status: JobStatus,
    jobType: JobType,
    startTime: instant(),
    connectionId: Uuid,
    lastUpdatedAt: Type.Optional(instant('When it ended.')),
    duration: Type.Optional(Type.String({ description: 'ISO 8601; of one that ended.' })),
    bytesSynced: count('Committed, over all attempts.'),
    rowsSynced: count('Committed, over all attempts.'),
    begunBy: Type.Optional(BegunBy),
  },
  { $id: 'Job' },
)
export type Job = Static<typeof Job>

export const OfferedStream = Type.Object(
  {
    streamName: text,
    syncModes: Type.Array(text),
    streamnamespace: optional,
    defaultCursorField: Path,
    sourceDefinedCursorField: Type.Boolean(),
    sourceDefinedPrimaryKey: Paths,
    propertyFields: Paths,
  },
  { $id: 'OfferedStream' },
)
export type OfferedStream = Static<typeof OfferedStream>

const Definition = Type.Object({
  id: Uuid,
  name: text,
  connectorDefinitionType: Type.Enum(['source', 'destination']),
  version: text,
})
export const DefinitionList = Type.Object(
  { data: Type.Array(Definition) },
  { $id: 'DefinitionList' },
)
export type DefinitionList = Static<typeof DefinitionList>
