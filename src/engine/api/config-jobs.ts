// What Airbyte's Config API tells of jobs beyond the public one: attempts, records per stream,
// logs, states.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { parseExact } from '../../std/exact-json.ts'
import { descriptor } from '../connection/naming.ts'
import {
  type AttemptRow,
  listAttempts,
  listLogLines,
  type StreamStatsRow,
} from '../store/attempt.ts'
import { countJobs, type Job, type JobFilter, listJobs, type RecentJob } from '../store/job.ts'
import { listStates, type StateRow } from '../store/state.ts'
import { connectionOf } from './connection-change.ts'
import { strict } from './body.ts'
import type { ApiContext } from './context.ts'
import { begunOf, jobOf } from './jobs.ts'
import { instant } from './time.ts'
import { failures } from './problem.ts'
import {
  type AttemptRead,
  JobAttempts,
  JobInfo,
  type JobRead,
  JobsPage,
  StateRead,
  type Totals,
} from './config-shapes.ts'

const JobId = Type.Object({ id: Type.Integer({ minimum: 0 }) }, strict)
const ConnectionId = Type.Object({ connectionId: Type.String({ format: 'uuid' }) }, strict)
const Text = Type.Optional(Type.String({ maxLength: 100 }))
const List = Type.Object(
  {
    configTypes: Type.Array(Type.String()),
    configId: Type.Optional(Type.String({ format: 'uuid' })),
    statuses: Type.Optional(Type.Array(Type.String())),
    createdAtStart: Text,
    createdAtEnd: Text,
    updatedAtStart: Text,
    updatedAtEnd: Text,
    orderByField: Text,
    orderByMethod: Text,
    pagination: Type.Optional(
      Type.Object(
        {
          pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
          rowOffset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
        },
        strict,
      ),
    ),
  },
  strict,
)

export function configJobRoutes(app: FastifyInstance, context: ApiContext): void {
  const { pool } = context
  oneJobRoutes(app, context)
  const listed = {
    summary: 'Jobs with their attempts, newest first, and how many there are',
    body: List,
    response: { 200: JobsPage },
  }
  app.post('/jobs/list', { schema: listed }, async (request) => {
    const body = request.body as Static<typeof List>
    const filter: JobFilter = {
      types: [
        ...(body.configTypes.includes('sync') ? (['sync'] as const) : []),
        ...(body.configTypes.some((type) => CLEAR.has(type)) ? (['clear'] as const) : []),
      ],
      ...(body.configId === undefined ? {} : { connectionId: body.configId }),
      ...(body.statuses === undefined ? {} : { statuses: body.statuses }),
      ...instant('createdAtStart', body.createdAtStart),
      ...instant('createdAtEnd', body.createdAtEnd),
      ...instant('updatedAtStart', body.updatedAtStart),
      ...instant('updatedAtEnd', body.updatedAtEnd),
    }
    const jobs = await listJobs(
      pool,
      filter,
      {
        by: body.orderByField === 'updatedAt' ? 'updatedAt' : 'createdAt',
        descending: body.orderByMethod !== 'ASC',
      },
      { limit: body.pagination?.pageSize ?? 20, offset: body.pagination?.rowOffset ?? 0 },
    )
    const attempts = await listAttempts(
      pool,
      jobs.map((job) => job.jobId),
    )
    return {
      jobs: jobs.map((job) => ({
        job: wholeJobRead(job),
        attempts: attempts.filter((one) => one.jobId === job.jobId).map(attemptRead),
      })),
      totalJobCount: await countJobs(pool, filter),
    }
  })
  const state = {
    summary: 'How far a connection has come, in its source’s own words',
    body: ConnectionId,
    response: { 200: StateRead, ...failures(404) },
  }
  app.post('/state/get', { schema: state }, async (request) => {
    const { connectionId } = request.body as Static<typeof ConnectionId>
    await connectionOf(pool, connectionId)
    return stateRead(connectionId, await listStates(pool, connectionId))
  })
}

