// How many webhooks were refused at the door, by the minute.
import { type Db, exec, sql } from '../../postgres/query.ts'

/** By code; what is older than a day goes. */
export async function addRefusals(db: Db, counts: readonly [string, number][]): Promise<void> {
  const codes = counts.map(([code]) => code)
  const ns = counts.map(([, n]) => n)
  await exec(
    db,
    sql`with swept as (
          delete from plaid.webhook_refusal where minute < now() - interval '1 day'
        )
        insert into plaid.webhook_refusal as r (minute, reason, n)
        select date_trunc('minute', now()), reason, n
        from unnest(${codes}::text[], ${ns}::bigint[]) as told (reason, n)
        order by reason
        on conflict (minute, reason) do update set n = r.n + excluded.n`,
  )
}
