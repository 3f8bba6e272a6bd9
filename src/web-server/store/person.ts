// Who may enter: the owner of the machine, members who came by an invitation, people for whom a
// proxy vouches.
import { type Db, exec, many, maybeOne, one, sql } from '../../postgres/query.ts'
import type { Person, Role } from '../shapes.ts'

/** Whoever holds the machine: made the first time, and never another. */
export async function ownerId(db: Db): Promise<string> {
  await exec(
    db,
    sql`insert into web.person (kind, name, role) values ('owner', 'Owner', 'admin')
        on conflict (kind) where kind = 'owner' do nothing`,
  )
  const row = await one<{ id: string }>(db, sql`select id from web.person where kind = 'owner'`)
  return row.id
}

export function findByEmail(
  db: Db,
  email: string,
): Promise<(Person & { password: string | null }) | undefined> {
  return maybeOne(
    db,
    sql`select id, kind, name, email, role,
               to_json(created_at) #>> '{}' as created_at,
               to_json(disabled_at) #>> '{}' as disabled_at,
               password
        from web.person where email = ${email}`,
  )
}

export function findPerson(db: Db, id: string): Promise<Person | undefined> {
  return maybeOne(
    db,
    sql`select id, kind, name, email, role,
               to_json(created_at) #>> '{}' as created_at,
               to_json(disabled_at) #>> '{}' as disabled_at
        from web.person where id = ${id}`,
  )
}

const listedMax = 1_000

export function listPersons(db: Db): Promise<Person[]> {
  return many(
    db,
    sql`select id, kind, name, email, role,
               to_json(created_at) #>> '{}' as created_at,
               to_json(disabled_at) #>> '{}' as disabled_at
        from web.person order by created_at, id limit ${listedMax}`,
  )
}

/** A member with a password; one whom a proxy brought gets one too. */
export async function putMember(
  db: Db,
  member: { name: string; email: string; role: Role; password: string },
): Promise<string> {
  const { name, email, role, password } = member
  const row = await one<{ id: string }>(
    db,
    sql`insert into web.person (kind, name, email, role, password)
        values ('member', ${name}, ${email}, ${role}, ${password})
        on conflict (email) do update
          set name = excluded.name, role = excluded.role, password = excluded.password,
              disabled_at = null
        returning id`,
  )
  return row.id
}

/** Whom a proxy vouches for. Where it names no role, the one that they have stays. */
export async function putProxied(
  db: Db,
  proxied: { name: string; email: string; role: Role | undefined },
): Promise<string | undefined> {
  const { name, email, role } = proxied
  if (role === undefined) {
    const found = await findByEmail(db, email)
    return found && found.disabled_at === null ? found.id : undefined
  }
  const row = await maybeOne<{ id: string }>(
    db,
    sql`insert into web.person (kind, name, email, role)
        values ('proxy', ${name}, ${email}, ${role})
        on conflict (email) do update set role = excluded.role
          where web.person.disabled_at is null
        returning id`,
  )
  return row?.id
}

export async function changePerson(
  db: Db,
  id: string,
  change: { name: string | null; role: Role | null; disabled: boolean | null },
): Promise<void> {
  const { name, role, disabled } = change
  await exec(
    db,
    sql`update web.person
        set name = coalesce(${name}::text, name), role = coalesce(${role}::text, role),
            disabled_at = case when ${disabled}::boolean is null then disabled_at
                               when ${disabled}::boolean then coalesce(disabled_at, now()) end
        where id = ${id}`,
  )
}

export async function deletePerson(db: Db, id: string): Promise<void> {
  await exec(db, sql`delete from web.person where id = ${id}`)
}

/** Somebody must be left who can let others in. */
export async function otherAdmins(db: Db, id: string): Promise<number> {
  const row = await one<{ count: number }>(
    db,
    sql`select count(*)::integer as count from web.person
        where role = 'admin' and disabled_at is null and id <> ${id}`,
  )
  return row.count
}
