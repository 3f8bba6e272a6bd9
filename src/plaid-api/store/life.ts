// The row that an Item's life is kept in: read under its lock, written as the state machine says.
import { type Db, exec, many, maybeOne, sql } from '../../postgres/query.ts'
import type { Life } from '../item/life.ts'

interface LifeRow extends Omit<Life, 'pause'> {
  hasToken: boolean
}

/** Locks the Item's row. With a lease's number: only while that lease is held (L6). */
export function lockLife(
  db: Db,
  itemId: string,
  lease: string | null = null,
): Promise<LifeRow | undefined> {
  return maybeOne(
    db,
    sql`select status, error_code as code, error_message as message, failures,
               plaid.stamp(consent_expires_at) as "consentEndsAt",
               plaid.stamp(disconnect_at) as "disconnectAt", new_accounts as "newAccounts",
               access_token <> '' as "hasToken"
        from plaid.item
        where item_id = ${itemId} and (${lease}::bigint is null or lease = ${lease}::bigint)
        for update`,
  )
}

/** In so many milliseconds. */
export type NextAt = number | 'kept' | 'never'

export async function saveLife(db: Db, itemId: string, life: Life, next: NextAt): Promise<void> {
  const ms = typeof next === 'number' ? next : null
  await exec(
    db,
    sql`update plaid.item
        set status = ${life.status}, error_code = ${life.code}, error_message = ${life.message},
            failures = ${life.failures}, consent_expires_at = ${life.consentEndsAt},
            disconnect_at = ${life.disconnectAt}, new_accounts = ${life.newAccounts},
            next_pull_at = case when ${next === 'kept'} then next_pull_at
              else coalesce(now() + ${ms}::float8 * interval '1 ms', 'infinity') end
        where item_id = ${itemId}`,
  )
}

export async function notePulledAt(db: Db, itemId: string): Promise<void> {
  await exec(db, sql`update plaid.item set pulled_at = now() where item_id = ${itemId}`)
}

/** Whoever pulls it now commits nothing more (L6): what it is told is older than this. */
export async function fenceItem(db: Db, itemId: string): Promise<void> {
  await exec(
    db,
    sql`update plaid.item set lease = lease + 1, lease_until = '-infinity'
        where item_id = ${itemId}`,
  )
}

/** Null: Plaid names no end. */
export async function noteConsent(db: Db, itemId: string, endsAt: string | null): Promise<void> {
  await exec(
    db,
    sql`update plaid.item set consent_expires_at = ${endsAt}
        where item_id = ${itemId} and consent_expires_at is distinct from ${endsAt}::timestamptz`,
  )
}

/** What Plaid says of the Item itself, as the last part of a body. */
export async function noteBank(db: Db, itemId: string, bank: string): Promise<void> {
  await exec(
    db,
    sql`update plaid.item set bank = ${bank} where item_id = ${itemId} and bank <> ${bank}`,
  )
}

export async function setDuplicate(
  db: Db,
  itemId: string,
  duplicateOf: string | null,
): Promise<void> {
  await exec(
    db,
    sql`update plaid.item set duplicate_of = ${duplicateOf}
        where item_id = ${itemId}`,
  )
}

export async function setCompared(db: Db, itemId: string, compared: boolean): Promise<void> {
  await exec(db, sql`update plaid.item set compared = ${compared} where item_id = ${itemId}`)
}

export async function setReplacedBy(db: Db, itemId: string, by: string | null): Promise<void> {
  await exec(db, sql`update plaid.item set replaced_by = ${by} where item_id = ${itemId}`)
}

/** Items that are held as second links of this one. */
export function heldFor(db: Db, itemId: string): Promise<string[]> {
  return idsOf(
    db,
    sql`select item_id from plaid.item where duplicate_of = ${itemId} and status = 'held'
        order by item_id for update`,
  )
}

/** Items whose place this one takes and that are not erased yet. */
export function replacedItems(db: Db, itemId: string): Promise<string[]> {
  return idsOf(
    db,
    sql`select item_id from plaid.item where replaced_by = ${itemId} and status <> 'erased'
        order by item_id for update`,
  )
}

/** Those of them that this one has read for, to the end of its history: they may go. */
export function outlivedItems(db: Db, itemId: string): Promise<string[]> {
  return idsOf(
    db,
    sql`select old.item_id from plaid.item old join plaid.item n on n.item_id = old.replaced_by
        where n.item_id = ${itemId} and n.history_complete and old.status = 'replaced'
        order by old.item_id for update of old`,
  )
}

/** Items whose end was asked for and is not done, and that nobody is at. */
export function endingItemIds(db: Db, limit: number): Promise<string[]> {
  return idsOf(
    db,
    sql`select item_id from plaid.item
        where status in ('disconnecting', 'erasing') and next_pull_at <= now()
          and (lease_until < now() or lease_until > now() + interval '1 hour')
        order by next_pull_at limit ${limit}`,
  )
}

async function idsOf(db: Db, statement: ReturnType<typeof sql>): Promise<string[]> {
  const rows = await many<{ item_id: string }>(db, statement)
  return rows.map((row) => row.item_id)
}
