// What the engine tells of Airbyte's Config API; shapes.ts has the public API, and what both share.
import { type Static, Type } from '../../std/type.ts'
import { anyObject, count } from '../../std/shape.ts'
import {
  AttemptStatus,
  ConnectionStatus,
  Failure,
  JobStatus,
  JobType,
  LogLine,
  NulledValues,
  Path,
  PostSyncOutcome,
  StreamDescriptor,
  StreamTransform,
  TimeUnit,
} from '../store/shapes.ts'
import {
  BegunBy,
  optional,
  Paths,
  followsSource,
  postSyncCommand,
  seconds,
  selectedFields,
  statusReason,
  tags,
  text,
  Uuid,
} from './shapes.ts'

const jobRead = {
  id: Type.Integer(),
  configType: JobType,
  configId: Type.String({ format: 'uuid', description: 'The connection.' }),
  createdAt: seconds,
  updatedAt: seconds,
  status: JobStatus,
  begunBy: Type.Optional(BegunBy),
}
const JobRead = Type.Object(jobRead, { $id: 'JobRead' })
export type JobRead = Static<typeof JobRead>

const counts = {
  recordsEmitted: count(),
  bytesEmitted: count(),
  recordsCommitted: count(),
  bytesCommitted: count(),
  recordsRejected: count('Came, and could not be taken.'),
}
const Totals = Type.Object(
  {
    ...counts,
    stateMessagesEmitted: count(),
    additionalStats: Type.Object({ valuesNulled: count() }),
  },
  { $id: 'Totals' },
)
export type Totals = Static<typeof Totals>

const streamName = { streamName: text, streamNamespace: optional }

const AttemptRead = Type.Object(
  {
    id: count('Its number in the job.'),
    status: AttemptStatus,
    createdAt: seconds,
    updatedAt: seconds,
    endedAt: Type.Optional(seconds),
    bytesSynced: count(),
    recordsSynced: count(),
    totalStats: Totals,
    streamStats: Type.Array(
      Type.Object({
        ...streamName,
        stats: Totals,
        nulledValues: Type.Optional(Type.Array(NulledValues)),
      }),
    ),
    postSync: Type.Optional(PostSyncOutcome),
    failureSummary: Type.Optional(
      Type.Object({ failures: Type.Array(Failure), partialSuccess: Type.Boolean() }),
    ),
  },
  { $id: 'AttemptRead' },
)
export type AttemptRead = Static<typeof AttemptRead>

export const JobsPage = Type.Object(
  {
    jobs: Type.Array(Type.Object({ job: JobRead, attempts: Type.Array(AttemptRead) })),
    totalJobCount: count(),
  },
  { $id: 'JobsPage' },
)
export type JobsPage = Static<typeof JobsPage>

export const JobAttempts = Type.Object(
  { job: JobRead, attempts: Type.Array(Type.Object({ attempt: AttemptRead })) },
  { $id: 'JobAttempts' },
)
export type JobAttempts = Static<typeof JobAttempts>

const logLines = { logLines: Type.Array(text) }

export const JobInfo = Type.Object(
  {
    job: JobRead,
    attempts: Type.Array(
      Type.Object({
        attempt: AttemptRead,
        logType: Type.Literal('formatted'),
        logs: Type.Object(logLines),
      }),
    ),
  },
  { $id: 'JobInfo' },
)
export type JobInfo = Static<typeof JobInfo>

export const LogPage = Type.Object(
  {
    jobId: Type.Integer(),
    attemptNumber: Type.Optional(count()),
    status: Type.Optional(AttemptStatus),
    lines: Type.Array(LogLine),
    after: Type.Integer({ description: 'The last line’s number: the next page’s `after`.' }),
    ended: Type.Boolean({ description: 'No line will come after these.' }),
  },
  { $id: 'LogPage' },
)
export type LogPage = Static<typeof LogPage>

const streamState = Type.Object({ streamDescriptor: StreamDescriptor, streamState: Type.Unknown() })

