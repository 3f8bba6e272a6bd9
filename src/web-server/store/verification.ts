// Verifications: one at a time, each kept with what it found.
import { type Db, exec, many, maybeOne, sql } from '../../postgres/query.ts'
import type { Verification } from '../shapes.ts'

export async function insertVerification(db: Db, begunBy: string): Promise<string | undefined> {
  const row = await maybeOne<{ id: string }>(
    db,
    sql`insert into web.verification (begun_by, status) values (${begunBy}, 'running')
        returning id`,
  )
  return row?.id
}

export async function endVerification(
  db: Db,
  id: string,
  { status, result }: { status: Verification['status']; result: object },
): Promise<void> {
  await exec(
    db,
    sql`update web.verification
        set ended_at = now(), status = ${status}, result = ${JSON.stringify(result)}
        where id = ${id}`,
  )
}

/** Those that a process of before left behind: none runs when one begins. */
export async function failLeftVerifications(db: Db): Promise<void> {
  const result = JSON.stringify({ error: { code: 'ENDED', message: 'the web server ended' } })
  await exec(
    db,
    sql`update web.verification set ended_at = now(), status = 'failed', result = ${result}::jsonb
        where status = 'running'`,
  )
}

const historyMax = 30
const keptMax = 500

const columns = `id, begun_by, to_json(started_at) #>> '{}' as started_at,
  to_json(ended_at) #>> '{}' as ended_at, status`

export function listVerifications(db: Db): Promise<Verification[]> {
  return many(db, {
    text: `select ${columns} from web.verification order by started_at desc limit $1`,
    values: [historyMax],
  })
}

/** The newest that ended, with what it found. */
export function lastVerification(
  db: Db,
): Promise<(Verification & { result: unknown }) | undefined> {
  return maybeOne(db, {
    text: `select ${columns}, result from web.verification
      where status <> 'running' order by started_at desc limit 1`,
    values: [],
  })
}

export async function sweepVerifications(db: Db): Promise<void> {
  await exec(
    db,
    sql`delete from web.verification where id in
        (select id from web.verification order by started_at desc offset ${keptMax})`,
  )
}