function oneJobRoutes(app: FastifyInstance, { pool }: ApiContext): void {
  const read = {
    summary: 'A job with its attempts and every line of their logs',
    body: JobId,
    response: { 200: JobInfo, ...failures(404) },
  }
  app.post('/jobs/get', { schema: read }, async (request) => {
    const { id } = request.body as Static<typeof JobId>
    const job = await jobOf(pool, String(id))
    const attempts = await listAttempts(pool, [job.jobId])
    const lines = await listLogLines(
      pool,
      attempts.map((attempt) => attempt.attemptId),
    )
    return {
      job: wholeJobRead(job),
      attempts: attempts.map((attempt) => ({
        attempt: attemptRead(attempt),
        logType: 'formatted',
        logs: {
          logLines: lines
            .filter((line) => line.attemptId === attempt.attemptId)
            .map((line) => line.line),
        },
      })),
    }
  })
  const schema = {
    summary: 'A job with its attempts',
    body: JobId,
    response: { 200: JobAttempts, ...failures(404) },
  }
  app.post('/jobs/get_without_logs', { schema }, async (request) => {
    const { id } = request.body as Static<typeof JobId>
    const job = await jobOf(pool, String(id))
    const attempts = await listAttempts(pool, [job.jobId])
    return {
      job: wholeJobRead(job),
      attempts: attempts.map((attempt) => ({ attempt: attemptRead(attempt) })),
    }
  })
}

const CLEAR = new Set(['clear', 'reset_connection'])

function wholeJobRead(job: Job): JobRead {
  return { ...jobRead(job), ...begunOf(job) }
}

/** Without who began it, which a connection's list of runs leaves out. */
export function jobRead(job: RecentJob): JobRead {
  return {
    id: Number(job.jobId),
    configType: job.type,
    configId: job.connectionId,
    createdAt: Math.floor(job.createdAt),
    updatedAt: Math.floor(job.updatedAt),
    status: job.status,
  }
}

function attemptRead(attempt: AttemptRow): AttemptRead {
  const { streams, failures } = attempt
  const total = totals(streams)
  return {
    id: attempt.number,
    status: attempt.status,
    createdAt: Math.floor(attempt.createdAt),
    updatedAt: Math.floor(attempt.updatedAt),
    ...(attempt.endedAt === null ? {} : { endedAt: Math.floor(attempt.endedAt) }),
    bytesSynced: total.bytesCommitted,
    recordsSynced: total.recordsCommitted,
    totalStats: total,
    streamStats: streams.map((stream) => ({
      streamName: stream.name,
      ...(stream.namespace === '' ? {} : { streamNamespace: stream.namespace }),
      stats: totals([stream]),
      ...(stream.nulled.length === 0 ? {} : { nulledValues: stream.nulled }),
    })),
    ...(attempt.postSync === null ? {} : { postSync: attempt.postSync }),
    ...(failures === null ? {} : { failureSummary: { failures, partialSuccess: attempt.partial } }),
  }
}

function totals(streams: StreamStatsRow[]): Totals {
  const nulled = streams.flatMap((stream) => stream.nulled)
  const sum = (key: Exclude<keyof StreamStatsRow, 'name' | 'namespace' | 'nulled'>) =>
    streams.reduce((all, stream) => all + stream[key], 0)
  return {
    recordsEmitted: sum('recordsEmitted'),
    bytesEmitted: sum('bytesEmitted'),
    stateMessagesEmitted: sum('statesEmitted'),
    recordsCommitted: sum('recordsCommitted'),
    bytesCommitted: sum('bytesCommitted'),
    recordsRejected: sum('recordsRejected'),
    additionalStats: { valuesNulled: nulled.reduce((all, one) => all + one.count, 0) },
  }
}

function stateRead(connectionId: string, rows: StateRow[]): StateRead {
  const streams = rows
    .filter((row) => row.kind === 'stream')
    .map((row) => ({
      streamDescriptor: descriptor(row.name, row.namespace),
      streamState: parseExact(row.state),
    }))
  const shared = rows.find((row) => row.kind === 'shared')
  const legacy = rows.find((row) => row.kind === 'legacy')
  if (legacy) return { stateType: 'legacy', connectionId, state: parseExact(legacy.state) }
  if (shared) {
    const globalState = { shared_state: parseExact(shared.state), streamStates: streams }
    return { stateType: 'global', connectionId, globalState }
  }
  if (streams.length === 0) return { stateType: 'not_set', connectionId }
  return { stateType: 'stream', connectionId, streamState: streams }
}