export const StateRead = Type.Object(
  {
    stateType: Type.Enum(['not_set', 'legacy', 'global', 'stream']),
    connectionId: Uuid,
    state: Type.Optional(Type.Unknown()),
    globalState: Type.Optional(
      Type.Object({ shared_state: Type.Unknown(), streamStates: Type.Array(streamState) }),
    ),
    streamState: Type.Optional(Type.Array(streamState)),
  },
  { $id: 'StateRead' },
)
export type StateRead = Static<typeof StateRead>

const cron = Type.Object({ cronExpression: text, cronTimeZone: text })
const basicSchedule = Type.Object({ units: Type.Integer(), timeUnit: TimeUnit })
const scheduled = {
  scheduleType: Type.Enum(['manual', 'cron', 'basic']),
  scheduleData: Type.Optional(
    Type.Object({ cron: Type.Optional(cron), basicSchedule: Type.Optional(basicSchedule) }),
  ),
}

const ConfigStream = Type.Object(
  {
    stream: Type.Object({
      name: text,
      namespace: optional,
      jsonSchema: anyObject(),
      supportedSyncModes: Type.Array(text),
      sourceDefinedCursor: Type.Boolean(),
      defaultCursorField: Path,
      sourceDefinedPrimaryKey: Paths,
    }),
    config: Type.Object({
      syncMode: text,
      destinationSyncMode: text,
      cursorField: Path,
      primaryKey: Paths,
      aliasName: text,
      selected: Type.Boolean(),
      fieldSelectionEnabled: Type.Boolean(),
      selectedFields,
    }),
  },
  { $id: 'ConfigStream' },
)
export type ConfigStream = Static<typeof ConfigStream>

const syncCatalog = Type.Object({ streams: Type.Array(ConfigStream) })

const connectionRead = {
  connectionId: Uuid,
  name: text,
  namespaceDefinition: Type.Enum(['source', 'destination', 'customformat']),
  namespaceFormat: optional,
  prefix: text,
  postSyncCommand,
  sourceId: Uuid,
  destinationId: Uuid,
  status: ConnectionStatus,
  statusReason,
  ...scheduled,
  followsSource,
  nonBreakingChangesPreference: Type.Enum([
    'ignore',
    'disable',
    'propagate_columns',
    'propagate_fully',
  ]),
  createdAt: seconds,
  breakingChange: Type.Boolean(),
  tags,
  syncCatalog,
}
export const ConnectionRead = Type.Object(connectionRead, { $id: 'ConnectionRead' })
export type ConnectionRead = Static<typeof ConnectionRead>

const schemaChange = Type.Enum(['no_change', 'non_breaking', 'breaking'])
const differences = {
  catalogDiff: Type.Object({ transforms: Type.Array(StreamTransform) }),
  breakingChange: Type.Boolean(),
  breakingReason: optional,
  schemaChange,
}
const Differences = Type.Object(differences)
export type Differences = Static<typeof Differences>

export const ConnectionCatalog = Type.Object(
  { ...connectionRead, ...Type.Partial(Differences).properties, breakingChange: Type.Boolean() },
  { $id: 'ConnectionCatalog' },
)
export type ConnectionCatalog = Static<typeof ConnectionCatalog>

const ran = {
  id: Uuid,
  configType: text,
  createdAt: seconds,
  endedAt: seconds,
  succeeded: Type.Boolean(),
}

export const Discovered = Type.Object(
  {
    catalog: syncCatalog,
    ...Type.Partial(Differences).properties,
    jobInfo: Type.Object({ ...ran, configId: Uuid }),
  },
  { $id: 'Discovered' },
)
export type Discovered = Static<typeof Discovered>

const ConfigurationError = Type.Object({
  pointer: Type.String({ description: 'RFC 6901; empty: the configuration itself.' }),
  message: text,
})
export type ConfigurationError = Static<typeof ConfigurationError>

/** As far as Airbyte's own says it to everybody; `engine` is ours, which another has not. */
export const Instance = Type.Object(
  {
    engine: Type.Literal('tartan'),
    edition: Type.Literal('community'),
    version: text,
    auth: Type.Object({ mode: Type.Literal('simple') }),
  },
  { $id: 'Instance' },
)
export type Instance = Static<typeof Instance>

