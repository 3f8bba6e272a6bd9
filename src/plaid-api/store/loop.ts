// A paging loop's durable middle: what was read waits here until Plaid says that there is no more
// (L1).
import { copyIn, copyNull, copyText } from '../../postgres/copy.ts'
import type { Client } from '../../postgres/pool.ts'
import { type Db, exec, maybeOne, one, sql } from '../../postgres/query.ts'
import type { StagedRow } from '../row.ts'

export type LoopMode = 'incremental' | 'full' | 'verify'

export interface Loop {
  mode: LoopMode
  base_cursor: string
  next_cursor: string
  history_complete: boolean
  complete: boolean
}

export function findLoop(db: Db, itemId: string): Promise<Loop | undefined> {
  return maybeOne(
    db,
    sql`select mode, base_cursor, next_cursor, history_complete, complete
        from plaid.loop where item_id = ${itemId}`,
  )
}

/** Forgets what an older loop staged and begins anew. */
export async function beginLoop(
  db: Db,
  itemId: string,
  mode: LoopMode,
  baseCursor: string,
  firstCursor: string,
): Promise<Loop> {
  await dropLoop(db, itemId)
  return one(
    db,
    sql`insert into plaid.loop (item_id, mode, base_cursor, next_cursor)
        values (${itemId}, ${mode}, ${baseCursor}, ${firstCursor})
        returning mode, base_cursor, next_cursor, history_complete, complete`,
  )
}

export async function dropLoop(db: Db, itemId: string): Promise<void> {
  await exec(db, sql`delete from plaid.staged where item_id = ${itemId}`)
  await endLoop(db, itemId)
}

/** Leaves what it staged, which nobody reads without a loop; `forgetStaged` takes it away. */
export async function endLoop(db: Db, itemId: string): Promise<void> {
  await exec(db, sql`delete from plaid.loop where item_id = ${itemId}`)
}

/** Deletes up to `limit` rows; fewer: nothing is left. */
export function forgetStaged(db: Db, itemId: string, limit: number): Promise<number> {
  return exec(
    db,
    sql`delete from plaid.staged where ctid = any (array(
          select ctid from plaid.staged where item_id = ${itemId} limit ${limit}))`,
  )
}

/** Larger texts are large objects to Node (store/feed.ts). */
const pieceChars = 64 * 1024

export async function stageRows(db: Client, itemId: string, rows: StagedRow[]): Promise<void> {
  if (rows.length === 0) return
  const pieces: Buffer[] = []
  let text = ''
  for (const row of rows) {
    text += copyLine(itemId, row)
    if (text.length < pieceChars) continue
    pieces.push(Buffer.from(text))
    text = ''
  }
  pieces.push(Buffer.from(text))
  await copyIn(
    db,
    `copy plaid.staged (item_id, transaction_id, account_id, removed, date, amount, pending,
                        category, name, body) from stdin`,
    pieces,
  )
}

function copyLine(itemId: string, row: StagedRow): string {
  const { transactionId, accountId, removed, date, amount, pending, category, name, body } = row
  const cells = [itemId, transactionId, accountId, removed, date, amount, pending, category, name]
  const front = cells.map((cell) => (cell === null ? copyNull : copyText(String(cell))))
  // JSON has no character but this one that COPY would want escaped.
  return `${front.join('\t')}\t${body.includes('\\') ? copyText(body) : body}\n`
}

export async function advanceLoop(
  db: Db,
  itemId: string,
  nextCursor: string,
  end: { complete: boolean; historyComplete: boolean },
): Promise<void> {
  await exec(
    db,
    sql`update plaid.loop
        set next_cursor = ${nextCursor}, complete = ${end.complete},
            history_complete = ${end.historyComplete}
        where item_id = ${itemId}`,
  )
}

