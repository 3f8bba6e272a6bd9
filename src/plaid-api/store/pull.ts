// The rows that pulls leave: who asked, how long it took, what came, what went wrong.
import { type Db, exec, many, one, sql } from '../../postgres/query.ts'
import type { PullCell, PullRow } from '../shapes.ts'

/** Of each Item the newest are kept (L9). */
const ofItemMax = 100

/**
 * Under the Item's lease: one that still says that it runs was left by a process that died.
 */
export async function insertPull(
  db: Db,
  pull: Pick<PullRow, 'item_id' | 'trigger' | 'mode'>,
): Promise<string> {
  const { item_id: itemId } = pull
  const row = await one<{ id: string }>(
    db,
    sql`with left_running as (
          update plaid.pull
          set status = 'failed', finished_at = clock_timestamp(),
              error_code = 'PULL_INTERRUPTED', error_message = 'the process that pulled it ended'
          where item_id = ${itemId} and status = 'running'
        ), forgotten as (
          delete from plaid.pull
          where item_id = ${itemId} and status <> 'running' and id <=
            (select id from plaid.pull where item_id = ${itemId}
             order by id desc offset ${ofItemMax - 1} limit 1)
        )
        insert into plaid.pull (item_id, trigger, mode)
        values (${itemId}, ${pull.trigger}, ${pull.mode})
        returning id`,
  )
  return row.id
}

export interface PullEnd {
  added: number
  modified: number
  removed: number
  error: { code: string; message: string } | undefined
}

export async function finishPull(db: Db, id: string, end: PullEnd): Promise<void> {
  await exec(
    db,
    sql`update plaid.pull
        set status = ${end.error ? 'failed' : 'succeeded'}, finished_at = clock_timestamp(),
            added = ${end.added}, modified = ${end.modified}, removed = ${end.removed},
            error_code = ${end.error?.code ?? null}, error_message = ${end.error?.message ?? null}
        where id = ${id} and status = 'running'`,
  )
}

/** Newest first, those before `before`. */
export function pullsPage(
  db: Db,
  request: { itemId: string | null; before: string | null; limit: number },
): Promise<PullRow[]> {
  const { itemId, before, limit } = request
  const ofItem = itemId === null ? '' : 'and p.item_id = $3'
  const values: unknown[] = [before, limit]
  if (itemId !== null) values.push(itemId)
  return many(db, {
    text: `select p.id::text as id, p.item_id, i.institution_name, p.trigger, p.mode, p.status,
             plaid.stamp(p.started_at) as started_at, plaid.stamp(p.finished_at) as finished_at,
             p.added::float8 as added, p.modified::float8 as modified,
             p.removed::float8 as removed, p.error_code, p.error_message
           from plaid.pull p left join plaid.item i on i.item_id = p.item_id
           where ($1::bigint is null or p.id < $1::bigint) ${ofItem}
           order by p.id desc limit $2`,
    values,
  })
}

export interface StripsRequest {
  itemIds: string[]
  since: string
  stepSeconds: number
  cellsMax: number
}

/** What happened in each step of time, of each Item: a cell is there where a pull began. */
export async function pullStrips(
  db: Db,
  { itemIds, since, stepSeconds, cellsMax }: StripsRequest,
): Promise<{ item_id: string; cells: PullCell[] }[]> {
  return many(
    db,
    sql`select item_id, json_agg(json_strip_nulls(json_build_object(
          'at', at, 'pulls', pulls, 'failed', nullif(failed, 0), 'running', nullif(running, 0),
          'added', nullif(added, 0), 'modified', nullif(modified, 0),
          'removed', nullif(removed, 0), 'error_message', error_message)) order by at) as cells
        from (
          select item_id, count(*) as pulls,
            floor(extract(epoch from started_at - ${since}::timestamptz)
              / ${stepSeconds}::int)::int as at,
            count(*) filter (where status = 'failed') as failed,
            count(*) filter (where status = 'running') as running,
            sum(added) as added, sum(modified) as modified, sum(removed) as removed,
            (array_agg(error_message order by id desc) filter (where status = 'failed'))[1]
              as error_message
          from plaid.pull
          where item_id = any (${itemIds}) and started_at >= ${since}::timestamptz
            and started_at < ${since}::timestamptz
              + ${stepSeconds * cellsMax}::int * interval '1 second'
          group by 1, 3
        ) of group by item_id order by item_id`,
  )
}

/** Older ones are of no use to anybody; at most `limit` a statement. */
export function prunePulls(db: Db, days: number, limit: number): Promise<number> {
  return exec(
    db,
    sql`delete from plaid.pull where id in (
          select id from plaid.pull where started_at < now() - ${days} * interval '1 day'
          order by started_at limit ${limit})`,
  )
}
