// Institutions of linked Items, as Plaid described them last.
import { type Db, exec, maybeOne, sql } from '../../postgres/query.ts'
import type { Institution } from '../shapes.ts'

/** What is known of it; undefined where no Item is linked there. `fresh`: not to be read anew. */
export function findInstitution(
  db: Db,
  id: string,
  daysMax: number,
): Promise<(Institution & { fresh: boolean }) | undefined> {
  return maybeOne(
    db,
    sql`select linked.institution_id, coalesce(i.name, linked.institution_name, '') as name,
               i.primary_color, i.url, i.logo is not null as has_logo,
               coalesce(i.read_at > now() - ${daysMax} * interval '1 day', false) as fresh
        from (
          select institution_id, institution_name from plaid.item
          where institution_id = ${id} order by created_at desc limit 1
        ) linked left join plaid.institution i on i.institution_id = linked.institution_id`,
  )
}

export async function upsertInstitution(
  db: Db,
  row: Omit<Institution, 'has_logo'> & { logo: Buffer | null },
): Promise<void> {
  await exec(
    db,
    sql`insert into plaid.institution (institution_id, name, primary_color, url, logo)
        values (${row.institution_id}, ${row.name}, ${row.primary_color}, ${row.url}, ${row.logo})
        on conflict (institution_id) do update
        set name = excluded.name, primary_color = excluded.primary_color, url = excluded.url,
            logo = excluded.logo, read_at = now()`,
  )
}

export function findLogo(db: Db, id: string): Promise<{ logo: Buffer } | undefined> {
  return maybeOne(
    db,
    sql`select logo from plaid.institution where institution_id = ${id} and logo is not null`,
  )
}
