// Jobs: the one table that says what runs (L6). A partial unique index allows one active job a
// connection.
import { type Db, exec, many, maybeOne, one, type Sql, sql } from '../../postgres/query.ts'
import type { FailedAttempt } from './attempt.ts'
import type { JobStatus, JobType } from './shapes.ts'

export interface RecentJob {
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

export interface Job extends RecentJob {
  /** Null of one that was made before this was kept. */
  begunBy: Begun['kind'] | null
  begunByName: string | null
}

/** Who or what began a job. */
export interface Begun {
  kind: 'schedule' | 'source' | 'client' | 'person' | 'command'
  /** The client’s, the person’s, or the machine’s user who gave the command. */
  name?: string
}

/**
 * Undefined when the connection has an active job already, or is not active. Its row is held, so
 * that nobody who ends its jobs and disables it overlooks this one.
 */
export async function insertJob(
  db: Db,
  connectionId: string,
  type: JobType,
  by: Begun,
): Promise<string | undefined> {
  const made = await maybeOne<{ id: string }>(
    db,
    sql`with active as (
          select id from engine.connection where id = ${connectionId} and status = 'active'
          for share
        )
        insert into engine.job (connection_id, type, status, begun_by, begun_by_name)
        select id, ${type}, 'pending', ${by.kind}, ${by.name ?? null} from active
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

/** The page costs the page: its ids come from an index, and only its jobs' attempts are summed. */
export function listJobs(
  db: Db,
  filter: JobFilter,
  order: JobOrder,
  page: { limit: number; offset: number },
): Promise<Job[]> {
  const { text, values } = matching(filter)
  const by = ORDERS[`${order.by} ${order.descending}`]
  const [limit, offset] = [values.length + 1, values.length + 2]
  return many(db, {
    text: `with page as materialized (
             select job.id ${text} order by ${by} limit $${limit} offset $${offset}
           )
           select job.id as "jobId", job.connection_id as "connectionId", job.type, job.status,
                  extract(epoch from job.created_at)::float8 as "createdAt",
                  extract(epoch from job.updated_at)::float8 as "updatedAt",
                  job.begun_by as "begunBy", job.begun_by_name as "begunByName",
                  coalesce(sums.records, 0)::int8 as records,
                  coalesce(sums.bytes, 0)::int8 as bytes
           from page join engine.job on job.id = page.id
           left join lateral (
             select sum(records_committed) as records, sum(bytes_committed) as bytes
             from engine.attempt join engine.attempt_stream on attempt_id = attempt.id
             where attempt.job_id = job.id
           ) sums on true
           order by ${by}`,
    values: [...values, page.limit, page.offset],
  })
}

export async function countJobs(db: Db, filter: JobFilter): Promise<number> {
  const { text, values } = matching(filter)
  return (await one<{ n: number }>(db, { text: `select count(*)::float8 as n ${text}`, values })).n
}

/** Ids are given in the order of creation. */
const ORDERS: Record<`${JobOrder['by']} ${boolean}`, string> = {
  'createdAt true': 'job.id desc',
  'createdAt false': 'job.id',
  'updatedAt true': 'job.updated_at desc, job.id desc',
  'updatedAt false': 'job.updated_at, job.id',
}

function matching(filter: JobFilter): Sql {
  return sql`from engine.job
    where (${filter.jobId ?? null}::bigint is null or job.id = ${filter.jobId ?? null}::bigint)
      and (${filter.connectionId ?? null}::uuid is null
           or job.connection_id = ${filter.connectionId ?? null}::uuid)
      and (${filter.workspaceIds ?? null}::uuid[] is null or exists (
             select 1 from engine.connection
             join engine.actor on actor.id = connection.source_id
             where connection.id = job.connection_id
               and actor.workspace_id = any(${filter.workspaceIds ?? null}::uuid[])))
      and (${filter.types ?? null}::text[] is null
           or job.type = any(${filter.types ?? null}::text[]))
      and (${filter.statuses ?? null}::text[] is null
           or job.status = any(${filter.statuses ?? null}::text[]))
      and job.created_at >= coalesce(${filter.createdAtStart ?? null}::timestamptz, '-infinity')
      and job.created_at <= coalesce(${filter.createdAtEnd ?? null}::timestamptz, 'infinity')
      and job.updated_at >= coalesce(${filter.updatedAtStart ?? null}::timestamptz, '-infinity')
      and job.updated_at <= coalesce(${filter.updatedAtEnd ?? null}::timestamptz, 'infinity')`
}

export interface JobsKept {
  /** Ended longer ago. */
  ageDaysMax: number
  ofConnectionMax: number
  /** Jobs that one statement takes away. */
  atOnceMax: number
}

/**
 * Forgets ended jobs with their attempts and logs (L9), but never a connection's newest job or its
 * newest that succeeded: they say how it stands. Answers how many went.
 */
export function deleteOldJobs(db: Db, kept: JobsKept): Promise<number> {
  return exec(
    db,
    sql`delete from engine.job where id in (
          select job.id from engine.connection
          cross join lateral (
            select max(id) as newest, max(id) filter (where status = 'succeeded') as succeeded
            from engine.job where connection_id = connection.id
          ) standing
          left join lateral (
            select id from engine.job where connection_id = connection.id
            order by id desc offset ${kept.ofConnectionMax} limit 1
          ) edge on true
          join engine.job on job.connection_id = connection.id
          where job.status in ('succeeded', 'failed', 'cancelled')
            and job.id <> standing.newest and job.id is distinct from standing.succeeded
            and (job.id <= edge.id
                 or job.updated_at < clock_timestamp() - make_interval(days => ${kept.ageDaysMax}))
          limit ${kept.atOnceMax})`,
  )
}

export async function findJob(db: Db, jobId: string): Promise<Job | undefined> {
  const order: JobOrder = { by: 'createdAt', descending: true }
  return (await listJobs(db, { jobId }, order, { limit: 1, offset: 0 }))[0]
}

export function findActiveJob(
  db: Db,
  connectionId: string,
): Promise<{ jobId: string } | undefined> {
  return maybeOne(
    db,
    sql`select id as "jobId" from engine.job
        where connection_id = ${connectionId} and status in ('pending', 'running', 'incomplete')`,
  )
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
                and attempt.held and attempt.lease_until > clock_timestamp()
                and attempt.lease_until < clock_timestamp() + interval '1 hour')
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
