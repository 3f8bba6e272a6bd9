// A paging loop's durable middle: what was read waits here until Plaid says that there is no more
// (L1).
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
  await exec(db, sql`delete from plaid.loop where item_id = ${itemId}`)
}

/** One row an id in `rows`: the caller has kept the last word of the page on each. */
export async function stageRows(db: Db, itemId: string, rows: StagedRow[]): Promise<void> {
  if (rows.length === 0) return
  // A body holds no newline (JSON escapes it), so that one text carries them all unescaped.
  const bodies = rows.map((row) => row.body).join('\n')
  await exec(
    db,
    sql`insert into plaid.staged
          (item_id, transaction_id, account_id, removed, date, amount, pending, category,
           name, body)
        select ${itemId}, id, account_id, removed, date, amount, pending, category, name, body
        from unnest(
          ${rows.map((row) => row.transactionId)}::text[],
          ${rows.map((row) => row.accountId)}::text[],
          ${rows.map((row) => row.removed)}::boolean[], ${rows.map((row) => row.date)}::date[],
          ${rows.map((row) => row.amount)}::numeric[], ${rows.map((row) => row.pending)}::boolean[],
          ${rows.map((row) => row.category)}::text[], ${rows.map((row) => row.name)}::text[],
          string_to_array(${bodies}, E'\n')
        ) as page (id, account_id, removed, date, amount, pending, category, name, body)
        on conflict (item_id, transaction_id) do update set
          account_id = excluded.account_id, removed = excluded.removed, date = excluded.date,
          amount = excluded.amount, pending = excluded.pending, category = excluded.category,
          name = excluded.name, body = excluded.body`,
  )
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
  /** Removals of ids that were not here. */
  unknown: number
}

/**
 * Publishes up to `limit` staged rows in one statement. Rows that would change nothing keep their
 * place. The clock's row is locked from here to the commit: stamps and commits have one order (L2).
 * The `offset 0` makes the planner look each row up by its key: joined as a whole, a batch cost a
 * reading of the table (measured: 1 s for 10,000 rows beside 300,000). What was taken goes by its
 * place, for the same reason: under the Item's lease nobody else moves its staged rows.
 */
export function publishStaged(db: Db, itemId: string, limit: number): Promise<Published> {
  return one(
    db,
    sql`with batch as (
          select ctid as place, transaction_id, account_id, removed, date, amount, pending,
                 category, name, body
          from plaid.staged where item_id = ${itemId} order by transaction_id limit ${limit}
        ), compared as materialized (
          select b.transaction_id, b.removed, b.date, b.amount, b.pending, b.category, b.name,
                 case when b.removed then t.account_id else b.account_id end as account_id,
                 case when b.removed then plaid.tombstone(t.transaction_id, t.account_id, t.item_id)
                      else b.body end as body,
                 t.transaction_id is null as is_unknown,
                 t.transaction_id is null or t.deleted_at is not null as is_new,
                 case when b.removed then t.deleted_at is null and t.transaction_id is not null
                      else t.transaction_id is null or t.deleted_at is not null
                           or t.body <> b.body end as is_change
          from batch b left join lateral (
            select transaction_id, item_id, account_id, deleted_at, body from plaid.transaction
            where transaction_id = b.transaction_id offset 0
          ) t on true
        ), total as materialized (
          select count(*) as taken,
                 count(*) filter (where is_change) as changed,
                 count(*) filter (where is_change and not removed and is_new) as added,
                 count(*) filter (where is_change and not removed and not is_new) as modified,
                 count(*) filter (where is_change and removed) as removed,
                 count(*) filter (where removed and is_unknown) as unknown
          from compared
        ), tick as materialized (
          update plaid.feed_clock
          set at = greatest(at, clock_timestamp()) + total.changed * interval '1 microsecond'
          from total where total.changed > 0
          returning at - total.changed * interval '1 microsecond' as start
        ), stamped as (
          select compared.transaction_id, compared.account_id, compared.removed, compared.date,
                 compared.amount, compared.pending, compared.category, compared.name,
                 compared.body, tick.start + row_number() over () * interval '1 microsecond' as at
          from compared, tick where is_change
        ), put as (
          insert into plaid.transaction (transaction_id, item_id, account_id, updated_at,
            created_at, deleted_at, date, amount, pending, category, name, body)
          select transaction_id, ${itemId}, account_id, at, at, case when removed then at end,
                 date, amount, pending, category, name, body
          from stamped
          on conflict (transaction_id) do update set
            item_id = excluded.item_id, account_id = excluded.account_id,
            updated_at = excluded.updated_at, deleted_at = excluded.deleted_at,
            date = excluded.date, amount = excluded.amount, pending = excluded.pending,
            category = excluded.category, name = excluded.name, body = excluded.body
        ), gone as (
          delete from plaid.staged where ctid = any (array(select place from batch))
        )
        select taken::int as taken, added::int as added, modified::int as modified,
               removed::int as removed, unknown::int as unknown
        from total`,
  )
}
