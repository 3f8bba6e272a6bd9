// Runs: "pull every Item now", asked for by somebody who wants to know how it went.
import { uuid } from '../../std/ids.ts'
import type { Client, Pool } from '../../postgres/pool.ts'
import { type Db, exec, many, maybeOne, one, sql, tx } from '../../postgres/query.ts'
import type { Run, RunItem, RunMode, RunTotals } from '../shapes.ts'

/**
 * A run whose process died stops beating; after this it counts as failed. So does one that has
 * beaten in the future, before the database's clock stepped back; if it lives, its own end counts.
 */
export const heartbeatMsMax = 30_000

export interface AskedRun {
  id: string
  /** Nobody else is at it: whoever asked does it. */
  isNew: boolean
}

/**
 * A run that begins after this: a new one, which waits where the same is on already, or the one
 * that waits.
 */
export function askForRun(pool: Pool, mode: RunMode, itemId: string | null): Promise<AskedRun> {
  return inTurn(pool, async (db) => {
    const same = await many<{ id: string; status: string }>(
      db,
      sql`select id, status from plaid.sync_run where status in ('waiting', 'running')
          and mode = ${mode} and coalesce(item_id, '') = ${itemId ?? ''}`,
    )
    const waiting = same.find(({ status }) => status === 'waiting')
    if (waiting) return { id: waiting.id, isNew: false }
    const { id } = await one<{ id: string }>(
      db,
      sql`insert into plaid.sync_run (id, mode, item_id, status)
          values (${uuid()}, ${mode}, ${itemId}, ${same.length > 0 ? 'waiting' : 'running'})
          returning id`,
    )
    return { id, isNew: true }
  })
}

/** Whether it may begin: no other of its kind is on. */
export function beginRun(pool: Pool, id: string): Promise<boolean> {
  return inTurn(pool, async (db) => {
    const begun = await exec(
      db,
      sql`update plaid.sync_run r set status = 'running'
          where id = ${id} and (status = 'running' or not exists (
            select from plaid.sync_run other where other.status = 'running'
              and other.mode = r.mode and other.item_id is not distinct from r.item_id))`,
    )
    return begun > 0
  })
}

/** Two that ask at once see one another, and nobody a run whose process died. */
function inTurn<T>(pool: Pool, work: (db: Client) => Promise<T>): Promise<T> {
  return tx(pool, async (db) => {
    await exec(db, sql`select pg_advisory_xact_lock(hashtextextended('plaid sync run', 0))`)
    await failSilentRuns(db)
    return work(db)
  })
}

export async function failSilentRuns(db: Db): Promise<void> {
  await exec(
    db,
    sql`update plaid.sync_run set status = 'failed', finished_at = now()
        where status in ('waiting', 'running')
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
    sql`select id, mode, item_id,
               case status when 'waiting' then 'running' else status end as status,
               plaid.stamp(started_at) as started_at,
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
        where status in ('succeeded', 'failed')
          and started_at < now() - ${days} * interval '1 day'`,
  )
}
