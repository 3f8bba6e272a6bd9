// The feed: rows in commit order. They leave the database as they lie there: neither it nor this
// process parses or builds a row.
import { copyOut, type RowTaker } from '../../postgres/copy-out.ts'
import { quoteLiteral } from '../../postgres/identifier.ts'
import type { Client } from '../../postgres/pool.ts'
import { type Db, exec, maybeOne, one, sql } from '../../postgres/query.ts'

export interface FeedClock {
  /** Everything up to this stamp is committed. */
  head: string
  epoch: string
  /** What time it is where stamps are made. */
  now: string
  /** Tombstones before it are gone; null when none ever was. */
  pruned_before: string | null
}

/** Of the store as it is: where it was restored or failed over, it is opened anew first. */
export async function feedClock(db: Db): Promise<FeedClock> {
  const clock = await readClock(db)
  if (clock.is_open) return clock
  await openFeed(db)
  return readClock(db)
}

function readClock(db: Db): Promise<FeedClock & { is_open: boolean }> {
  return one(
    db,
    sql`select plaid.stamp(at) as head, plaid.stamp(clock_timestamp()) as now, epoch,
               case when pruned_before > '-infinity' then plaid.stamp(pruned_before) end
               as pruned_before, opened = plaid.server_run() as is_open
        from plaid.feed_clock`,
  )
}

/**
 * Before the first stamp that this run of the server gives, and before the first answer of it: what
 * an earlier one may have given and lost is told apart from then on.
 */
export async function openFeed(db: Db): Promise<void> {
  await one(db, sql`select plaid.feed_opened() as opened`)
}

/** True where no stamp of this store ever lay: whoever holds it was given it by what is lost. */
export async function isInGap(db: Db, position: string): Promise<boolean> {
  const gap = await maybeOne(
    db,
    sql`select 1 as found
        from (
          select before from plaid.feed_gap
          where after < ${position}::timestamptz order by after desc limit 1
        ) last
        where before > ${position}::timestamptz`,
  )
  return gap !== undefined
}

export interface FeedRange {
  stream: string
  /** Exclusive. */
  after: string
  /** Inclusive. */
  head: string
  includeDeleted: boolean
}

/** Whichever is reached first; a row at least. */
export interface PageLimits {
  rowsMax: number
  /** Of the bodies. */
  bytesMax: number
}

/**
 * The range's first rows, as they lie in the store: `take` gets of each updated_at, created_at,
 * deleted_at and body. It always walks the feed's index: without statistics of a table that just
 * grew, the planner sorted all that was left for every page. Where the bytes are reached it goes on
 * to the last row without looking at what is in it.
 */
export function copyFeed(
  db: Client,
  range: FeedRange,
  { rowsMax, bytesMax }: PageLimits,
  take: RowTaker,
): Promise<void> {
  const columns = 'updated_at, created_at, deleted_at, body'
  return copyOut(
    db,
    `set local enable_bitmapscan = off; set local enable_seqscan = off; set local enable_sort = off;
     copy (
       select ${columns}
       from (
         select ${columns}, sum(octet_length(body)) over (order by updated_at
                  rows between unbounded preceding and current row) - octet_length(body) as before
         from (
           select ${columns} from ${rowsOf(range.stream)}
             updated_at > ${quoteLiteral(range.after)}::timestamptz
             and updated_at <= ${quoteLiteral(range.head)}::timestamptz
             ${range.includeDeleted ? '' : 'and deleted_at is null'}
           order by updated_at limit ${rowsMax}
         ) page
       ) measured
       where before < ${bytesMax}
     ) to stdout (format binary)`,
    take,
  )
}

function rowsOf(stream: string): string {
  if (stream === 'transactions') return 'plaid.transaction where'
  return `plaid.stream_row where stream = ${quoteLiteral(stream)} and`
}

/** Forgets tombstones older than `days`; readers that are further behind get 410. */
export function pruneTombstones(db: Db, days: number): Promise<number> {
  return exec(
    db,
    sql`with pruned as (
          delete from plaid.transaction
          where deleted_at is not null and updated_at < now() - ${days} * interval '1 day'
          returning updated_at
        ), rows_pruned as (
          delete from plaid.stream_row
          where deleted_at is not null and updated_at < now() - ${days} * interval '1 day'
          returning updated_at
        ), gone as (
          select updated_at from pruned union all select updated_at from rows_pruned
        )
        update plaid.feed_clock
        set pruned_before = greatest(pruned_before, (select max(updated_at) from gone)),
            tombstones = tombstones - (select count(*) from pruned)
        where exists (select 1 from gone)`,
  )
}

/** Gaps that nobody's position can lie in any more. */
export function pruneGaps(db: Db, days: number): Promise<number> {
  return exec(db, sql`delete from plaid.feed_gap where before < now() - ${days} * interval '1 day'`)
}
