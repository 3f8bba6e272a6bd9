// Codes that open once: the owner's link, and invitations. A code that was used is gone.
import { type Db, exec, many, maybeOne, one, sql } from '../../postgres/query.ts'
import type { Invite, Role } from '../shapes.ts'

export async function insertLoginCode(
  db: Db,
  code: { hash: string; personId: string; msMax: number },
): Promise<void> {
  await exec(
    db,
    sql`insert into web.login_code (hash, person_id, expires_at)
        values (${code.hash}, ${code.personId}, now() + ${code.msMax} * interval '1 ms')`,
  )
}

/** Whose it is; it opens no more. */
export async function takeLoginCode(db: Db, hash: string): Promise<string | undefined> {
  const row = await maybeOne<{ person_id: string; valid: boolean }>(
    db,
    sql`delete from web.login_code where hash = ${hash}
        returning person_id, expires_at > now() as valid`,
  )
  return row?.valid === true ? row.person_id : undefined
}

export function insertInvite(
  db: Db,
  invite: { hash: string; email: string; role: Role; invitedBy: string; msMax: number },
): Promise<Invite> {
  const { hash, email, role, invitedBy, msMax } = invite
  return one(
    db,
    sql`insert into web.invite (hash, email, role, invited_by, expires_at)
        values (${hash}, ${email}, ${role}, ${invitedBy}, now() + ${msMax} * interval '1 ms')
        returning id, email, role, invited_by,
               to_json(created_at) #>> '{}' as created_at,
               to_json(expires_at) #>> '{}' as expires_at`,
  )
}

export function findInvite(db: Db, hash: string): Promise<Invite | undefined> {
  return maybeOne(
    db,
    sql`select id, email, role, invited_by,
               to_json(created_at) #>> '{}' as created_at,
               to_json(expires_at) #>> '{}' as expires_at
        from web.invite where hash = ${hash} and expires_at > now()`,
  )
}

/** False where somebody else took it meanwhile. */
export async function deleteInvite(db: Db, id: string): Promise<boolean> {
  return (await exec(db, sql`delete from web.invite where id = ${id}`)) > 0
}

const listedMax = 1_000

export function listInvites(db: Db): Promise<Invite[]> {
  return many(
    db,
    sql`select id, email, role, invited_by,
               to_json(created_at) #>> '{}' as created_at,
               to_json(expires_at) #>> '{}' as expires_at from web.invite
        where expires_at > now() order by created_at desc, id limit ${listedMax}`,
  )
}
