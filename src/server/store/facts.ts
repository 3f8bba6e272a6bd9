// What Tartan's own database knows of how the whole is: for Prometheus, and for alerts. Each costs
// little whatever the size of the store, since it is asked twice a minute (L9).
import { type Db, many, maybeOne, one, sql } from '../../postgres/query.ts'
import type { Schedule } from '../../engine/store/connection.ts'

export interface ConnectionFacts {
  id: string
  name: string
  schedule: Schedule
  /** Seconds since the epoch, as all times here. */
  createdAt: number
  lastSuccessAt: number | null
  lastSeconds: number | null
  lastRecords: string | null
  failures: number
  /** What the newest failure said; null where the last sync succeeded. */
  failure: string | null
  postSyncFailed: boolean | null
}

/** When the newest Item was linked, in milliseconds; none before the first. */
export async function lastLinkMs(db: Db): Promise<number | undefined> {
  const found = await one<{ ms: number | null }>(
    db,
    sql`select 1000 * extract(epoch from max(created_at))::float8 as ms from plaid.item`,
  )
  return found.ms ?? undefined
}

const connectionsMax = 200
const failuresMax = 20

export function connectionFacts(db: Db): Promise<ConnectionFacts[]> {
  return many(
    db,
    sql`select c.id, c.name, c.schedule, extract(epoch from c.created_at)::float8 as "createdAt",
               extract(epoch from last.updated_at)::float8 as "lastSuccessAt",
               extract(epoch from last.updated_at - last.created_at)::float8 as "lastSeconds",
               sums.records as "lastRecords", failed.n as failures, failed.failure,
               sums.post_sync_failed as "postSyncFailed"
        from engine.connection c
        left join lateral (
          select id, created_at, updated_at from engine.job
          where connection_id = c.id and status = 'succeeded' and type = 'sync'
          order by id desc limit 1
        ) last on true
        left join lateral (
          select sum(records_committed)::int8 as records,
                 bool_or(post_sync ->> 'status' = 'failed') as post_sync_failed
          from engine.attempt left join engine.attempt_stream on attempt_id = attempt.id
          where job_id = last.id
        ) sums on true
        cross join lateral (
          select count(*)::int as n, (array_agg(newest.said order by newest.id desc))[1] as failure
          from (
            select job.id, (
              select failures -> 0 ->> 'externalMessage' from engine.attempt
              where job_id = job.id and status = 'failed' order by number desc limit 1
            ) as said
            from engine.job
            where connection_id = c.id and type = 'sync' and status = 'failed'
              and id > coalesce(last.id, 0)
            order by id desc limit ${failuresMax}
          ) newest
        ) failed
        where c.status = 'active'
        order by c.created_at, c.id limit ${connectionsMax}`,
  )
}

export interface JobCount {
  connectionId: string
  status: string
  n: number
}

export function lastDaysSyncs(db: Db): Promise<JobCount[]> {
  return many(
    db,
    sql`select connection_id as "connectionId", status, count(*)::int as n from engine.job
        where updated_at > now() - interval '1 day' and type = 'sync'
          and status in ('succeeded', 'failed', 'cancelled')
        group by connection_id, status`,
  )
}

export interface Queue {
  pending: number
  running: number
  incomplete: number
  oldestDueAt: number | null
}

export function queueFacts(db: Db): Promise<Queue> {
  return one(
    db,
    sql`select (count(*) filter (where status = 'pending'))::int as pending,
               (count(*) filter (where status = 'running'))::int as running,
               (count(*) filter (where status = 'incomplete'))::int as incomplete,
               extract(epoch from min(run_at) filter
                 (where status in ('pending', 'incomplete') and run_at <= now()))::float8
                 as "oldestDueAt"
        from engine.job where status in ('pending', 'running', 'incomplete')`,
  )
}

export interface StreamFacts {
  connectionId: string
  stream: string
  committedAt: number
  /** Its position in the feed of the store as it is; null where it is none, or of another. */
  lagSeconds: number | null
}

export function streamFacts(db: Db, connectionIds: string[]): Promise<StreamFacts[]> {
  return many(
    db,
    sql`select connection_id as "connectionId", s.name as stream,
               extract(epoch from s.updated_at)::float8 as "committedAt",
               case when state ->> 'epoch' = clock.epoch::text then
                 greatest(0, extract(epoch from
                   clock.at - (state ->> 'updated_at')::timestamptz))::float8
               end as "lagSeconds"
        from engine.stream_state s cross join plaid.feed_clock clock
        where connection_id = any(${connectionIds}::uuid[]) and kind = 'stream'
        order by connection_id, s.name limit 1000`,
  )
}

export interface ItemFacts {
  statuses: { status: string; n: number }[]
  due: number
  lagSeconds: number
  oldestPullAt: number | null
  feedHeadAt: number
}

