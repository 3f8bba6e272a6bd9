// Rows of every stream that has no table of its own: published into the feed by the database's own
// function, which stamps what really changed (L1, L2), and read again by page.
import {
  type Bind,
  binder,
  containing,
  type Db,
  exec,
  many,
  maybeOne,
  one,
  sql,
} from '../../postgres/query.ts'
import type { StreamRow } from '../stream-row.ts'

export interface RowsPublished {
  added: number
  modified: number
  removed: number
}

/** Holds the feed's clock until the commit: give it a bounded number of rows, each key once. */
export function publishRows(
  db: Db,
  stream: string,
  rows: readonly StreamRow[],
): Promise<RowsPublished> {
  const of = (field: keyof StreamRow) => rows.map((row) => row[field])
  return one(
    db,
    sql`select added, modified, removed from plaid.publish_rows(${stream}, array(
          select (key, item_id, account_id, day, ids, body)::plaid.given_row
          from unnest(${of('key')}::text[], ${of('itemId')}::text[], ${of('accountId')}::text[],
                      ${of('day')}::date[], ${of('ids')}::text[], ${of('body')}::text[])
            as g (key, item_id, account_id, day, ids, body)))`,
  )
}

/** Which of the keys are living rows of another Item, but for one whose place this one takes. */
export async function keysOfOthers(
  db: Db,
  stream: string,
  itemId: string,
  keys: readonly string[],
): Promise<Set<string>> {
  const found = await many<{ key: string }>(
    db,
    sql`select r.key from unnest(${keys}::text[]) g (key) cross join lateral (
          select key, item_id from plaid.stream_row s
          where s.stream = ${stream} and s.key = g.key and deleted_at is null offset 0
        ) r
        where r.item_id <> ${itemId} and not exists (
          select from plaid.item i where i.item_id = r.item_id and i.replaced_by = ${itemId})`,
  )
  return new Set(found.map(({ key }) => key))
}

/**
 * Makes tombstones of the Item's rows that a whole answer has not, up to `limit` of them. Where it
 * is whole from a day on (`since`), what is older stays.
 */
export function publishGone(
  db: Db,
  { stream, itemId, since }: { stream: string; itemId: string; since: string | undefined },
  keys: readonly string[],
  limit: number,
): Promise<RowsPublished> {
  return one(
    db,
    sql`select added, modified, removed from plaid.publish_rows(${stream}, array(
          select (key, item_id, account_id, null, ids, null)::plaid.given_row
          from plaid.stream_row r
          where item_id = ${itemId} and stream = ${stream} and deleted_at is null
            and (${since ?? null}::date is null or day >= ${since ?? null}::date)
            and not exists (select from unnest(${keys}::text[]) kept (key) where kept.key = r.key)
          order by key limit ${limit}))`,
  )
}

/**
 * Makes tombstones of up to `limit` rows of an Item, but for its accounts and the Item itself,
 * which go with their tables' rows; gives how many.
 */
export async function tombstoneRows(db: Db, itemId: string, limit: number): Promise<number> {
  const { n } = await one<{ n: number }>(
    db,
    sql`select coalesce(sum((plaid.publish_rows(stream, given)).removed), 0)::int as n
        from (
          select stream,
                 array_agg((key, item_id, account_id, null, ids, null)::plaid.given_row) as given
          from (
            select stream, key, item_id, account_id, ids from plaid.stream_row
            where item_id = ${itemId} and deleted_at is null and stream not in ('accounts', 'items')
            limit ${limit}
          ) living group by stream
        ) each`,
  )
  return n
}

export interface RowsRange {
  stream: string
  /** Exclusive. */
  after: string
  itemIds: string[] | null
  accountIds: string[] | null
  /** Stands in an account’s name, its mask, its id or its bank’s name. */
  search: string | null
  /** Inclusive, both. */
  startDate: string | null
  endDate: string | null
}

function conditions({ stream, after, ...filter }: RowsRange, bind: Bind): string {
  const where = [`stream = ${bind(stream)}`, 'deleted_at is null', `key > ${bind(after)}`]
  const add = (value: unknown, condition: (parameter: string) => string) => {
    if (value !== null) where.push(condition(bind(value)))
  }
  add(filter.itemIds, (p) => `item_id = any (${p}::text[])`)
  add(filter.accountIds, (p) => `account_id = any (${p}::text[])`)
  add(
    filter.search === null ? null : containing(filter.search),
    (p) => `key in (select account_id from plaid.account where searched like lower(${p}::text))`,
  )
  add(filter.startDate, (p) => `day >= ${p}::date`)
  add(filter.endDate, (p) => `day <= ${p}::date`)
  return where.join(' and ')
}

/** Where a page of `limit` rows ends, in the order of their keys. */
export function rowsEdge(
  db: Db,
  range: RowsRange,
  limit: number,
): Promise<{ more: boolean; last: string | null }> {
  const { values, bind } = binder()
  const where = conditions(range, bind)
  const p = `${bind(limit)}::int`
  return one(db, {
    text: `select count(*) > ${p} as more, max(key) filter (where place <= ${p}) as last
           from (
             select key, row_number() over (order by key) as place
             from plaid.stream_row where ${where} order by key limit ${p} + 1
           ) page`,
    values,
  })
}

/** Up to `limit` rows to `last`, which is included; undefined: none is left. */
export function rowsPiece(
  db: Db,
  range: RowsRange,
  to: { last: string; limit: number; delimiter: string },
): Promise<{ last: string; text: string } | undefined> {
  const { values, bind } = binder()
  const where = conditions(range, bind)
  const [last, delimiter] = [bind(to.last), bind(to.delimiter)]
  return maybeOne(db, {
    text: `select max(key) as last, string_agg(line, ${delimiter} order by key) as text
           from (
             select key, plaid.row_text(created_at, updated_at, '_ab_cdc_deleted_at', deleted_at,
                                        body) as line
             from plaid.stream_row where ${where} and key <= ${last} order by key
             limit ${bind(to.limit)}::int
           ) piece having count(*) > 0`,
    values,
  })
}

export async function countRows(db: Db, range: RowsRange): Promise<number> {
  const { values, bind } = binder()
  const where = conditions({ ...range, after: '' }, bind)
  const row = await one<{ n: number }>(db, {
    text: `select count(*)::int as n from plaid.stream_row where ${where}`,
    values,
  })
  return row.n
}

/** One row's JSON text. */
export function findRow(
  db: Db,
  stream: string,
  key: string,
): Promise<{ text: string } | undefined> {
  return maybeOne(
    db,
    sql`select plaid.row_text(created_at, updated_at, '_ab_cdc_deleted_at', deleted_at, body)
               as text
        from plaid.stream_row where stream = ${stream} and key = ${key} and deleted_at is null`,
  )
}

/** Older rows of a stream that only grows; readers that are further behind get 410. */
export function pruneRows(db: Db, stream: string, days: number): Promise<number> {
  return exec(
    db,
    sql`with pruned as (
          delete from plaid.stream_row
          where stream = ${stream} and updated_at < now() - ${days} * interval '1 day'
          returning updated_at
        )
        update plaid.feed_clock
        set pruned_before = greatest(pruned_before, (select max(updated_at) from pruned))
        where exists (select 1 from pruned)`,
  )
}
