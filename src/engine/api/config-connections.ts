// Airbyte's Config API: a connection with its catalog, and schedules that repeat after a while
// (`basic`), which the public API only shows.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { cronParts } from '../connection/schedule.ts'
import { cursorOf, primaryKeyOf, streamOf } from '../connection/stream-choice.ts'
import { modesOf } from '../connection/sync-mode.ts'
import type { Connection, Schedule } from '../store/connection.ts'
import { changeConnection, connectionOf } from './connection-change.ts'
import { strict } from './body.ts'
import { followsResponse, postSyncResponse } from './connections.ts'
import type { ApiContext } from './context.ts'
import { ApiProblem, failures } from './problem.ts'
import { ConnectionRead, type ConfigStream } from './config-shapes.ts'
import type { TimeUnit } from '../store/shapes.ts'

/** The Config API's word for each of the public one's. */
const BEHAVIORS = {
  ignore: 'ignore',
  disable: 'disable_connection',
  propagate_columns: 'propagate_columns',
  propagate_fully: 'propagate_fully',
} as const

const Id = Type.Object({ connectionId: Type.String({ format: 'uuid' }) }, strict)
const Update = Type.Object(
  {
    connectionId: Type.String({ format: 'uuid' }),
    name: Type.Optional(Type.String({ minLength: 1 })),
    status: Type.Optional(
      Type.Unsafe<'active' | 'inactive'>({ type: 'string', enum: ['active', 'inactive'] }),
    ),
    nonBreakingChangesPreference: Type.Optional(
      Type.Unsafe<keyof typeof BEHAVIORS>({ type: 'string', enum: Object.keys(BEHAVIORS) }),
    ),
    scheduleType: Type.Optional(Type.String()),
    followsSource: Type.Optional(Type.Boolean()),
    scheduleData: Type.Optional(
      Type.Object(
        {
          basicSchedule: Type.Optional(
            Type.Object(
              {
                units: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
                timeUnit: Type.Unsafe<TimeUnit>({
                  type: 'string',
                  enum: ['minutes', 'hours', 'days', 'weeks', 'months'],
                }),
              },
              strict,
            ),
          ),
          cron: Type.Optional(
            Type.Object(
              {
                cronExpression: Type.String({ maxLength: 200 }),
                cronTimeZone: Type.Optional(Type.String({ maxLength: 100 })),
              },
              strict,
            ),
          ),
        },
        strict,
      ),
    ),
  },
  strict,
)

export function configConnectionRoutes(app: FastifyInstance, context: ApiContext): void {
  const answers = { 200: ConnectionRead, ...failures(404) }
  const read = { summary: 'A connection with its chosen streams', body: Id, response: answers }
  app.post('/connections/get', { schema: read }, async (request) => {
    const { connectionId } = request.body as Static<typeof Id>
    return connectionRead(await connectionOf(context.pool, connectionId))
  })
  const changed = {
    summary: 'Changes a connection; the only way to a schedule that repeats after a while',
    body: Update,
    response: { ...answers, ...failures(409, 422) },
  }
  app.post('/connections/update', { schema: changed }, async (request) => {
    const body = request.body as Static<typeof Update>
    const { connectionId, name, status, nonBreakingChangesPreference: behavior } = body
    const { followsSource } = body
    const done = await changeConnection(context, connectionId, {
      ...(name === undefined ? {} : { name }),
      ...(status === undefined ? {} : { status }),
      ...(behavior === undefined ? {} : { nonBreakingSchemaUpdatesBehavior: BEHAVIORS[behavior] }),
      ...(followsSource === undefined ? {} : { followsSource }),
      ...scheduleChange(body),
    })
    return connectionRead(done.connection)
  })
}

function scheduleChange({ scheduleType, scheduleData }: Static<typeof Update>) {
  if (scheduleType === undefined) return {}
  if (scheduleType === 'manual') return { schedule: { scheduleType: 'manual' as const } }
  if (scheduleType === 'cron' && scheduleData?.cron) {
    return { schedule: { scheduleType: 'cron' as const, cronExpression: zoned(scheduleData.cron) } }
  }
  if (scheduleType === 'basic' && scheduleData?.basicSchedule) {
    const basicSchedule: Schedule = { scheduleType: 'basic', ...scheduleData.basicSchedule }
    return { basicSchedule }
  }
  throw new ApiProblem('bad-request', `The schedule ${scheduleType} needs its scheduleData.`)
}

/** The Config API has the zone beside the expression; the public one at its end. */
export function zoned(cron: { cronExpression: string; cronTimeZone?: string }): string {
  const { fields, zone } = cronParts(cron.cronExpression)
  const wanted = cron.cronTimeZone ?? zone
  return wanted === 'UTC' ? fields.join(' ') : `${fields.join(' ')} ${wanted}`
}

export function connectionRead(connection: Connection): ConnectionRead {
  const { schedule, catalog, streams, namespaceFormat, pause } = connection
  const { nonBreakingSchemaUpdatesBehavior: behavior } = connection
  return {
    connectionId: connection.connectionId,
    name: connection.name,
    namespaceDefinition:
      connection.namespaceDefinition === 'custom_format'
        ? 'customformat'
        : connection.namespaceDefinition,
    ...(namespaceFormat === null ? {} : { namespaceFormat }),
    prefix: connection.prefix,
    ...postSyncResponse(connection),
    sourceId: connection.sourceId,
    destinationId: connection.destinationId,
    status: connection.status,
    ...(pause === null ? {} : { statusReason: pause.reason }),
    ...scheduleRead(schedule),
    ...followsResponse(connection),
    nonBreakingChangesPreference: behavior === 'disable_connection' ? 'disable' : behavior,
    createdAt: Math.floor(connection.createdAt),
    breakingChange: pause?.breaking === true,
    tags: [],
    syncCatalog: { streams: streams.map((choice) => streamRead(catalog, choice)) },
  }
}

export function scheduleRead(
  schedule: Schedule,
): Pick<ConnectionRead, 'scheduleType' | 'scheduleData'> {
  const { scheduleType } = schedule
  if (scheduleType === 'manual') return { scheduleType }
  if (scheduleType === 'basic') {
    const { units, timeUnit } = schedule
    return { scheduleType, scheduleData: { basicSchedule: { units, timeUnit } } }
  }
  const { fields, zone } = cronParts(schedule.cronExpression)
  const cron = { cronExpression: fields.join(' '), cronTimeZone: zone }
  return { scheduleType, scheduleData: { cron } }
}

export function streamRead(
  catalog: Connection['catalog'],
  choice: Connection['streams'][number],
): ConfigStream {
  const stream = streamOf(catalog, choice)
  const [syncMode, destinationSyncMode] = modesOf(choice)
  return {
    stream: {
      name: stream.name,
      ...(stream.namespace === undefined ? {} : { namespace: stream.namespace }),
      jsonSchema: stream.json_schema,
      supportedSyncModes: stream.supported_sync_modes,
      sourceDefinedCursor: stream.source_defined_cursor === true,
      defaultCursorField: stream.default_cursor_field ?? [],
      sourceDefinedPrimaryKey: stream.source_defined_primary_key ?? [],
    },
    config: {
      syncMode,
      destinationSyncMode,
      cursorField: cursorOf(stream, choice),
      primaryKey: primaryKeyOf(stream, choice),
      aliasName: stream.name,
      selected: true,
      fieldSelectionEnabled: (choice.selectedFields ?? []).length > 0,
      selectedFields: choice.selectedFields ?? [],
    },
  }
}
