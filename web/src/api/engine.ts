// What the engine gives through Airbyte's API: connections, jobs with their attempts and logs,
// sources, destinations, streams.
import { queryOptions } from '@tanstack/react-query'
import type * as api from '../../../src/engine/api/shapes.ts'
import type * as configApi from '../../../src/engine/api/config-shapes.ts'
import type * as webApi from '../../../src/engine/api/web-shapes.ts'
import type * as kept from '../../../src/engine/store/shapes.ts'
import { call } from './call.ts'

const base = 'web/engine/api/public/v1'
const config = 'web/engine/api/v1'
const pageMax = 100

export type Connection = api.Connection
export type ConnectionStream = api.ConnectionStream
export type Schedule = Connection['schedule']
export type StreamChange = kept.StreamChange

interface List<T> {
  next: string
  data: T[]
}

export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  queryFn: async ({ signal }) => {
    const query = { limit: pageMax }
    return (await call<List<Connection>>(`${base}/connections`, { query, signal })).data
  },
})

/** A job as the list of connections tells it. */
export interface Run extends Job {
  recordsCommitted: number
}

/** How a connection stands: what ran, what comes, how fresh it is. */
export interface Summary {
  connectionId: string
  name: string
  status: Connection['status']
  statusReason?: string
  scheduleType: Schedule['scheduleType']
  followsSource?: true
  /** Seconds. */
  nextRunAt?: number
  lastSuccessfulSync?: number
  /** The newest first. */
  runs: Run[]
}

interface SummaryPage {
  connections: Summary[]
  nextCursor?: string
}

export const summariesQuery = queryOptions({
  queryKey: ['connections', 'summaries'],
  queryFn: async ({ signal }) => {
    const all: Summary[] = []
    for (let cursor: string | undefined; ;) {
      const body = { pageSize: pageMax, ...(cursor === undefined ? {} : { cursor }) }
      const path = `${config}/web_backend/connections/list`
      const page = await call<SummaryPage>(path, { method: 'POST', body, signal })
      all.push(...page.connections)
      cursor = page.nextCursor
      if (cursor === undefined) return all
    }
  },
})

export const connectionQuery = (id: string) =>
  queryOptions({
    queryKey: ['connections', id],
    queryFn: ({ signal }) => call<Connection>(`${base}/connections/${id}`, { signal }),
  })

type ConnectionChange = Partial<
  Pick<Connection, 'name' | 'status' | 'prefix' | 'postSyncCommand'> & NamingRule
> & {
  nonBreakingSchemaUpdatesBehavior?: string
  schedule?: { scheduleType: 'manual' | 'cron'; cronExpression?: string }
  followsSource?: boolean
  configurations?: { streams: Partial<ConnectionStream>[] }
}

export function changeConnection(
  id: string,
  body: ConnectionChange,
  dryRun = false,
): Promise<api.ConnectionChanged> {
  const query = dryRun ? { dry_run: true } : {}
  return call(`${base}/connections/${id}`, { method: 'PATCH', body, query })
}

export type NamingRule = Pick<Connection, 'namespaceDefinition' | 'namespaceFormat' | 'prefix'>

interface TablesAsked extends Partial<NamingRule> {
  destinationId: string
  streams: { name: string; namespace?: string }[]
}

/** Who else writes the tables that a connection like this would write. */
export const sharedTablesQuery = (body: TablesAsked) =>
  queryOptions({
    queryKey: ['connections', 'shared', body],
    queryFn: async ({ signal }) => {
      const path = `${config}/web_backend/connections/shared_tables`
      const asked = { method: 'POST', body, signal } as const
      return (await call<webApi.SharedTables>(path, asked)).connections
    },
  })

interface ConnectionMade extends ConnectionChange {
  sourceId: string
  destinationId: string
}

export function makeConnection(body: ConnectionMade): Promise<Connection> {
  return call(`${base}/connections`, { method: 'POST', body })
}

export function deleteConnection(id: string): Promise<unknown> {
  return call(`${base}/connections/${id}`, { method: 'DELETE' })
}

export type JobStatus = kept.JobStatus
export type Failure = kept.Failure
export type Totals = configApi.Totals
export type Attempt = configApi.AttemptRead
export type Job = configApi.JobRead
export type JobWithAttempts = configApi.JobsPage['jobs'][number]

export interface JobFilter {
  connection?: string | undefined
  status?: string | undefined
  kind?: string | undefined
  createdAfterMs?: number | undefined
}

export const jobsPageRows = 30