export const SourceNews = Type.Object(
  {
    sourceId: Uuid,
    connectionIds: Type.Array(Uuid, { description: 'Those that follow it.' }),
  },
  { $id: 'SourceNews' },
)

export const Checked = Type.Object(
  {
    status: Type.Enum(['succeeded', 'failed']),
    message: optional,
    jobInfo: Type.Object({
      ...ran,
      configId: Type.Optional(Uuid),
      connectorConfigurationUpdated: Type.Boolean(),
      logType: Type.Literal('formatted'),
      logs: Type.Object(logLines),
      failureReason: Type.Optional(Failure),
    }),
    errors: Type.Optional(
      Type.Array(ConfigurationError, {
        description: 'What does not fit the connector’s specification; it was not asked then.',
      }),
    ),
  },
  { $id: 'Checked' },
)
export type Checked = Static<typeof Checked>

const run = { ...jobRead, recordsCommitted: count(), bytesCommitted: count() }
const Run = Type.Object(run, { $id: 'Run' })
export type Run = Static<typeof Run>

export const ConnectionItem = Type.Object(
  {
    connectionId: Uuid,
    name: text,
    status: ConnectionStatus,
    statusReason,
    schemaChange,
    source: Type.Object({
      sourceId: Uuid,
      name: text,
      sourceDefinitionId: Uuid,
      sourceName: text,
    }),
    destination: Type.Object({
      destinationId: Uuid,
      name: text,
      destinationDefinitionId: Uuid,
      destinationName: text,
    }),
    ...scheduled,
    followsSource,
    nextRunAt: Type.Optional(seconds),
    createdAt: seconds,
    tags,
    isSyncing: Type.Boolean(),
    lastJob: Type.Optional(Run),
    runningJob: Type.Optional(Run),
    latestSyncJobStatus: Type.Optional(JobStatus),
    latestSyncJobCreatedAt: Type.Optional(seconds),
    lastSuccessfulSync: Type.Optional(seconds),
    streams: Type.Array(
      Type.Object({
        ...streamName,
        syncMode: text,
        lastCommittedAt: Type.Optional(seconds),
        lastSyncedAt: Type.Optional(seconds),
      }),
    ),
    runs: Type.Array(Run, { description: 'The newest first.' }),
  },
  { $id: 'ConnectionItem' },
)
export type ConnectionItem = Static<typeof ConnectionItem>

export const ConnectionItems = Type.Object(
  {
    connections: Type.Array(ConnectionItem),
    pageSize: count(),
    numConnections: count(),
    nextCursor: Type.Optional(Uuid),
  },
  { $id: 'ConnectionItems' },
)
export type ConnectionItems = Static<typeof ConnectionItems>

export const SyncProgress = Type.Object(
  {
    connectionId: Uuid,
    jobId: Type.Optional(Type.Integer()),
    configType: Type.Optional(JobType),
    syncStartedAt: Type.Optional(seconds),
    ...Type.Partial(Type.Object(counts)).properties,
    streams: Type.Array(Type.Object({ ...streamName, configType: JobType, ...counts })),
  },
  { $id: 'SyncProgress', description: 'Without a job where none is active.' },
)
export type SyncProgress = Static<typeof SyncProgress>

const connectionSpecification = anyObject('The connector’s own JSON schema.')
export const SourceSpecification = Type.Object(
  { sourceDefinitionId: Uuid, connectionSpecification },
  { $id: 'SourceSpecification' },
)
export const DestinationSpecification = Type.Object(
  {
    destinationDefinitionId: Uuid,
    connectionSpecification,
    supportedDestinationSyncModes: Type.Array(text),
  },
  { $id: 'DestinationSpecification' },
)

export const CronDescription = Type.Object(
  {
    isValid: Type.Boolean(),
    cronTimeZone: text,
    nextExecutions: Type.Array(Type.Number(), { description: 'The next five.' }),
    validationErrorMessage: optional,
  },
  { $id: 'CronDescription' },
)
export type CronDescription = Static<typeof CronDescription>
