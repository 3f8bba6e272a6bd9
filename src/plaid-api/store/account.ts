// Accounts: rewritten when they changed, closed when the bank stops listing them, never dropped,
// so that every transaction keeps its account. Triggers bring what changes into the feed.
import { type Db, many, one, sql } from '../../postgres/query.ts'
import type { Likeness } from '../item/likeness.ts'

export interface AccountEntry extends Likeness {
  accountId: string
  body: string
}

/**
 * All that the Item has: what is not among them is closed. Gives how many of them another Item
 * has, which keeps them.
 */
export async function upsertAccounts(
  db: Db,
  itemId: string,
  entries: AccountEntry[],
): Promise<number> {
  await putAccounts(db, itemId, entries, true)
  const ids = entries.map((entry) => entry.accountId)
  const { n } = await one<{ n: number }>(
    db,
    sql`with closed as (
          update plaid.account set closed_at = clock_timestamp()
          where item_id = ${itemId} and closed_at is null and account_id <> all (${ids}::text[])
        )
        select count(*)::int as n from plaid.account
        where account_id = any (${ids}::text[]) and item_id <> ${itemId}`,
  )
  return n
}

/**
 * Some that the Item has, as pages bring them; gives the ids of those that are new. What a whole
 * list said of an account's end is not taken back by a page, which may be older.
 */
export function putPagedAccounts(
  db: Db,
  itemId: string,
  entries: AccountEntry[],
): Promise<string[]> {
  return putAccounts(db, itemId, entries, false)
}

async function putAccounts(
  db: Db,
  itemId: string,
  entries: AccountEntry[],
  listed: boolean,
): Promise<string[]> {
  if (entries.length === 0) return []
  const ids = entries.map((entry) => entry.accountId)
  const rows = await many<{ id: string; is_new: boolean }>(
    db,
    sql`insert into plaid.account as a
          (account_id, item_id, body, likeness, persistent_account_id, listed)
        select id, ${itemId}, body, likeness, persistent, ${listed}
        from unnest(${ids}::text[], ${entries.map((entry) => entry.body)}::text[],
                    ${entries.map((entry) => entry.likeness)}::text[],
                    ${entries.map((entry) => entry.persistentId)}::text[])
          as l (id, body, likeness, persistent)
        on conflict (account_id) do update
        set item_id = excluded.item_id, body = excluded.body, likeness = excluded.likeness,
            persistent_account_id = excluded.persistent_account_id, closed_at = null,
            replaced_by = null, listed = a.listed or excluded.listed
        where (a.body <> excluded.body or a.closed_at is not null or a.replaced_by is not null
               or a.listed < excluded.listed)
          and (excluded.listed or a.replaced_by is null)
          and (a.item_id = excluded.item_id or exists (
            select from plaid.item i
            where i.item_id = a.item_id and i.replaced_by = excluded.item_id))
        returning account_id as id, a.xmax = 0 as is_new`,
  )
  return rows.filter((row) => row.is_new).map((row) => row.id)
}
