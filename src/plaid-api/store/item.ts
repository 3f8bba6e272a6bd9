// Items, and the lease under which one of them is pulled. The lease's number is the fence (L6):
// every transaction that writes for an Item checks it, so that a pull that lost its turn commits
// nothing.
import { ConfigError, TransientError } from '../../std/errors.ts'
import { type Db, exec, many, maybeOne, sql } from '../../postgres/query.ts'
import type { ItemStatus } from '../shapes.ts'

export interface LeasedItem {
  item_id: string
  client_user_id: string
  institution_id: string | null
  institution_name: string | null
  /** Sealed. */
  access_token: string
  status: ItemStatus
  /** With its owner's other Items: nothing is read before. */
  compared: boolean
  cursor: string
  failures: number
  lease: string
  /** For how long it has been linked. */
  age_ms: number
  /** By the database's clock. */
  leased_at: string
}

export function institutionOf(item: LeasedItem): { id: string | null; name: string | null } {
  return { id: item.institution_id, name: item.institution_name }
}

export interface NewItem {
  itemId: string
  /** Null: the installation's own. */
  owner: string | null
  institutionId: string | null
  institutionName: string | null
  sealedToken: string
  /** The Item of which it is known to be a second link. */
  duplicateOf: string | null
}

export async function insertItem(db: Db, item: NewItem): Promise<void> {
  const status: ItemStatus = item.duplicateOf === null ? 'linked' : 'held'
  await exec(
    db,
    sql`insert into plaid.item (item_id, client_user_id, institution_id, institution_name,
          access_token, status, duplicate_of)
        values (${item.itemId},
                coalesce(${item.owner}, (select client_user_id from plaid.installation)),
                ${item.institutionId}, ${item.institutionName}, ${item.sealedToken}, ${status},
                ${item.duplicateOf})
        on conflict (item_id) do update
        set access_token = excluded.access_token, institution_id = excluded.institution_id,
            institution_name = excluded.institution_name, status = excluded.status,
            duplicate_of = excluded.duplicate_of, error_code = null, error_message = null,
            failures = 0, next_pull_at = now()`,
  )
}

/** The ids after `after` of Items that can be pulled: a keyset page, so that any number fits. */
export async function pullableItemIds(db: Db, after: string, limit: number): Promise<string[]> {
  const rows = await many<{ item_id: string }>(
    db,
    sql`select item_id from plaid.item where item_id > ${after} and pulled
        order by item_id limit ${limit}`,
  )
  return rows.map((row) => row.item_id)
}

/** Takes the lease of an Item that is pulled; undefined while somebody else holds it. */
export function takeLease(db: Db, itemId: string, ms: number): Promise<LeasedItem | undefined> {
  return lease(db, itemId, ms, true)
}

/** Takes the lease of any Item, also of one that is to end. */
export function takeAnyLease(db: Db, itemId: string, ms: number): Promise<LeasedItem | undefined> {
  return lease(db, itemId, ms, false)
}

function lease(
  db: Db,
  itemId: string,
  ms: number,
  onlyPulled: boolean,
): Promise<LeasedItem | undefined> {
  return maybeOne(
    db,
    sql`update plaid.item
        set lease = lease + 1, lease_until = now() + ${ms} * interval '1 ms'
        where item_id = ${itemId} and (pulled or not ${onlyPulled})
          and (lease_until < now() or lease_until > now() + 2 * ${ms} * interval '1 ms')
        returning item_id, client_user_id, institution_id, institution_name, access_token, status,
                  compared, cursor, failures, lease,
                  (extract(epoch from now() - created_at) * 1000)::float8 as age_ms,
                  plaid.stamp(now()) as leased_at`,
  )
}

export async function itemStatus(db: Db, itemId: string): Promise<ItemStatus> {
  const row = await maybeOne<{ status: ItemStatus }>(
    db,
    sql`select status from plaid.item where item_id = ${itemId}`,
  )
  if (!row) throw new ConfigError('ITEM_UNKNOWN', `there is no Item ${itemId}`, { status: 404 })
  return row.status
}

export interface DueItem {
  item_id: string
  /** Plaid has told of something. */
  news: boolean
}

/** Items whose time has come and that nobody pulls, those with news first; `failing`: last time. */
export function dueItems(db: Db, failing: boolean, limit: number): Promise<DueItem[]> {
  const isAmong = failing ? 'failures > 0' : 'failures = 0' // as its index has it
  return many(db, {
    text: `select item_id, news from (
        (select i.item_id, true as news
         from plaid.item_news n join plaid.item i on i.item_id = n.item_id
         where pulled and ${isAmong}
           and (lease_until < now() or lease_until > now() + interval '1 hour')
         order by n.since limit $1)
        union all
        (select item_id, false from plaid.item i
         where next_pull_at <= now() and pulled and ${isAmong}
           and (lease_until < now() or lease_until > now() + interval '1 hour')
           and not exists (select from plaid.item_news n where n.item_id = i.item_id)
         order by next_pull_at limit $1)
        ) due order by news desc limit $1`,
    values: [limit],
  })
}

export async function renewLease(db: Db, item: LeasedItem, ms: number): Promise<void> {
  const changed = await exec(
    db,
    sql`update plaid.item set lease_until = now() + ${ms} * interval '1 ms'
        where item_id = ${item.item_id} and lease = ${item.lease}`,
  )
  if (changed === 0) throw lost(item)
}

/** Call it first in every transaction that writes for the Item. */
export async function checkLease(db: Db, item: LeasedItem): Promise<void> {
  const row = await maybeOne(
    db,
    sql`select 1 as held from plaid.item
        where item_id = ${item.item_id} and lease = ${item.lease} for update`,
  )
  if (!row) throw lost(item)
}

function lost(item: LeasedItem): TransientError {
  return new TransientError('LEASE_LOST', `another pull of Item ${item.item_id} took over`)
}

/** It is due, behind all that are due already. */
export async function waitBehind(db: Db, item: LeasedItem): Promise<void> {
  await exec(
    db,
    sql`update plaid.item set next_pull_at = now()
        where item_id = ${item.item_id} and lease = ${item.lease}`,
  )
}

export async function releaseLease(db: Db, item: LeasedItem): Promise<void> {
  await exec(
    db,
    sql`update plaid.item set lease_until = '-infinity'
        where item_id = ${item.item_id} and lease = ${item.lease}`,
  )
}

/** Compare-and-set on the cursor that the loop began with (L1). */
export async function moveCursor(
  db: Db,
  item: LeasedItem,
  from: string,
  to: string,
  historyComplete: boolean,
): Promise<void> {
  const moved = await exec(
    db,
    sql`update plaid.item
        set cursor = ${to}, history_complete = history_complete or ${historyComplete}
        where item_id = ${item.item_id} and cursor = ${from} and lease = ${item.lease}`,
  )
  if (moved === 0) throw lost(item)
}
