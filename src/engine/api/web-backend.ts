// What Airbyte's own web app asks of the Config API: connections with how they stand, in one call,
// and how far the job that runs has come.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { listAttempts, type StreamStatsRow } from '../store/attempt.ts'
import { findActiveJob, findJob, type RecentJob } from '../store/job.ts'
import {
  type ConnectionSummary,
  countConnections,
  type LastSuccess,
  listFreshness,
  listLastSuccesses,
  listRecentJobs,
  listSummaries,
  type StreamFreshness,
} from '../store/summary.ts'
import { strict } from './body.ts'
import { scheduleRead } from './config-connections.ts'
import { followsResponse } from './connections.ts'
import { jobRead } from './config-jobs.ts'
import { connectionOf } from './connection-change.ts'
import type { ApiContext } from './context.ts'
import { failures } from './problem.ts'
import { type ConnectionItem, ConnectionItems, type Run, SyncProgress } from './config-shapes.ts'

const pageSizeMax = 100
/** Of each connection. */
const runsMax = 30

const Uuid = Type.String({ format: 'uuid' })
const List = Type.Object(
  {
    workspaceId: Type.Optional(Uuid),
    pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: pageSizeMax })),
    cursor: Type.Optional(Uuid),
  },
  strict,
)
const Id = Type.Object({ connectionId: Uuid }, strict)

export function webBackendRoutes(app: FastifyInstance, context: ApiContext): void {
  const { pool } = context
  const listed = {
    summary: 'Connections with how they stand: last runs, the next one, each stream’s freshness',
    body: List,
    response: { 200: ConnectionItems },
  }
  app.post('/web_backend/connections/list', { schema: listed }, async (request) => {
    const { workspaceId = null, pageSize = 20, cursor } = request.body as Static<typeof List>
    const asked = { workspaceId, after: cursor ?? null, limit: pageSize + 1 }
    const found = await listSummaries(pool, asked)
    const page = found.slice(0, pageSize)
    const ids = page.map((one) => one.connectionId)
    const [jobs, freshness, successes, numConnections] = await Promise.all([
      listRecentJobs(pool, ids, runsMax),
      listFreshness(pool, ids),
      listLastSuccesses(pool, ids),
      countConnections(pool, workspaceId),
    ])
    const more = found.length > pageSize
    return {
      connections: page.map((one) => itemRead(context, one, { jobs, freshness, successes })),
      pageSize,
      numConnections,
      ...(more ? { nextCursor: ids.at(-1) } : {}),
    }
  })
  const progress = {
    summary: 'How far the job has come that runs',
    body: Id,
    response: { 200: SyncProgress, ...failures(404) },
  }
  app.post('/connections/sync_progress', { schema: progress }, async (request) => {
    const { connectionId } = request.body as Static<typeof Id>
    await connectionOf(pool, connectionId)
    const active = await findActiveJob(pool, connectionId)
    const job = active && (await findJob(pool, active.jobId))
    if (!job) return { connectionId, streams: [] }
    const attempts = await listAttempts(pool, [job.jobId])
    return progressRead(
      job,
      attempts.flatMap((attempt) => attempt.streams),
    )
  })
}

interface Standing {
  jobs: RecentJob[]
  freshness: StreamFreshness[]
  successes: LastSuccess[]
}

function itemRead(context: ApiContext, one: ConnectionSummary, standing: Standing): ConnectionItem {
  const of = <T extends { connectionId: string }>(rows: T[]) =>
    rows.filter((row) => row.connectionId === one.connectionId)
  const jobs = of(standing.jobs)
  const [last] = jobs
  const running = jobs.find((job) => ACTIVE.has(job.status))
  const sync = jobs.find((job) => job.type === 'sync')
  const [success] = of(standing.successes)
  const { pause, nextRunAt } = one
  return {
    connectionId: one.connectionId,
    name: one.name,
    status: one.status,
    ...(pause === null ? {} : { statusReason: pause.reason }),
    schemaChange: pause?.breaking === true ? 'breaking' : 'no_change',
    ...endsRead(context, one),
    ...scheduleRead(one.schedule),
    ...followsResponse(one),
    ...(nextRunAt === null || one.status !== 'active' ? {} : { nextRunAt: Math.floor(nextRunAt) }),
    createdAt: Math.floor(one.createdAt),
    tags: [],
    isSyncing: running !== undefined,
    ...(last ? { lastJob: runRead(last) } : {}),
    ...(running ? { runningJob: runRead(running) } : {}),
    ...(sync
      ? { latestSyncJobStatus: sync.status, latestSyncJobCreatedAt: Math.floor(sync.createdAt) }
      : {}),
    ...(success ? { lastSuccessfulSync: Math.floor(success.endedAt) } : {}),
    streams: one.streams.map(({ name, namespace, syncMode }) => {
      const fresh = of(standing.freshness).find(
        (row) => row.name === name && row.namespace === (namespace ?? ''),
      )
      return {
        streamName: name,
        ...(namespace === undefined ? {} : { streamNamespace: namespace }),
        syncMode,
        ...(fresh ? { lastCommittedAt: Math.floor(fresh.committedAt) } : {}),
        ...(fresh && fresh.syncedAt !== null ? { lastSyncedAt: Math.floor(fresh.syncedAt) } : {}),
      }
    }),
    runs: jobs.map(runRead),
  }
}

const ACTIVE = new Set(['pending', 'running', 'incomplete'])

function endsRead({ definitions }: ApiContext, one: ConnectionSummary) {
  const named = (id: string) =>
    definitions.find((definition) => definition.definitionId === id)?.name ?? ''
  return {
    source: {
      sourceId: one.sourceId,
      name: one.sourceName,
      sourceDefinitionId: one.sourceDefinitionId,
      sourceName: named(one.sourceDefinitionId),
    },
    destination: {
      destinationId: one.destinationId,
      name: one.destinationName,
      destinationDefinitionId: one.destinationDefinitionId,
      destinationName: named(one.destinationDefinitionId),
    },
  }
}

function runRead(job: RecentJob): Run {
  return {
    ...jobRead(job),
    recordsCommitted: Number(job.records),
    bytesCommitted: Number(job.bytes),
  }
}

/** Of one stream or of all: over the attempts of the job. */
function progressRead(job: RecentJob, rows: StreamStatsRow[]): SyncProgress {
  const streams = Map.groupBy(rows, (row) => JSON.stringify([row.name, row.namespace]))
  return {
    connectionId: job.connectionId,
    jobId: Number(job.jobId),
    configType: job.type,
    syncStartedAt: Math.floor(job.createdAt),
    ...sums(rows),
    streams: [...streams.values()].map((of) => ({
      streamName: of[0]?.name ?? '',
      ...(of[0]?.namespace ? { streamNamespace: of[0].namespace } : {}),
      configType: job.type,
      ...sums(of),
    })),
  }
}

type Sums = Record<(typeof COUNTS)[number], number>

const COUNTS = [
  'recordsEmitted',
  'bytesEmitted',
  'recordsCommitted',
  'bytesCommitted',
  'recordsRejected',
] as const

function sums(rows: StreamStatsRow[]): Sums {
  return Object.fromEntries(
    COUNTS.map((count) => [count, rows.reduce((all, row) => all + row[count], 0)]),
  ) as Sums
}
