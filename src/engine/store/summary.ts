// How connections stand, for lists of them: what a page costs is bounded by the page, however long
// their histories are (L9).
import { type Db, many, one, sql } from '../../postgres/query.ts'
import type { Pause, Schedule, StreamChoice } from './connection.ts'
import type { RecentJob } from './job.ts'
import type { ConnectionStatus } from './shapes.ts'

export interface SummaryPage {
  workspaceId: string | null
  /** The last connection of the page before. */
  after: string | null
  limit: number
}

export interface ConnectionSummary {
  connectionId: string
  name: string
  status: ConnectionStatus
  pause: Pause | null
  schedule: Schedule
  followsSource: boolean
  streams: StreamChoice[]
  /** Seconds since the epoch, both. */
  createdAt: number
  nextRunAt: number | null
  sourceId: string
  sourceName: string
  sourceDefinitionId: string
  destinationId: string
  destinationName: string
  destinationDefinitionId: string
}

/** In the order in which they were made. */
export function listSummaries(db: Db, page: SummaryPage): Promise<ConnectionSummary[]> {
  return many(
    db,
    sql`select connection.id as "connectionId", connection.name, status, pause, schedule,
               follows_source as "followsSource", streams,
               extract(epoch from connection.created_at)::float8 as "createdAt",
               extract(epoch from next_run_at)::float8 as "nextRunAt",
               source.id as "sourceId", source.name as "sourceName",
               source.definition_id as "sourceDefinitionId",
               destination.id as "destinationId", destination.name as "destinationName",
               destination.definition_id as "destinationDefinitionId"
        from engine.connection
        join engine.actor source on source.id = source_id
        join engine.actor destination on destination.id = destination_id
        where status <> 'deprecated'
          and (${page.workspaceId}::uuid is null or source.workspace_id = ${page.workspaceId}::uuid)
          and (${page.after}::uuid is null or (connection.created_at, connection.id) >
               (select created_at, id from engine.connection where id = ${page.after}::uuid))
        order by connection.created_at, connection.id limit ${page.limit}`,
  )
}

export async function countConnections(db: Db, workspaceId: string | null): Promise<number> {
  const row = await one<{ n: number }>(
    db,
    sql`select count(*)::int as n
        from engine.connection join engine.actor source on source.id = source_id
        where status <> 'deprecated'
          and (${workspaceId}::uuid is null or source.workspace_id = ${workspaceId}::uuid)`,
  )
  return row.n
}

/** Of each connection the newest jobs, newest first. */
export function listRecentJobs(
  db: Db,
  connectionIds: string[],
  ofEach: number,
): Promise<RecentJob[]> {
  return many(
    db,
    sql`select job.id as "jobId", job.connection_id as "connectionId", job.type, job.status,
               extract(epoch from job.created_at)::float8 as "createdAt",
               extract(epoch from job.updated_at)::float8 as "updatedAt",
               coalesce(sums.records, 0)::int8 as records, coalesce(sums.bytes, 0)::int8 as bytes
        from unnest(${connectionIds}::uuid[]) as wanted (id)
        cross join lateral (
          select id, connection_id, type, status, created_at, updated_at from engine.job
          where connection_id = wanted.id order by id desc limit ${ofEach}
        ) job
        left join lateral (
          select sum(records_committed) as records, sum(bytes_committed) as bytes
          from engine.attempt join engine.attempt_stream on attempt_id = attempt.id
          where attempt.job_id = job.id
        ) sums on true
        order by job.id desc`,
  )
}

export interface StreamFreshness {
  connectionId: string
  name: string
  namespace: string
  /** When the destination last said that what it had got of the stream is durable. */
  committedAt: number
  /** When a sync that read all there was of it last ended; null before, and after a clear. */
  syncedAt: number | null
}

export function listFreshness(db: Db, connectionIds: string[]): Promise<StreamFreshness[]> {
  return many(
    db,
    sql`select connection_id as "connectionId", name, namespace,
               extract(epoch from max(committed_at))::float8 as "committedAt",
               extract(epoch from max(synced_at))::float8 as "syncedAt"
        from (
          select connection_id, name, namespace, updated_at as committed_at,
                 null::timestamptz as synced_at
          from engine.stream_state
          where connection_id = any(${connectionIds}::uuid[]) and kind = 'stream'
          union all
          select wanted.id, name, namespace, attempt.ended_at, attempt.ended_at
          from unnest(${connectionIds}::uuid[]) as wanted (id)
          cross join lateral (
            select id, type from engine.job
            where connection_id = wanted.id and status = 'succeeded' order by id desc limit 1
          ) job
          join engine.attempt on job_id = job.id and attempt.status = 'succeeded'
          join engine.attempt_stream on attempt_id = attempt.id
          where job.type = 'sync'
        ) told
        group by connection_id, name, namespace`,
  )
}

export interface LastSuccess {
  connectionId: string
  endedAt: number
}

/** When each connection's newest sync that succeeded ended. */
export function listLastSuccesses(db: Db, connectionIds: string[]): Promise<LastSuccess[]> {
  return many(
    db,
    sql`select wanted.id as "connectionId",
               extract(epoch from job.updated_at)::float8 as "endedAt"
        from unnest(${connectionIds}::uuid[]) as wanted (id)
        cross join lateral (
          select updated_at from engine.job
          where connection_id = wanted.id and status = 'succeeded' and type = 'sync'
          order by id desc limit 1
        ) job`,
  )
}