export async function itemFacts(db: Db): Promise<ItemFacts> {
  const statuses = await many<{ status: string; n: number }>(
    db,
    sql`select status, count(*)::int as n from plaid.item
        where status not in ('removed', 'erased') group by status`,
  )
  const rest = await one<Omit<ItemFacts, 'statuses'>>(
    db,
    sql`select (count(*) filter (where next_pull_at <= now()))::int as due,
               greatest(0, coalesce(extract(epoch from now() - min(next_pull_at) filter
                 (where lease_until < now())), 0))::float8 as "lagSeconds",
               extract(epoch from min(pulled_at) filter
                 (where status in ('healthy', 'consent_ends', 'disconnect_announced', 'error')))
                 ::float8 as "oldestPullAt",
               (select extract(epoch from at)::float8 from plaid.feed_clock) as "feedHeadAt"
        from plaid.item where pulled`,
  )
  return { ...rest, statuses }
}

/** Which banks: at most five names of each status that somebody has to do something about. */
export function troubledBanks(db: Db): Promise<{ status: string; names: string[] }[]> {
  return many(
    db,
    sql`select status, (array_agg(name order by name))[1:5] as names
        from (select distinct status, coalesce(institution_name, 'a bank') as name from plaid.item
              where status in ('needs_user', 'revoked', 'gone', 'error')) named
        group by status`,
  )
}

export function firstConsentEnd(db: Db): Promise<{ at: number; name: string } | undefined> {
  return maybeOne(
    db,
    sql`select extract(epoch from ends_at)::float8 as at, name
        from (select case status when 'consent_ends' then consent_expires_at else disconnect_at end
                       as ends_at,
                     coalesce(institution_name, 'a bank') as name
              from plaid.item where status in ('consent_ends', 'disconnect_announced')) ending
        where ends_at is not null order by ends_at limit 1`,
  )
}

export interface WebhookFacts {
  /** Of those that are kept; null before the first. */
  receivedAt: number | null
  /** Of the oldest that nobody has worked on. */
  waitsSince: number | null
  /** Items whose webhooks come here, and that are well. */
  healthy: number
  /** Items of which Plaid refused the address. */
  failed: number
}

export function webhookFacts(db: Db): Promise<WebhookFacts> {
  return one(
    db,
    sql`select (select extract(epoch from max(received_at))::float8 from plaid.webhook_event)
                 as "receivedAt",
               (select extract(epoch from received_at)::float8 from plaid.webhook_event
                where worked_at is null order by id limit 1) as "waitsSince",
               (count(*) filter (where status = 'healthy' and webhook = address))::int as healthy,
               (count(*) filter (where webhook_error is not null))::int as failed
        from plaid.item cross join (select webhook as address from plaid.installation) installation
        where pulled`,
  )
}

/** Of the last hour; the codes are plaid-api's. */
export function webhookRefusals(db: Db): Promise<{ reason: string; n: number }[]> {
  return many(
    db,
    sql`select reason, sum(n)::float8 as n from plaid.webhook_refusal
        where minute > now() - interval '1 hour' group by reason order by reason`,
  )
}

export function lastVerified(db: Db): Promise<{ at: number; status: string } | undefined> {
  return maybeOne(
    db,
    sql`select extract(epoch from ended_at)::float8 as at, status from web.verification
        where status in ('equal', 'different') order by ended_at desc limit 1`,
  )
}

export interface FailedSync {
  jobId: string
  workspaceId: string
  workspaceName: string
  connectionId: string
  connectionName: string
  sourceId: string
  sourceName: string
  destinationId: string
  destinationName: string
  startedAt: number
  finishedAt: number
  recordsEmitted: string
  recordsCommitted: string
  bytesEmitted: string
  bytesCommitted: string
  failure: { externalMessage?: string; failureType?: string; failureOrigin?: string } | null
}

/** The newest that failed, as Airbyte's notifications tell of one. */
export function lastFailedSync(db: Db, connectionId: string): Promise<FailedSync | undefined> {
  return maybeOne(
    db,
    sql`select job.id as "jobId", w.id as "workspaceId", w.name as "workspaceName",
               c.id as "connectionId", c.name as "connectionName", source.id as "sourceId",
               source.name as "sourceName", destination.id as "destinationId",
               destination.name as "destinationName",
               extract(epoch from job.created_at)::float8 as "startedAt",
               extract(epoch from job.updated_at)::float8 as "finishedAt",
               sums."recordsEmitted", sums."recordsCommitted", sums."bytesEmitted",
               sums."bytesCommitted", last.failure
        from engine.job job
        join engine.connection c on c.id = job.connection_id
        join engine.actor source on source.id = c.source_id
        join engine.actor destination on destination.id = c.destination_id
        join engine.workspace w on w.id = source.workspace_id
        cross join lateral (
          select coalesce(sum(records_emitted), 0)::int8 as "recordsEmitted",
                 coalesce(sum(records_committed), 0)::int8 as "recordsCommitted",
                 coalesce(sum(bytes_emitted), 0)::int8 as "bytesEmitted",
                 coalesce(sum(bytes_committed), 0)::int8 as "bytesCommitted"
          from engine.attempt join engine.attempt_stream on attempt_id = attempt.id
          where job_id = job.id
        ) sums
        left join lateral (
          select failures -> 0 as failure from engine.attempt
          where job_id = job.id and status = 'failed' order by number desc limit 1
        ) last on true
        where job.connection_id = ${connectionId} and job.type = 'sync' and job.status = 'failed'
        order by job.id desc limit 1`,
  )
}
