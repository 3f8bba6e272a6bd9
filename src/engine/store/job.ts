// Jobs: the one table that says what runs (L6). A partial unique index allows one active job a
// connection.
import { type Db, exec, many, maybeOne, sql } from '../../postgres/query.ts'
import type { FailedAttempt } from './attempt.ts'

export type JobType = 'sync' | 'clear'

export type JobStatus = 'pending' | 'running' | 'incomplete' | 'succeeded' | 'failed' | 'cancelled'

export interface Job {
  /** A bigint, as text. */
  jobId: string
  connectionId: string
  type: JobType
  status: JobStatus
  /** Seconds since the epoch, both. */
  createdAt: number
  updatedAt: number
  /** Committed, over all attempts. */
  records: string
  bytes: string
}

/** Undefined when the connection has an active job already. */
export async function insertJob(
  db: Db,
  connectionId: string,
  type: JobType,
): Promise<string | undefined> {
  const made = await maybeOne<{ id: string }>(
    db,
    sql`insert into engine.job (connection_id, type, status)
        values (${connectionId}, ${type}, 'pending')
        on conflict (connection_id) where status in ('pending', 'running', 'incomplete') do nothing
        returning id`,
  )
  if (made) await wakeWorkers(db)
  return made?.id
}

export async function wakeWorkers(db: Db): Promise<void> {
  await exec(db, sql`select pg_notify('engine_job', '')`)
}

export interface JobFilter {
  jobId?: string
  connectionId?: string
  workspaceIds?: string[]
  types?: JobType[]
  statuses?: string[]
  /** ISO 8601. */
  createdAtStart?: string
  createdAtEnd?: string
  updatedAtStart?: string
  updatedAtEnd?: string
}

export interface JobOrder {
  by: 'createdAt' | 'updatedAt'
  descending: boolean
}

export function listJobs(
  db: Db,
  filter: JobFilter,
  order: JobOrder,
  page: { limit: number; offset: number },
): Promise<(Job & { total: number })[]> {
  const sign = order.descending ? -1 : 1
  return many(
    db,
    sql`select job.id as "jobId", job.connection_id as "connectionId", job.type, job.status,
               extract(epoch from job.created_at)::float8 as "createdAt",
               extract(epoch from job.updated_at)::float8 as "updatedAt",
               coalesce(sums.records, 0)::int8 as records, coalesce(sums.bytes, 0)::int8 as bytes,
               (count(*) over ())::int as total
        from engine.job
        join engine.connection on connection.id = job.connection_id
        join engine.actor on actor.id = connection.source_id
        left join lateral (
          select sum(records_committed) as records, sum(bytes_committed) as bytes
          from engine.attempt join engine.attempt_stream on attempt_id = attempt.id
          where attempt.job_id = job.id
        ) sums on true
        where (${filter.jobId ?? null}::bigint is null or job.id = ${filter.jobId ?? null}::bigint)
          and (${filter.connectionId ?? null}::uuid is null
               or job.connection_id = ${filter.connectionId ?? null}::uuid)
          and (${filter.workspaceIds ?? null}::uuid[] is null
               or actor.workspace_id = any(${filter.workspaceIds ?? null}::uuid[]))
          and (${filter.types ?? null}::text[] is null
               or job.type = any(${filter.types ?? null}::text[]))
          and (${filter.statuses ?? null}::text[] is null
               or job.status = any(${filter.statuses ?? null}::text[]))
          and job.created_at >= coalesce(${filter.createdAtStart ?? null}::timestamptz, '-infinity')
          and job.created_at <= coalesce(${filter.createdAtEnd ?? null}::timestamptz, 'infinity')
          and job.updated_at >= coalesce(${filter.updatedAtStart ?? null}::timestamptz, '-infinity')
          and job.updated_at <= coalesce(${filter.updatedAtEnd ?? null}::timestamptz, 'infinity')
        order by ${sign}::int * extract(epoch from
                   case when ${order.by} = 'updatedAt' then job.updated_at else job.created_at end),
                 ${sign}::int * job.id
        limit ${page.limit} offset ${page.offset}`,
  )
}

export async function findJob(db: Db, jobId: string): Promise<Job | undefined> {
  const order: JobOrder = { by: 'createdAt', descending: true }
  return (await listJobs(db, { jobId }, order, { limit: 1, offset: 0 }))[0]
}

/** Locks the job, so that its end is decided once. */
export function lockJob(db: Db, jobId: string): Promise<{ status: JobStatus } | undefined> {
  return maybeOne(db, sql`select status from engine.job where id = ${jobId} for update`)
}

export async function setJobStatus(
  db: Db,
  jobId: string,
  status: JobStatus,
  delayMs = 0,
): Promise<void> {
  await exec(
    db,
    sql`update engine.job
        set status = ${status}, updated_at = clock_timestamp(),
            run_at = clock_timestamp() + make_interval(secs => ${delayMs / 1000}::float8)
        where id = ${jobId}`,
  )
}

export interface ClaimedJob {
  jobId: string
  type: JobType
  connectionId: string
  attemptId: string
  attemptNumber: number
  /** Seconds since the job was made. */
  ageSeconds: number
}

/**
 * Takes the job that is due longest and opens its next attempt. A connection whose last attempt is
 * still being wound up by a living worker has to wait.
 */
export function claimJob(db: Db, worker: string, leaseMs: number): Promise<ClaimedJob | undefined> {
  return maybeOne(
    db,
    sql`with due as (
          select job.id from engine.job
          where job.status in ('pending', 'incomplete') and job.run_at <= clock_timestamp()
            and not exists (
              select 1 from engine.attempt join engine.job other on other.id = attempt.job_id
              where other.connection_id = job.connection_id
                and attempt.held and attempt.lease_until > clock_timestamp())
          order by job.run_at, job.id
          limit 1 for update of job skip locked
        ), taken as (
          update engine.job set status = 'running', updated_at = clock_timestamp()
          where id in (select id from due)
          returning id, type, connection_id, created_at
        )
        insert into engine.attempt (job_id, number, status, worker, lease_until)
        select id, (select count(*) from engine.attempt where job_id = taken.id), 'running',
               ${worker}, clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8)
        from taken
        returning job_id as "jobId", id as "attemptId", number as "attemptNumber",
          (select type from taken) as type, (select connection_id from taken) as "connectionId",
          (select extract(epoch from clock_timestamp() - created_at)::float8 from taken)
            as "ageSeconds"`,
  )
}

export function listFailedAttempts(db: Db, jobId: string): Promise<FailedAttempt[]> {
  return many(
    db,
    sql`select failure_kind as kind, partial from engine.attempt
        where job_id = ${jobId} and status = 'failed' order by number`,
  )
}
