// What a connection may be asked to be. An unknown key is refused: whoever sends it means something
// by it. Of Airbyte's own fields that nothing here does, the value that asks for nothing is taken.
import { type Static, Type } from '../../std/type.ts'
import { strict } from './body.ts'

function oneOf<const T extends readonly string[]>(values: T) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: values })
}

const Path = Type.Array(Type.String())

const Stream = Type.Object(
  {
    name: Type.Optional(Type.String()),
    namespace: Type.Optional(Type.String()),
    syncMode: Type.Optional(Type.String()),
    cursorField: Type.Optional(Path),
    primaryKey: Type.Optional(Type.Array(Path)),
    selectedFields: Type.Optional(Type.Array(Type.Object({ fieldPath: Path }, strict))),
    mappers: Type.Optional(Type.Array(Type.Unknown())),
    includeFiles: Type.Optional(Type.Literal(false)),
  },
  strict,
)

const change = {
  name: Type.Optional(Type.String()),
  configurations: Type.Optional(
    Type.Object({ streams: Type.Optional(Type.Array(Stream, { maxItems: 1000 })) }, strict),
  ),
  schedule: Type.Optional(
    Type.Object(
      {
        scheduleType: oneOf(['manual', 'cron']),
        cronExpression: Type.Optional(Type.String({ maxLength: 200 })),
      },
      strict,
    ),
  ),
  namespaceDefinition: Type.Optional(oneOf(['source', 'destination', 'custom_format'])),
  namespaceFormat: Type.Optional(Type.String()),
  prefix: Type.Optional(Type.String()),
  nonBreakingSchemaUpdatesBehavior: Type.Optional(
    oneOf(['ignore', 'disable_connection', 'propagate_columns', 'propagate_fully']),
  ),
  status: Type.Optional(oneOf(['active', 'inactive', 'deprecated', 'locked'])),
  /** Beside its schedule. */
  followsSource: Type.Optional(Type.Boolean()),
  /** Empty: none. */
  postSyncCommand: Type.Optional(Type.String({ maxLength: 64 })),
  dataResidency: Type.Optional(oneOf(['auto'])),
  tags: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0 })),
}

export const ConnectionChange = Type.Object(change, strict)
export const ConnectionCreate = Type.Object(
  {
    ...change,
    sourceId: Type.String({ format: 'uuid' }),
    destinationId: Type.String({ format: 'uuid' }),
  },
  strict,
)

export type ConnectionChangeBody = Static<typeof ConnectionChange>
