// Attempts: the lease by which a worker holds one and the fence that ends it (L6). Only a running
// attempt may store anything; every store of its states locks this row first.
import { type Db, exec, many, maybeOne, sql } from '../../postgres/query.ts'
import type { NulledValues } from '../../protocol/message.ts'
import type { AttemptStatus, Failure, PostSyncOutcome } from './shapes.ts'

/** `lost`: the worker died or stopped. `expired`: the source's saved state is worth nothing. */
export type FailureKind = 'config' | 'transient' | 'system' | 'lost' | 'expired' | 'cancelled'

export interface FailedAttempt {
  kind: FailureKind
  /** Some of its records were committed. */
  partial: boolean
}

/** True while the attempt runs; its row stays locked until the transaction ends. */
export async function lockAttempt(db: Db, attemptId: string): Promise<boolean> {
  const row = await maybeOne(
    db,
    sql`select 1 as found from engine.attempt
        where id = ${attemptId} and status = 'running' for update`,
  )
  return row !== undefined
}

/** False when the attempt was ended by somebody else: its worker has lost the lease. */
export async function renewLease(db: Db, attemptId: string, leaseMs: number): Promise<boolean> {
  const renewed = await exec(
    db,
    sql`update engine.attempt
        set lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8),
            updated_at = clock_timestamp()
        where id = ${attemptId} and status = 'running'`,
  )
  return renewed > 0
}

/** The worker says that the attempt's connectors have ended. */
export async function releaseAttempt(db: Db, attemptId: string): Promise<void> {
  await exec(db, sql`update engine.attempt set held = false where id = ${attemptId}`)
}

export async function succeedAttempt(db: Db, attemptId: string): Promise<void> {
  await exec(
    db,
    sql`update engine.attempt
        set status = 'succeeded', ended_at = clock_timestamp(), updated_at = clock_timestamp()
        where id = ${attemptId}`,
  )
}

export async function failAttempt(
  db: Db,
  attemptId: string,
  kind: FailureKind,
  failures: Failure[],
): Promise<void> {
  await exec(
    db,
    sql`update engine.attempt
        set status = 'failed', failure_kind = ${kind}, failures = ${JSON.stringify(failures)},
            partial = exists (
              select 1 from engine.attempt_stream
              where attempt_id = ${attemptId} and records_committed > 0),
            ended_at = clock_timestamp(), updated_at = clock_timestamp()
        where id = ${attemptId}`,
  )
}

/** Running attempts of a job, of which there is at most one. */
export function runningAttempt(db: Db, jobId: string): Promise<{ attemptId: string } | undefined> {
  return maybeOne(
    db,
    sql`select id as "attemptId" from engine.attempt
        where job_id = ${jobId} and status = 'running'`,
  )
}

/**
 * Locks the jobs whose worker let its lease lapse; those that somebody else holds are skipped. One
 * that ends in the far future was taken before the database's clock stepped back.
 */
export function lockLapsed(
  db: Db,
  limit: number,
): Promise<{ jobId: string; attemptId: string; worker: string }[]> {
  return many(
    db,
    sql`select job.id as "jobId", attempt.id as "attemptId", attempt.worker
        from engine.job join engine.attempt on attempt.job_id = job.id
        where attempt.status = 'running' and (attempt.lease_until < clock_timestamp()
          or attempt.lease_until > clock_timestamp() + interval '1 hour')
        order by attempt.lease_until limit ${limit} for update of job skip locked`,
  )
}

export interface StreamStatsRow {
  name: string
  namespace: string
  recordsEmitted: number
  bytesEmitted: number
  recordsCommitted: number
  bytesCommitted: number
  /** Came, and could not be taken. */
  recordsRejected: number
  statesEmitted: number
  /** Values that became null in the destination, by field and reason. */
  nulled: NulledValues[]
}

