// Attempts' streams in steps of time: what a page of them costs is bounded by the steps (L9).
import { type Db, many, sql } from '../../postgres/query.ts'
import type { JobStatus } from './shapes.ts'

export interface StripsAsked {
  /** ISO text: where the first step begins. */
  since: string
  stepSeconds: number
  cellsMax: number
  connectionId: string | null
}

export interface StreamStrip {
  streamName: string
  streamNamespace?: string
  lastJobStatus: JobStatus
  /** Seconds. */
  lastSucceededAt?: number
  cells: {
    at: number
    jobs: number
    worstStatus: JobStatus
    lastJobId: number
    recordsCommitted: number
  }[]
}

const streamsMax = 100

export async function streamStrips(db: Db, asked: StripsAsked): Promise<StreamStrip[]> {
  const { since, stepSeconds, cellsMax, connectionId } = asked
  const rows = await many<{ strip: StreamStrip }>(
    db,
    sql`with run as (
          select name, namespace, job.id, job.status, job.updated_at, records_committed,
            floor(extract(epoch from attempt.created_at - ${since}::timestamptz)
              / ${stepSeconds}::int)::int as at
          from engine.job
          join engine.attempt on attempt.job_id = job.id
          join engine.attempt_stream on attempt_id = attempt.id
          where job.updated_at >= ${since}::timestamptz
            and attempt.created_at >= ${since}::timestamptz
            and (${connectionId}::uuid is null or connection_id = ${connectionId}::uuid)
        ), cell as (
          select name, namespace, at, count(distinct id) as jobs, max(id) as last_job,
            sum(records_committed) as records,
            (array['failed', 'incomplete', 'running', 'pending', 'succeeded', 'cancelled'])[min(
              array_position(
                array['failed', 'incomplete', 'running', 'pending', 'succeeded', 'cancelled'],
                status))] as worst
          from run where at < ${cellsMax}::int group by name, namespace, at
        ), stream as (
          select name, namespace, (array_agg(status order by id desc))[1] as last_status,
            max(updated_at) filter (where status = 'succeeded') as succeeded_at
          from run group by name, namespace order by name, namespace limit ${streamsMax}
        )
        select json_strip_nulls(json_build_object(
          'streamName', name, 'streamNamespace', nullif(namespace, ''),
          'lastJobStatus', last_status,
          'lastSucceededAt', floor(extract(epoch from succeeded_at)),
          'cells', (
            select coalesce(json_agg(json_build_object(
              'at', at, 'jobs', jobs, 'worstStatus', worst, 'lastJobId', last_job,
              'recordsCommitted', records) order by at), '[]')
            from cell where cell.name = stream.name and cell.namespace = stream.namespace)
          )) as strip
        from stream order by name, namespace`,
  )
  return rows.map(({ strip }) => strip)
}
