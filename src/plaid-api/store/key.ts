// API keys, by their hash only (L5). A revoked one stays, so that it never counts again.
import { type Db, exec, many, maybeOne, one, sql } from '../../postgres/query.ts'

export interface ApiKey {
  id: string
  name: string
  own: boolean
  created_at: string
  revoked_at: string | null
}

/** Safe to repeat. */
export async function insertKey(
  db: Db,
  { hash, name, own }: { hash: string; name: string; own: boolean },
): Promise<void> {
  await exec(
    db,
    sql`insert into plaid.api_key (key_hash, name, own) values (${hash}, ${name}, ${own})
        on conflict (key_hash) do nothing`,
  )
}

/** Whether it opens: known and not revoked. */
export async function keyOpens(db: Db, keyHash: string): Promise<boolean> {
  const row = await maybeOne(
    db,
    sql`select 1 as found from plaid.api_key where key_hash = ${keyHash} and revoked_at is null`,
  )
  return row !== undefined
}

export function listKeys(db: Db, limit: number): Promise<ApiKey[]> {
  return many(
    db,
    sql`select id, name, own, plaid.stamp(created_at) as created_at,
               plaid.stamp(revoked_at) as revoked_at
        from plaid.api_key order by revoked_at desc nulls first, created_at, id limit ${limit}`,
  )
}

/** Undefined where there is no such key. */
export function findKey(db: Db, id: string): Promise<ApiKey | undefined> {
  return maybeOne(
    db,
    sql`select id, name, own, plaid.stamp(created_at) as created_at,
               plaid.stamp(revoked_at) as revoked_at
        from plaid.api_key where id::text = lower(${id})`,
  )
}

/** Of one that is revoked the first time stays. */
export async function revokeKey(db: Db, id: string): Promise<void> {
  await exec(
    db,
    sql`update plaid.api_key set revoked_at = now() where id = ${id} and revoked_at is null`,
  )
}

/** Every key of this installation but the one that it holds. */
export function revokeOwnBut(db: Db, keyHash: string): Promise<number> {
  return exec(
    db,
    sql`update plaid.api_key set revoked_at = now()
        where own and key_hash <> ${keyHash} and revoked_at is null`,
  )
}

/** Held by the session; false where another one has it. */
export async function lockRotation(db: Db): Promise<boolean> {
  const { held } = await one<{ held: boolean }>(
    db,
    sql`select pg_try_advisory_lock(hashtextextended('tartan:plaid.api_key', 0)) as held`,
  )
  return held
}
