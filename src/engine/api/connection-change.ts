// How a connection comes to be and is changed: asked of the source where streams are chosen,
// checked whole, and written only over the version that was seen.
import type { Pool } from '../../postgres/pool.ts'
import { tx } from '../../postgres/query.ts'
import { systemClock } from '../../std/clock.ts'
import { uuid } from '../../std/ids.ts'
import { cronSchedule, nextRunMs } from '../connection/schedule.ts'
import { chooseStreams, type StreamRequest } from '../connection/stream-choice.ts'
import { definitionOf } from '../connector/definition.ts'
import { discoverStreams, type Freshness } from '../connector/discovery.ts'
import { cancelActiveJob } from '../job/outcome.ts'
import type { Actor } from '../store/actor.ts'
import {
  type Connection,
  type ConnectionSettings,
  databaseNowMs,
  findConnection,
  insertConnection,
  type Schedule,
  updateConnection,
} from '../store/connection.ts'
import { actorOf } from './actors.ts'
import type { ConnectionChangeBody } from './connection-schema.ts'
import type { ApiContext } from './context.ts'
import { ApiProblem, asProblem, notFound } from './problem.ts'
import { destinationOf, streamChangesOf } from './stream-changes.ts'
import type { StreamChange } from '../store/shapes.ts'

/** A living one. */
export async function connectionOf(pool: Pool, id: string): Promise<Connection> {
  const connection = await findConnection(pool, id)
  if (!connection || connection.status === 'deprecated') throw notFound('connection', id)
  return connection
}

export type Change = ConnectionChangeBody & { basicSchedule?: Schedule }

export interface Changed {
  connection: Connection
  streamChanges: StreamChange[]
}

/** Of so many changes at once the last is told to try again (L9). */
const triesMax = 10

/**
 * Applies the change to what is there, not to what was there when it was asked for: a connection
 * that somebody changed meanwhile is read again, one that was deleted stays deleted. One that is
 * not active any more has no running or waiting job from the same moment on.
 */
export async function changeConnection(
  context: ApiContext,
  connectionId: string,
  change: Change,
  dryRun = false,
): Promise<Changed> {
  const { pool } = context
  for (let tries = 1; tries <= triesMax; tries++) {
    const seen = await connectionOf(pool, connectionId)
    const source = await actorOf(pool, 'source', seen.sourceId)
    const destination = await actorOf(pool, 'destination', seen.destinationId)
    // Whoever chooses streams chooses from what there is; to be told so once is enough.
    const freshness = tries === 1 ? 'present' : 'known'
    const settings = await settingsOf(context, { source, destination, freshness }, change, seen)
    const connection = { ...seen, ...settings }
    const end = await destinationOf(context, destination.actorId)
    const streamChanges = await streamChangesOf(context, connection, end, seen.streams)
    if (dryRun) return { connection, streamChanges }
    refuse(streamChanges)
    const nextMs = await next(pool, settings)
    const done = await tx(pool, async (db) => {
      if (!(await updateConnection(db, seen, settings, nextMs))) return false
      if (settings.status !== 'active') await cancelActiveJob(db, connectionId)
      return true
    })
    if (done) return { connection, streamChanges }
  }
  throw new ApiProblem('state-conflict', 'The connection is being changed by others: try again.')
}

export async function createConnection(
  context: ApiContext,
  asked: Change & { sourceId: string; destinationId: string },
): Promise<Connection> {
  const { pool } = context
  const source = await actorOf(pool, 'source', asked.sourceId)
  const destination = await actorOf(pool, 'destination', asked.destinationId)
  const settings = await settingsOf(
    context,
    { source, destination, freshness: 'present' },
    { ...asked, configurations: asked.configurations ?? {} },
  )
  const ends = { sourceId: source.actorId, destinationId: destination.actorId }
  const connection = { connectionId: uuid(), ...ends, ...settings }
  const end = await destinationOf(context, destination.actorId)
  refuse(await streamChangesOf(context, connection, end, []))
  if (!(await insertConnection(pool, connection, await next(pool, settings)))) {
    throw notFound('source or destination', `${source.actorId}, ${destination.actorId}`)
  }
  return connectionOf(pool, connection.connectionId)
}