/** A whole history was read: what is living here and was not in it is gone at the bank. */
export function stageUnseenAsRemoved(db: Db, itemId: string): Promise<number> {
  return exec(
    db,
    sql`insert into plaid.staged (item_id, transaction_id, account_id, removed, body)
        select t.item_id, t.transaction_id, t.account_id, true,
               plaid.tombstone(t.transaction_id, t.account_id, t.item_id)
        from plaid.transaction t
        where t.item_id = ${itemId} and t.deleted_at is null
          and not exists (select 1 from plaid.staged s
                          where s.item_id = t.item_id and s.transaction_id = t.transaction_id)`,
  )
}

export interface Published {
  /** Rows taken out of the staging; fewer than the limit: nothing is left. */
  taken: number
  added: number
  modified: number
  removed: number
}

/**
 * Publishes up to `limit` staged rows, in the order of their ids, after the last id that is
 * published. Rows that would change nothing keep their place. The clock's row is locked from here
 * to the commit: stamps and commits have one order (L2). Each row is looked up by its key and, as
 * the texts are long, by its place where it is staged: the planner, which knows nothing of tables
 * that just grew, read or sorted the whole of them for every batch.
 */
export async function publishStaged(db: Db, itemId: string, limit: number): Promise<Published> {
  await exec(db, byKeyOnly)
  return one(
    db,
    sql`with compared as materialized (
          select b.place, b.transaction_id, b.removed, t.account_id, t.item_id,
                 t.transaction_id is null or t.deleted_at is not null as is_new,
                 case when b.removed then t.deleted_at is null and t.transaction_id is not null
                      else t.transaction_id is null or t.deleted_at is not null
                           or t.body <> b.body end as is_change
          from (
            select place, transaction_id, removed, body
            from plaid.last_word
            where item_id = ${itemId}
              and transaction_id > (select published_to from plaid.loop where item_id = ${itemId})
            order by transaction_id limit ${limit}
          ) b left join lateral (
            select transaction_id, item_id, account_id, deleted_at, body from plaid.transaction
            where transaction_id = b.transaction_id offset 0
          ) t on true
        ), total as materialized (
          select count(*) as taken,
                 max(transaction_id) as last,
                 count(*) filter (where is_change) as changed,
                 count(*) filter (where is_change and not removed and is_new) as added,
                 count(*) filter (where is_change and not removed and not is_new) as modified,
                 count(*) filter (where is_change and removed) as removed
          from compared
        ), tick as materialized (
          update plaid.feed_clock
          set at = greatest(at, clock_timestamp()) + total.changed * interval '1 microsecond'
          from total where total.changed > 0
          returning at - total.changed * interval '1 microsecond' as start
        ), stamped as (
          select compared.*, tick.start + row_number() over () * interval '1 microsecond' as at
          from compared, tick where is_change
        ), put as (
          insert into plaid.transaction (transaction_id, item_id, account_id, updated_at,
            created_at, deleted_at, date, amount, pending, category, name, body)
          select s.transaction_id, ${itemId}, case when s.removed then c.account_id
                 else s.account_id end, c.at, c.at, case when s.removed then c.at end,
                 s.date, s.amount, s.pending, s.category, s.name,
                 case when s.removed then plaid.tombstone(c.transaction_id, c.account_id, c.item_id)
                      else s.body end
          from stamped c join plaid.staged s on s.ctid = c.place
          on conflict (transaction_id) do update set
            item_id = excluded.item_id, account_id = excluded.account_id,
            updated_at = excluded.updated_at, deleted_at = excluded.deleted_at,
            date = excluded.date, amount = excluded.amount, pending = excluded.pending,
            category = excluded.category, name = excluded.name, body = excluded.body
        ), moved as (
          update plaid.loop set published_to = total.last
          from total where item_id = ${itemId} and total.last is not null
        )
        select taken::int as taken, added::int as added, modified::int as modified,
               removed::int as removed
        from total`,
  )
}

const byKeyOnly = {
  text: `select set_config(name, 'off', true) from unnest(array['enable_seqscan', 'enable_sort',
    'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin']) as planner (name)`,
  values: [],
}
