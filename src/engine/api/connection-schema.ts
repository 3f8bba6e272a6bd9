// What a connection may be asked to be. Unknown keys are let through: clients send more.
import { type Static, Type } from 'typebox'

function oneOf<const T extends readonly string[]>(values: T) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: values })
}

const Path = Type.Array(Type.String())

const Stream = Type.Object({
  name: Type.Optional(Type.String()),
  namespace: Type.Optional(Type.String()),
  syncMode: Type.Optional(Type.String()),
  cursorField: Type.Optional(Path),
  primaryKey: Type.Optional(Type.Array(Path)),
  selectedFields: Type.Optional(Type.Array(Type.Object({ fieldPath: Path }))),
  mappers: Type.Optional(Type.Array(Type.Unknown())),
})

const change = {
  name: Type.Optional(Type.String()),
  configurations: Type.Optional(
    Type.Object({ streams: Type.Optional(Type.Array(Stream, { maxItems: 1000 })) }),
  ),
  schedule: Type.Optional(
    Type.Object({
      scheduleType: oneOf(['manual', 'cron']),
      cronExpression: Type.Optional(Type.String({ maxLength: 200 })),
    }),
  ),
  namespaceDefinition: Type.Optional(oneOf(['source', 'destination', 'custom_format'])),
  namespaceFormat: Type.Optional(Type.String()),
  prefix: Type.Optional(Type.String()),
  nonBreakingSchemaUpdatesBehavior: Type.Optional(
    oneOf(['ignore', 'disable_connection', 'propagate_columns', 'propagate_fully']),
  ),
  status: Type.Optional(oneOf(['active', 'inactive', 'deprecated', 'locked'])),
}

export const ConnectionChange = Type.Object(change)
export const ConnectionCreate = Type.Object({
  ...change,
  sourceId: Type.String({ format: 'uuid' }),
  destinationId: Type.String({ format: 'uuid' }),
})

export type ConnectionChangeBody = Static<typeof ConnectionChange>
