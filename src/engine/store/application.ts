// The API's clients; their secrets are kept as hashes (L5).
import { type Db, exec, many, maybeOne, sql } from '../../postgres/query.ts'
import type { Scope } from '../../std/scope.ts'

export interface NewApplication {
  clientId: string
  name: string
  secretHash: string
  scope: Scope
  /** How long it opens; null: until it is revoked. */
  days: number | null
  /** Requests a minute; null: as many as it likes. */
  perMinuteMax: number | null
}

export async function insertApplication(db: Db, one: NewApplication): Promise<void> {
  await exec(
    db,
    sql`insert into engine.application
          (client_id, name, secret_hash, scope, expires_at, per_minute_max)
        values (${one.clientId}, ${one.name}, ${one.secretHash}, ${one.scope},
                now() + ${one.days}::integer * interval '1 day', ${one.perMinuteMax})
        on conflict (client_id) do nothing`,
  )
}

export interface OpenApplication {
  clientId: string
  name: string
  secretHash: string
  scope: Scope
  perMinuteMax: number | null
}

/** One that opens; that it did is noted, to the minute. */
export function findApplication(db: Db, clientId: string): Promise<OpenApplication | undefined> {
  return maybeOne(
    db,
    sql`with used as (
          update engine.application set used_at = now()
          where client_id = ${clientId} and revoked_at is null
            and (used_at is null or used_at < now() - interval '1 minute'))
        select client_id as "clientId", name, secret_hash as "secretHash", scope,
               per_minute_max as "perMinuteMax" from engine.application
        where client_id = ${clientId} and revoked_at is null
          and (expires_at is null or expires_at > now())`,
  )
}

/** As the command line shows it. */
export interface ListedApplication {
  client_id: string
  name: string
  scope: Scope
  per_minute_max: number | null
  created_at: string
  used_at: string | null
  expires_at: string | null
  revoked_at: string | null
}

/** Those that open first. */
export function listApplications(db: Db, limit: number): Promise<ListedApplication[]> {
  return many(
    db,
    sql`select client_id, name, scope, per_minute_max, to_json(created_at) #>> '{}' as created_at,
               to_json(used_at) #>> '{}' as used_at, to_json(expires_at) #>> '{}' as expires_at,
               to_json(revoked_at) #>> '{}' as revoked_at
        from engine.application order by revoked_at desc nulls first, created_at limit ${limit}`,
  )
}

/** Of one that is revoked the first time stays; its name, where there is one. */
export async function revokeApplication(db: Db, clientId: string): Promise<string | undefined> {
  const row = await maybeOne<{ name: string }>(
    db,
    sql`update engine.application set revoked_at = coalesce(revoked_at, clock_timestamp())
        where client_id = ${clientId} returning name`,
  )
  return row?.name
}

/** All of that name but one; safe to repeat. */
export function revokeApplicationsBut(
  db: Db,
  { name, clientId }: { name: string; clientId: string },
): Promise<number> {
  return exec(
    db,
    sql`update engine.application set revoked_at = clock_timestamp()
        where name = ${name} and client_id <> ${clientId} and revoked_at is null`,
  )
}
