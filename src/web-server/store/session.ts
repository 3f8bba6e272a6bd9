// Sessions: of each its hash, whose it is, and when it was last seen. A session that was idle for
// long, or is old, is as none.
import { type Db, exec, many, maybeOne, one, sql } from '../../postgres/query.ts'
import type { ListedSession, Role } from '../shapes.ts'

const idleMsMax = 12 * 3_600_000
export const ageMsMax = 7 * 24 * 3_600_000

export interface Session {
  id: string
  person_id: string
  name: string
  role: Role
}

/** Whose it is now: with the role that they have now. */
export function findSession(db: Db, hash: string): Promise<Session | undefined> {
  return maybeOne(
    db,
    sql`select s.id, s.person_id, p.name, p.role
        from web.session s join web.person p on p.id = s.person_id
        where s.hash = ${hash} and p.disabled_at is null
          and s.seen_at > now() - ${idleMsMax} * interval '1 ms'
          and s.created_at > now() - ${ageMsMax} * interval '1 ms'`,
  )
}

/** Not at each request: that would write a row for each. */
export async function touchSession(db: Db, id: string): Promise<void> {
  await exec(
    db,
    sql`update web.session set seen_at = now()
        where id = ${id} and seen_at < now() - interval '1 minute'`,
  )
}

export async function insertSession(
  db: Db,
  session: { hash: string; personId: string; address: string; userAgent: string },
): Promise<string> {
  const { hash, personId, address, userAgent } = session
  const row = await one<{ id: string }>(
    db,
    sql`insert into web.session (hash, person_id, address, user_agent)
        values (${hash}, ${personId}, ${address}, ${userAgent}) returning id`,
  )
  return row.id
}

export async function deleteSessionByHash(db: Db, hash: string): Promise<string | undefined> {
  const row = await maybeOne<{ id: string }>(
    db,
    sql`delete from web.session where hash = ${hash} returning id`,
  )
  return row?.id
}

/** Those that nothing opens any more. */
export async function sweepSessions(db: Db): Promise<void> {
  await exec(
    db,
    sql`delete from web.session
        where seen_at < now() - ${idleMsMax} * interval '1 ms'
           or created_at < now() - ${ageMsMax} * interval '1 ms'`,
  )
  await exec(db, sql`delete from web.login_code where expires_at < now()`)
  await exec(db, sql`delete from web.invite where expires_at < now()`)
}

const listedMax = 1_000

/** Of one person, or of all. */
export function listSessions(db: Db, personId: string | null): Promise<ListedSession[]> {
  return many(
    db,
    sql`select s.id, s.person_id, p.name,
               to_json(s.created_at) #>> '{}' as created_at,
               to_json(s.seen_at) #>> '{}' as seen_at,
               s.address, s.user_agent
        from web.session s join web.person p on p.id = s.person_id
        where (${personId}::uuid is null or s.person_id = ${personId}::uuid)
          and s.seen_at > now() - ${idleMsMax} * interval '1 ms'
          and s.created_at > now() - ${ageMsMax} * interval '1 ms'
        order by s.seen_at desc, s.id limit ${listedMax}`,
  )
}

export async function sessionLives(db: Db, id: string): Promise<boolean> {
  const row = await maybeOne(
    db,
    sql`select 1 as lives from web.session s join web.person p on p.id = s.person_id
        where s.id = ${id} and p.disabled_at is null
          and s.created_at > now() - ${ageMsMax} * interval '1 ms'`,
  )
  return row !== undefined
}

export async function sessionsOf(db: Db, personId: string): Promise<string[]> {
  const rows = await many<{ id: string }>(
    db,
    sql`select id from web.session where person_id = ${personId}`,
  )
  return rows.map(({ id }) => id)
}

/** Of one person where one is given; false where there is none such. */
export async function deleteSession(db: Db, id: string, personId: string | null): Promise<boolean> {
  const count = await exec(
    db,
    sql`delete from web.session
        where id = ${id} and (${personId}::uuid is null or person_id = ${personId}::uuid)`,
  )
  return count > 0
}
