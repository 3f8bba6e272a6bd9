// Airbyte's Config API: a connection with its catalog, and schedules that repeat after a while
// (`basic`), which the public API only shows.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { cronParts } from '../connection/schedule.ts'
import { cursorOf, primaryKeyOf, streamOf } from '../connection/stream-choice.ts'
import { modesOf } from '../connection/sync-mode.ts'
import type { Connection, Schedule, TimeUnit } from '../store/connection.ts'
import { changeConnection, connectionOf } from './connection-change.ts'
import { strict } from './body.ts'
import type { ApiContext } from './context.ts'
import { ApiProblem } from './problem.ts'

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
  app.post('/connections/get', { schema: { body: Id } }, async (request) => {
    const { connectionId } = request.body as Static<typeof Id>
    return connectionRead(await connectionOf(context.pool, connectionId))
  })
  app.post('/connections/update', { schema: { body: Update } }, async (request) => {
    const body = request.body as Static<typeof Update>
    const { connectionId, name, status, nonBreakingChangesPreference: behavior } = body
    const changed = await changeConnection(context, connectionId, {
      ...(name === undefined ? {} : { name }),
      ...(status === undefined ? {} : { status }),
      ...(behavior === undefined ? {} : { nonBreakingSchemaUpdatesBehavior: BEHAVIORS[behavior] }),
      ...scheduleChange(body),
    })
    return connectionRead(changed.connection)
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
function zoned(cron: { cronExpression: string; cronTimeZone?: string }): string {
  const { fields, zone } = cronParts(cron.cronExpression)
  const wanted = cron.cronTimeZone ?? zone
  return wanted === 'UTC' ? fields.join(' ') : `${fields.join(' ')} ${wanted}`
}

function connectionRead(connection: Connection) {
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
    sourceId: connection.sourceId,
    destinationId: connection.destinationId,
    status: connection.status,
    ...(pause === null ? {} : { statusReason: pause.reason }),
    ...scheduleRead(schedule),
    nonBreakingChangesPreference: behavior === 'disable_connection' ? 'disable' : behavior,
    createdAt: Math.floor(connection.createdAt),
    breakingChange: pause?.breaking === true,
    tags: [],
    syncCatalog: { streams: streams.map((choice) => streamRead(catalog, choice)) },
  }
}

function scheduleRead(schedule: Schedule) {
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

function streamRead(catalog: Connection['catalog'], choice: Connection['streams'][number]) {
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
    },
  }
}
