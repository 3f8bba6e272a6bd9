// Reading an attempt's log: a page of it, by level and by who said it. Its lines are texts as
// pump/attempt-log.ts writes them: `<day> <time> <source> <level> <message>`.
import { type Db, many, maybeOne, sql } from '../../postgres/query.ts'
import type { AttemptRow } from './attempt.ts'

export interface LogRequest {
  attemptId: string
  /** The number of the line before the first. */
  after: number
  /** That of the line behind the last. */
  before: number | null
  limit: number
  /** The last ones, not the first. */
  tail: boolean
  levels: string[] | null
  sources: string[] | null
  /** A text that they have, in capitals or not. */
  search: string | null
}

export interface LogRow {
  n: number
  line: string
}

/** In their order. */
export function listLog(db: Db, request: LogRequest): Promise<LogRow[]> {
  return many(
    db,
    sql`select n, line from (
          select number as n, line from engine.attempt_log
          where attempt_id = ${request.attemptId} and number > ${request.after}
            and (${request.before}::int is null or number < ${request.before}::int)
            and (${request.search}::text is null
                 or position(lower(${request.search}::text) in lower(line)) > 0)
            and (${request.sources}::text[] is null
                 or split_part(line, ' ', 3) = any(${request.sources}::text[]))
            and (${request.levels}::text[] is null
                 or split_part(line, ' ', 4) = any(${request.levels}::text[]))
          order by case when ${request.tail} then -number else number end
          limit ${request.limit}) page
        order by n`,
  )
}

export type AttemptPlace = Pick<AttemptRow, 'attemptId' | 'number' | 'status'>

/** That one of a job, or its newest. */
export function findAttempt(
  db: Db,
  jobId: string,
  number: number | null,
): Promise<AttemptPlace | undefined> {
  return maybeOne(
    db,
    sql`select id as "attemptId", number, status from engine.attempt
        where job_id = ${jobId} and (${number}::int is null or number = ${number}::int)
        order by number desc limit 1`,
  )
}