function refuse(changes: StreamChange[]): void {
  const refused = changes.find((one) => one.decision === 'refuse')
  if (!refused) return
  throw new ApiProblem('bad-request', `The stream ${refused.name} is refused: ${refused.reason}.`)
}

interface Ends {
  source: Actor
  destination: Actor
  /** Of what is known of the source's streams. */
  freshness: Freshness
}

async function settingsOf(
  context: ApiContext,
  ends: Ends,
  change: Change,
  old?: Connection,
): Promise<ConnectionSettings> {
  const { source, destination } = ends
  const status = change.status ?? old?.status ?? 'active'
  // Who sets a paused connection to active has looked, and takes the source as it is now.
  const resumes = old !== undefined && old.pause !== null && status === 'active'
  const streams = change.configurations?.streams ?? (resumes ? old?.streams : undefined)
  const namespaceDefinition =
    change.namespaceDefinition ?? old?.namespaceDefinition ?? 'destination'
  const namespaceFormat = change.namespaceFormat ?? old?.namespaceFormat ?? null
  if (namespaceDefinition === 'custom_format' && !namespaceFormat?.trim()) {
    throw new ApiProblem('bad-request', 'custom_format needs a namespaceFormat.')
  }
  const schedule = change.basicSchedule ?? (change.schedule && scheduleOf(change.schedule))
  return {
    name: change.name || (old?.name ?? `${source.name} → ${destination.name}`),
    status,
    pause: status === 'active' ? null : (old?.pause ?? null),
    schedule: schedule ?? old?.schedule ?? { scheduleType: 'manual' },
    followsSource: change.followsSource ?? old?.followsSource ?? false,
    namespaceDefinition,
    namespaceFormat,
    prefix: change.prefix ?? old?.prefix ?? '',
    postSyncCommand: postSyncOf(context, change.postSyncCommand, old?.postSyncCommand ?? null),
    nonBreakingSchemaUpdatesBehavior:
      change.nonBreakingSchemaUpdatesBehavior ?? old?.nonBreakingSchemaUpdatesBehavior ?? 'ignore',
    ...(old && !change.configurations && !resumes
      ? { catalog: old.catalog, streams: old.streams }
      : await chosen(context, ends, streams)),
  }
}

async function chosen(
  context: ApiContext,
  { source, destination, freshness }: Ends,
  requests: StreamRequest[] | undefined,
) {
  const catalog = await asProblem(discoverStreams(context, source, freshness))
  const definition = definitionOf(context.definitions, 'destination', destination.definitionId)
  const spec = await asProblem(context.commands.spec(definition))
  const { supportsRefreshes } = definition
  const means = { supportsRefreshes, modes: spec.supported_destination_sync_modes }
  return { catalog, streams: chooseStreams(catalog, requests, means) }
}

/** Of the machine's commands, which nobody can add to from here. */
function postSyncOf(
  { postSync }: ApiContext,
  name: string | undefined,
  before: string | null,
): string | null {
  if (name === undefined || name === before) return before
  if (name === '') return null
  if (postSync.some((one) => one.name === name)) return name
  const known = postSync.map((one) => one.name).join(', ') || 'none'
  throw new ApiProblem('bad-request', `This machine has no command “${name}”; it has: ${known}.`)
}

function scheduleOf(asked: { scheduleType: string; cronExpression?: string }): Schedule {
  if (asked.scheduleType === 'manual') return { scheduleType: 'manual' }
  if (asked.cronExpression === undefined) {
    throw new ApiProblem('bad-request', 'A cron schedule needs its cronExpression.')
  }
  return cronSchedule(asked.cronExpression, systemClock.now())
}

/** A cron waits for its time; what repeats after a while starts with a run. */
async function next(pool: Pool, settings: ConnectionSettings): Promise<number | undefined> {
  const now = await databaseNowMs(pool)
  return settings.schedule.scheduleType === 'basic' ? now : nextRunMs(settings.schedule, now)
}
