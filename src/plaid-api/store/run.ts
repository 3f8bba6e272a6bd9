// Runs: "pull every Item now", asked for by somebody who wants to know how it went.
import { type Db, exec, many, maybeOne, sql } from '../../postgres/query.ts'
import type { Run, RunItem, RunMode, RunTotals } from '../shapes.ts'

/**
 * A run whose process died stops beating; after this it counts as failed. So does one that has
 * beaten in the future, before the database's clock stepped back; if it lives, its own end counts.
 */
export const heartbeatMsMax = 30_000

/** Makes a run, or gives none where the same one is running: then join it. */
export function insertRun(db: Db, id: string, mode: RunMode, itemId: string | null) {
  return maybeOne<{ id: string }>(
    db,
    sql`insert into plaid.sync_run (id, mode, item_id) values (${id}, ${mode}, ${itemId})
        on conflict (mode, coalesce(item_id, '')) where status = 'running' do nothing
        returning id`,
  )
}

export function findRunning(db: Db, mode: RunMode, itemId: string | null) {
  return maybeOne<{ id: string }>(
    db,
    sql`select id from plaid.sync_run
        where status = 'running' and mode = ${mode} and coalesce(item_id, '') = ${itemId ?? ''}`,
  )
}

export async function failSilentRuns(db: Db): Promise<void> {
  await exec(
    db,
    sql`update plaid.sync_run set status = 'failed', finished_at = now()
        where status = 'running'
          and (heartbeat_at < now() - ${heartbeatMsMax} * interval '1 ms'
               or heartbeat_at > now() + ${heartbeatMsMax} * interval '1 ms')`,
  )
}

export async function beatRun(db: Db, id: string): Promise<void> {
  await exec(db, sql`update plaid.sync_run set heartbeat_at = now() where id = ${id}`)
}

export type RunOutcome = Omit<RunItem, 'institution_name'>

export async function insertRunItem(db: Db, runId: string, item: RunOutcome): Promise<void> {
  await exec(
    db,
    sql`insert into plaid.sync_run_item
          (run_id, item_id, status, added, modified, removed, error_code, error_message)
        values (${runId}, ${item.item_id}, ${item.status}, ${item.added}, ${item.modified},
                ${item.removed}, ${item.error_code}, ${item.error_message})
        on conflict do nothing`,
  )
}

/** Failed when any of its Items failed. */
export async function finishRun(db: Db, id: string): Promise<void> {
  await exec(
    db,
    sql`update plaid.sync_run
        set finished_at = now(), status = case when exists (
              select 1 from plaid.sync_run_item where run_id = ${id} and status = 'failed')
            then 'failed' else 'succeeded' end
        where id = ${id}`,
  )
}

export function findRun(db: Db, id: string): Promise<Run | undefined> {
  return maybeOne(
    db,
    sql`select id, mode, item_id, status, plaid.stamp(started_at) as started_at,
               plaid.stamp(finished_at) as finished_at
        from plaid.sync_run where id = ${id}`,
  )
}

export async function runTotals(db: Db, id: string): Promise<RunTotals> {
  const [row] = await many<RunTotals>(
    db,
    sql`select count(*)::int as items, count(*) filter (where status = 'failed')::int as failed,
               coalesce(sum(added), 0)::int as added, coalesce(sum(modified), 0)::int as modified,
               coalesce(sum(removed), 0)::int as removed
        from plaid.sync_run_item where run_id = ${id}`,
  )
  return row ?? { items: 0, failed: 0, added: 0, modified: 0, removed: 0 }
}

/** Failed ones first, at most `limit`. */
export function runItems(db: Db, id: string, limit: number) {
  return many<RunItem>(
    db,
    sql`select r.item_id, i.institution_name, r.status, r.added::int as added,
               r.modified::int as modified, r.removed::int as removed, r.error_code,
               r.error_message
        from plaid.sync_run_item r left join plaid.item i on i.item_id = r.item_id
        where r.run_id = ${id} order by r.status, r.item_id limit ${limit}`,
  )
}

/** Runs older than `days` are of no use to anybody. */
export function pruneRuns(db: Db, days: number): Promise<number> {
  return exec(
    db,
    sql`delete from plaid.sync_run
        where status <> 'running' and started_at < now() - ${days} * interval '1 day'`,
  )
}
