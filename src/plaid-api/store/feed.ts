// The feed: rows in commit order. They leave the database as texts of many rows, so that no row is
// parsed or built in this process.
import { type Db, exec, many, maybeOne, one, sql } from '../../postgres/query.ts'

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
  /** Exclusive. */
  after: string
  /** Inclusive. */
  head: string
  includeDeleted: boolean
}

/** Where a page of `limit` rows ends: how many there are, and the last one's stamp. */
export function feedEdge(
  db: Db,
  range: FeedRange,
  limit: number,
): Promise<{ rows: number; last: string | null }> {
  return one(
    db,
    sql`select rows, last
        from plaid.feed_edge(${range.after}, ${range.head}, ${range.includeDeleted}, ${limit})`,
  )
}

/**
 * A row is one to two thousand characters. A text above 128 kB is a large object to Node, which
 * only its full collections free: with texts of 500 rows half of this process's time went into
 * them (measured at 60,000 rows: 1.4 s of CPU time, with 50 rows 0.5 s, and less memory: L9).
 */
const rowsPerText = 50
/**
 * A reader has so many in memory (L9). More outlive the nursery: 1,000 cost this process three
 * times as much as 200, and fewer cost the database more.
 */
const rowsPerQuery = 200

/** The range's rows, joined by `delimiter`, in texts of a bounded size. */
export async function* feedTexts(
  db: Db,
  range: FeedRange,
  delimiter: string,
): AsyncGenerator<string> {
  let between = ''
  let { after } = range
  for (let rows = rowsPerQuery; rows === rowsPerQuery;) {
    rows = 0
    const texts = await many<FeedText>(
      db,
      sql`select rows, last, lines
          from plaid.feed_page(${after}, ${range.head}, ${range.includeDeleted}, ${rowsPerQuery},
                               ${rowsPerText}, ${delimiter})`,
    )
    for (const text of texts) {
      yield between + text.lines
      between = delimiter
      rows += text.rows
      after = text.last
    }
  }
}

interface FeedText {
  rows: number
  last: string
  lines: string
}

/** Forgets tombstones older than `days`; readers that are further behind get 410. */
export function pruneTombstones(db: Db, days: number): Promise<number> {
  return exec(
    db,
    sql`with pruned as (
          delete from plaid.transaction
          where deleted_at is not null and updated_at < now() - ${days} * interval '1 day'
          returning updated_at
        )
        update plaid.feed_clock
        set pruned_before = greatest(pruned_before, (select max(updated_at) from pruned))
        where exists (select 1 from pruned)`,
  )
}

/** Gaps that nobody's position can lie in any more. */
export function pruneGaps(db: Db, days: number): Promise<number> {
  return exec(db, sql`delete from plaid.feed_gap where before < now() - ${days} * interval '1 day'`)
}