export async function upsertStreamStats(
  db: Db,
  attemptId: string,
  rows: StreamStatsRow[],
): Promise<void> {
  await exec(
    db,
    sql`insert into engine.attempt_stream
          (attempt_id, name, namespace, records_emitted, bytes_emitted, records_committed,
           bytes_committed, records_rejected, states_emitted, nulled)
        select ${attemptId}, name, namespace, records_emitted, bytes_emitted, records_committed,
               bytes_committed, records_rejected, states_emitted, nulled::json
        from unnest(
          ${rows.map((row) => row.name)}::text[], ${rows.map((row) => row.namespace)}::text[],
          ${rows.map((row) => row.recordsEmitted)}::bigint[],
          ${rows.map((row) => row.bytesEmitted)}::bigint[],
          ${rows.map((row) => row.recordsCommitted)}::bigint[],
          ${rows.map((row) => row.bytesCommitted)}::bigint[],
          ${rows.map((row) => row.recordsRejected)}::bigint[],
          ${rows.map((row) => row.statesEmitted)}::bigint[],
          ${rows.map((row) => JSON.stringify(row.nulled))}::text[])
          as given (name, namespace, records_emitted, bytes_emitted, records_committed,
                    bytes_committed, records_rejected, states_emitted, nulled)
        on conflict (attempt_id, name, namespace) do update
        set records_emitted = excluded.records_emitted, bytes_emitted = excluded.bytes_emitted,
            records_committed = excluded.records_committed,
            bytes_committed = excluded.bytes_committed,
            records_rejected = excluded.records_rejected,
            states_emitted = excluded.states_emitted, nulled = excluded.nulled`,
  )
}

export interface AttemptRow {
  attemptId: string
  jobId: string
  number: number
  status: AttemptStatus
  partial: boolean
  failures: Failure[] | null
  /** Seconds since the epoch, all three. */
  createdAt: number
  updatedAt: number
  endedAt: number | null
  streams: StreamStatsRow[]
  postSync: PostSyncOutcome | null
}

export async function keepPostSync(
  db: Db,
  attemptId: string,
  outcome: PostSyncOutcome,
): Promise<void> {
  await exec(
    db,
    sql`update engine.attempt set post_sync = ${JSON.stringify(outcome)}::json
        where id = ${attemptId}`,
  )
}

export function listAttempts(db: Db, jobIds: string[]): Promise<AttemptRow[]> {
  return many(
    db,
    sql`select attempt.id as "attemptId", job_id as "jobId", number, status, partial, failures,
               post_sync as "postSync",
               extract(epoch from created_at)::float8 as "createdAt",
               extract(epoch from updated_at)::float8 as "updatedAt",
               extract(epoch from ended_at)::float8 as "endedAt",
               coalesce((
                 select json_agg(json_build_object(
                   'name', name, 'namespace', namespace,
                   'recordsEmitted', records_emitted, 'bytesEmitted', bytes_emitted,
                   'recordsCommitted', records_committed, 'bytesCommitted', bytes_committed,
                   'recordsRejected', records_rejected,
                   'statesEmitted', states_emitted, 'nulled', nulled) order by name, namespace)
                 from engine.attempt_stream where attempt_id = attempt.id), '[]') as streams
        from engine.attempt where job_id = any(${jobIds}::bigint[]) order by job_id, number`,
  )
}

export async function insertLogLines(
  db: Db,
  attemptId: string,
  firstNumber: number,
  lines: string[],
): Promise<void> {
  await exec(
    db,
    sql`insert into engine.attempt_log (attempt_id, number, line)
        select ${attemptId}, ${firstNumber}::int + place::int - 1, line
        from unnest(${lines}::text[]) with ordinality as given (line, place)
        on conflict do nothing`,
  )
}

export function listLogLines(
  db: Db,
  attemptIds: string[],
): Promise<{ attemptId: string; line: string }[]> {
  return many(
    db,
    sql`select attempt_id as "attemptId", line from engine.attempt_log
        where attempt_id = any(${attemptIds}::bigint[]) order by attempt_id, number`,
  )
}

/** Logs of attempts that ended longer ago than that (L9); so many attempts' a statement. */
export function deleteOldLogLines(
  db: Db,
  ageDaysMax: number,
  attemptsMax: number,
): Promise<number> {
  return exec(
    db,
    sql`delete from engine.attempt_log where attempt_id in (
          select id from engine.attempt
          where ended_at < clock_timestamp() - make_interval(days => ${ageDaysMax})
            and exists (select 1 from engine.attempt_log where attempt_id = attempt.id)
          limit ${attemptsMax})`,
  )
}