export const jobsQuery = (filter: JobFilter, offset = 0, rows = jobsPageRows) =>
  queryOptions({
    queryKey: ['jobs', filter, offset, rows],
    queryFn: ({ signal }) => {
      const { connection, status, kind, createdAfterMs } = filter
      const configTypes = kind === undefined ? ['sync', 'reset_connection'] : [wordOf(kind)]
      const body = {
        configTypes,
        ...(connection === undefined ? {} : { configId: connection }),
        ...(status === undefined ? {} : { statuses: [status] }),
        ...(createdAfterMs === undefined
          ? {}
          : { createdAtStart: new Date(createdAfterMs).toISOString() }),
        pagination: { pageSize: rows, rowOffset: offset },
      }
      return call<configApi.JobsPage>(`${config}/jobs/list`, {
        method: 'POST',
        body,
        signal,
      })
    },
  })

export type StreamStrip = webApi.StreamStrips['streams'][number]

/** What became of each stream in steps of time. */
export const streamStripsQuery = (sinceMs: number, stepMs: number) =>
  queryOptions({
    queryKey: ['jobs', 'strips', sinceMs, stepMs],
    queryFn: async ({ signal }) => {
      const createdAtStart = new Date(sinceMs).toISOString()
      const body = { createdAtStart, stepSeconds: stepMs / 1_000 }
      const asked = { method: 'POST', body, signal } as const
      return (await call<webApi.StreamStrips>(`${config}/jobs/strips`, asked)).streams
    },
  })

function wordOf(kind: string): string {
  return kind === 'clear' ? 'reset_connection' : kind
}

export interface JobInfo {
  job: Job
  attempts: { attempt: Attempt }[]
}

export const jobQuery = (id: number) =>
  queryOptions({
    queryKey: ['jobs', id],
    queryFn: ({ signal }) =>
      call<JobInfo>(`${config}/jobs/get_without_logs`, { method: 'POST', body: { id }, signal }),
  })

export function isActive(status: JobStatus | undefined): boolean {
  return status === 'running' || status === 'pending' || status === 'incomplete'
}

export function startJob(connectionId: string, jobType = 'sync'): Promise<api.Job> {
  return call(`${base}/jobs`, { method: 'POST', body: { connectionId, jobType } })
}

export function cancelJob(id: number): Promise<unknown> {
  return call(`${base}/jobs/${id}`, { method: 'DELETE' })
}

export const stateQuery = (connectionId: string) =>
  queryOptions({
    queryKey: ['jobs', 'state', connectionId],
    queryFn: ({ signal }) =>
      call<configApi.StateRead>(`${config}/state/get`, {
        method: 'POST',
        body: { connectionId },
        signal,
      }),
  })

export type Kind = 'source' | 'destination'

export interface Actor {
  id: string
  name: string
  type: string
  definitionId: string
  workspaceId: string
  configuration: Record<string, unknown>
  createdAt: number
}

export type ActorAnswer = api.Source | api.Destination

export function actorOf(answer: ActorAnswer): Actor {
  if ('sourceId' in answer) {
    const { sourceId: id, sourceType: type, ...rest } = answer
    return { ...rest, id, type }
  }
  const { destinationId: id, destinationType: type, ...rest } = answer
  return { ...rest, id, type }
}

export const actorsQuery = (kind: Kind) =>
  queryOptions({
    queryKey: ['actors', kind],
    queryFn: async ({ signal }) => {
      const query = { limit: pageMax }
      return (await call<List<ActorAnswer>>(`${base}/${kind}s`, { query, signal })).data.map(
        actorOf,
      )
    },
  })

export function checkActor(kind: Kind, id: string): Promise<configApi.Checked> {
  const body = { [`${kind}Id`]: id }
  return call(`${config}/${kind}s/check_connection`, { method: 'POST', body })
}

export type OfferedStream = api.OfferedStream

export const streamsQuery = (sourceId: string, destinationId: string) =>
  queryOptions({
    queryKey: ['actors', 'streams', sourceId, destinationId],
    queryFn: ({ signal }) =>
      call<OfferedStream[]>(`${base}/streams`, { query: { sourceId, destinationId }, signal }),
    staleTime: 60_000,
  })

export type CronAnswer = configApi.CronDescription

export const cronQuery = (cronExpression: string) =>
  queryOptions({
    queryKey: ['cron', cronExpression],
    queryFn: ({ signal }) =>
      call<CronAnswer>(`${config}/web_backend/describe_cron_expression`, {
        method: 'POST',
        body: { cronExpression },
        signal,
      }),
    enabled: cronExpression !== '',
    staleTime: 30_000,
  })
