// What the app remembers for a person: appearance, what was dismissed, saved queries.
import { type Db, exec, many, sql } from '../../postgres/query.ts'

export async function readSettings(db: Db, personId: string): Promise<Record<string, unknown>> {
  const rows = await many<{ name: string; value: unknown }>(
    db,
    sql`select name, value from web.setting where person_id = ${personId} order by name`,
  )
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
}

/** Of a person (L9). */
const namesMax = 100

export async function writeSetting(
  db: Db,
  personId: string,
  name: string,
  json: string,
): Promise<void> {
  await exec(
    db,
    sql`insert into web.setting (person_id, name, value)
        select ${personId}, ${name}, ${json}::jsonb
        where (select count(*) from web.setting where person_id = ${personId} and name <> ${name})
              < ${namesMax}
        on conflict (person_id, name) do update set value = excluded.value`,
  )
}
