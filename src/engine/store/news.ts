// News of a source, and the syncs of the connections that follow it: one for all that is told in a
// while, and none where one waits that will read it anyway.
import { type Db, exec, many, one, sql } from '../../postgres/query.ts'

/** Resolves with the connections that follow the source. */
export async function insertNews(db: Db, sourceId: string): Promise<string[]> {
  const rows = await many<{ connection_id: string }>(
    db,
    sql`insert into engine.connection_news (connection_id, since)
        select id, clock_timestamp() from engine.connection
        where source_id = ${sourceId} and follows_source and status = 'active'
        on conflict (connection_id) do update set since = excluded.since
        returning connection_id`,
  )
  return rows.map((row) => row.connection_id)
}

/** News that a sync reads which was made later, or which has not begun; and nobody's any more. */
export async function deleteReadNews(db: Db): Promise<void> {
  await exec(
    db,
    sql`delete from engine.connection_news n
        where exists (
            select from engine.job where connection_id = n.connection_id and type = 'sync'
              and (status in ('pending', 'incomplete') or created_at >= n.since))
          or exists (
            select from engine.connection c where c.id = n.connection_id
              and (not follows_source or status = 'deprecated'))`,
  )
}

/**
 * Makes the syncs of the connections with news, where none runs and the last one was made at least
 * so long ago. Of many servers one makes each.
 */
export async function startFollowing(db: Db, gapMs: number, limit: number): Promise<number> {
  const row = await one<{ made: number }>(
    db,
    sql`with due as (
          select n.connection_id
          from engine.connection_news n join engine.connection c on c.id = n.connection_id
          where c.status = 'active' and c.follows_source and not exists (
            select from engine.job where job.connection_id = c.id
              and (job.status in ('pending', 'running', 'incomplete')
                   or job.created_at > clock_timestamp() - ${gapMs} * interval '1 ms'))
          order by n.since limit ${limit} for update of n skip locked
        ), made as (
          insert into engine.job (connection_id, type, status, begun_by)
          select connection_id, 'sync', 'pending', 'source' from due
          on conflict (connection_id) where status in ('pending', 'running', 'incomplete')
            do nothing
          returning connection_id
        ), read as (
          delete from engine.connection_news
          where connection_id in (select connection_id from made)
        ), told as (
          select pg_notify('engine_job', connection_id::text) from made
        )
        select (select count(*) from told)::int as made`,
  )
  return row.made
}
