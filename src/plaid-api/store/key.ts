// API keys, by their hash only (L5). A revoked one stays, so that it never counts again.
import { type Db, exec, many, maybeOne, one, type Sql, sql } from '../../postgres/query.ts'
import type { Scope } from '../../std/scope.ts'
import type { ApiKey } from '../shapes.ts'

export interface NewKey {
  hash: string
  name: string
  own: boolean
  scope: Scope
  /** How long it opens; null: until it is revoked. */
  days: number | null
  /** Null: as often as it likes. */
  perMinuteMax: number | null
}

/** Safe to repeat; gives its id the first time. */
export async function insertKey(db: Db, key: NewKey): Promise<string | undefined> {
  const row = await maybeOne<{ id: string }>(
    db,
    sql`insert into plaid.api_key (key_hash, name, own, scope, expires_at, per_minute_max)
        values (${key.hash}, ${key.name}, ${key.own}, ${key.scope}, 
                now() + ${key.days}::integer * interval '1 day', ${key.perMinuteMax})
        on conflict (key_hash) do nothing returning id`,
  )
  return row?.id
}

export type OpenKey = Pick<ApiKey, 'id' | 'name' | 'own' | 'scope' | 'per_minute_max'>

const opens = `revoked_at is null and (expires_at is null or expires_at > now())`
const opening = `select id, name, own, scope, per_minute_max from plaid.api_key
  where key_hash = $1 and ${opens}`

/** One that opens. */
export function findOpenKey(db: Db, keyHash: string): Promise<OpenKey | undefined> {
  return maybeOne(db, { text: opening, values: [keyHash] })
}

/** One that opens, and that it did. Not at each request: that would write a row for each. */
export function openByKey(db: Db, keyHash: string): Promise<OpenKey | undefined> {
  const used = `update plaid.api_key set used_at = now()
    where key_hash = $1 and ${opens}
      and (used_at is null or used_at < now() - interval '1 minute')`
  return maybeOne(db, { text: `with used as (${used}) ${opening}`, values: [keyHash] })
}

const listed = `select id, name, own, scope, per_minute_max, plaid.stamp(created_at) as created_at,
  plaid.stamp(used_at) as used_at, plaid.stamp(expires_at) as expires_at,
  coalesce(expires_at <= now(), false) as expired,
  plaid.stamp(revoked_at) as revoked_at from plaid.api_key`
/** Those that open first. */
const inOrder = 'order by revoked_at desc nulls first, created_at, id'

export function listKeys(db: Db, limit: number): Promise<ApiKey[]> {
  return many(db, { text: `${listed} ${inOrder} limit $1`, values: [limit] })
}

export function keysNamed(db: Db, name: string, limit: number): Promise<ApiKey[]> {
  const statement: Sql = {
    text: `${listed} where name = $1 ${inOrder} limit $2`,
    values: [name, limit],
  }
  return many(db, statement)
}

/** Undefined where there is no such key. */
export function findKey(db: Db, id: string): Promise<ApiKey | undefined> {
  return maybeOne(db, { text: `${listed} where id::text = lower($1)`, values: [id] })
}

/** Of one that is revoked the first time stays. */
export async function revokeKey(db: Db, id: string): Promise<void> {
  await exec(
    db,
    sql`update plaid.api_key set revoked_at = now() where id = ${id} and revoked_at is null`,
  )
}

/**
 * Another one in the place of one that opens, with the same rights until the same end; that one
 * opens for so long yet. Both at once, or neither: undefined where it opens no more.
 */
export async function replaceKey(
  db: Db,
  { id, hash, graceHours }: { id: string; hash: string; graceHours: number },
): Promise<string | undefined> {
  const row = await maybeOne<{ id: string }>(db, {
    text: `with old as (
        select id, name, scope, expires_at, per_minute_max from plaid.api_key
          where id = $1 and not own and ${opens} for update),
      ending as (
        update plaid.api_key key
          set expires_at = least(key.expires_at, now() + $3 * interval '1 hour')
          from old where key.id = old.id)
      insert into plaid.api_key (key_hash, name, own, scope, expires_at, per_minute_max)
      select $2, name, false, scope, expires_at, per_minute_max from old returning id`,
    values: [id, hash, graceHours],
  })
  return row?.id
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
