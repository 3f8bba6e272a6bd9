// What the engine keeps and tells as it keeps it, in Airbyte's words: a shape is the type, what the
// OpenAPI document says, and what the tests hold the answers to (api/shapes.ts has the answers).
import { type Static, Type } from '../../std/type.ts'
import { count } from '../../std/shape.ts'

export const JobType = Type.Enum(['sync', 'clear'])
export type JobType = Static<typeof JobType>

export const JobStatus = Type.Enum(
  ['pending', 'running', 'incomplete', 'succeeded', 'failed', 'cancelled'],
  { $id: 'JobStatus', description: 'incomplete: an attempt failed, and another one comes.' },
)
export type JobStatus = Static<typeof JobStatus>

export const AttemptStatus = Type.Enum(['running', 'succeeded', 'failed'])
export type AttemptStatus = Static<typeof AttemptStatus>

export const ConnectionStatus = Type.Enum(['active', 'inactive', 'deprecated', 'locked'])
export type ConnectionStatus = Static<typeof ConnectionStatus>

export const SchemaBehavior = Type.Enum([
  'ignore',
  'disable_connection',
  'propagate_columns',
  'propagate_fully',
])
export type SchemaBehavior = Static<typeof SchemaBehavior>

export const TimeUnit = Type.Enum(['minutes', 'hours', 'days', 'weeks', 'months'])
export type TimeUnit = Static<typeof TimeUnit>

export const PostSyncOutcome = Type.Object(
  {
    command: Type.String({ description: 'Its name.' }),
    status: Type.Enum(['succeeded', 'failed']),
    message: Type.Optional(Type.String({ description: 'Why it failed.' })),
  },
  { description: 'How the command after the sync went, which fails no sync.' },
)
export type PostSyncOutcome = Static<typeof PostSyncOutcome>

export const Path = Type.Array(Type.String(), { description: 'Of a field, from the outside in.' })

export const StreamDescriptor = Type.Object({
  name: Type.String(),
  namespace: Type.Optional(Type.String()),
})

export const Failure = Type.Object(
  {
    failureOrigin: Type.Enum(['source', 'destination', 'replication', 'airbyte_platform']),
    failureType: Type.Enum(
      [
        'config_error',
        'transient_error',
        'system_error',
        'manual_cancellation',
        'heartbeat_timeout',
        'destination_timeout',
      ],
      { description: 'config_error: somebody must mend it; transient_error: it is tried again.' },
    ),
    externalMessage: Type.String({ description: 'What happened and what to do, for people.' }),
    internalMessage: Type.Optional(Type.String()),
    stacktrace: Type.Optional(Type.String()),
    retryable: Type.Boolean(),
    timestamp: Type.Number({ description: 'Milliseconds since the epoch.' }),
    fromTraceMessage: Type.Optional(Type.Boolean({ description: 'The connector said it so.' })),
    streamDescriptor: Type.Optional(StreamDescriptor),
  },
  { $id: 'Failure', description: 'Why an attempt failed.' },
)
export type Failure = Static<typeof Failure>

export const NulledValues = Type.Object({
  field: Type.String(),
  reason: Type.String(),
  count: count(),
})

const decision = {
  decision: Type.Enum(['none', 'read_again', 'refuse']),
  reason: Type.String(),
}
const Decision = Type.Object(decision)
export type Decision = Static<typeof Decision>

export const StreamChange = Type.Object(
  { ...StreamDescriptor.properties, ...decision },
  { $id: 'StreamChange', description: 'What the next sync does with a stream, and why.' },
)
export type StreamChange = Static<typeof StreamChange>

const FieldTransform = Type.Object({
  transformType: Type.Enum(['add_field', 'remove_field', 'update_field_schema']),
  fieldName: Path,
  oldSchema: Type.Optional(Type.String({ description: 'Its types before.' })),
  newSchema: Type.Optional(Type.String({ description: 'Its types now.' })),
})
export type FieldTransform = Static<typeof FieldTransform>

export const StreamTransform = Type.Object(
  {
    transformType: Type.Enum(['add_stream', 'remove_stream', 'update_stream']),
    streamDescriptor: StreamDescriptor,
    updateStream: Type.Optional(Type.Object({ fieldTransforms: Type.Array(FieldTransform) })),
  },
  { $id: 'StreamTransform', description: 'What is different of what the source offers.' },
)
export type StreamTransform = Static<typeof StreamTransform>

const LogSource = Type.Enum(['source', 'destination', 'platform'])
export type LogSource = Static<typeof LogSource>

const logEntry = {
  at: Type.String({ format: 'date-time' }),
  source: LogSource,
  level: Type.Enum(['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE']),
  message: Type.String(),
}
const LogEntry = Type.Object(logEntry)
export type LogEntry = Static<typeof LogEntry>

export const LogLine = Type.Object(
  { n: count('Its number in the attempt.'), ...logEntry },
  { $id: 'LogLine' },
)
export type LogLine = Static<typeof LogLine>
