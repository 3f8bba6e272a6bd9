// Accounts: rewritten when they changed, closed when the bank stops listing them, never dropped,
// so that every transaction keeps its account.
import { type Db, exec, many, sql } from '../../postgres/query.ts'

export interface AccountEntry {
  accountId: string
  body: string
}

/** All that the Item has: what is not among them is closed. */
export async function upsertAccounts(
  db: Db,
  itemId: string,
  entries: AccountEntry[],
): Promise<void> {
  await putAccounts(db, itemId, entries)
  const ids = entries.map((entry) => entry.accountId)
  await exec(
    db,
    sql`update plaid.account set closed_at = clock_timestamp(), updated_at = clock_timestamp()
        where item_id = ${itemId} and closed_at is null and account_id <> all (${ids}::text[])`,
  )
}

/** Some that the Item has. */
export async function putAccounts(db: Db, itemId: string, entries: AccountEntry[]): Promise<void> {
  if (entries.length === 0) return
  const ids = entries.map((entry) => entry.accountId)
  await exec(
    db,
    sql`insert into plaid.account as a (account_id, item_id, body)
        select id, ${itemId}, body
        from unnest(${ids}::text[], ${entries.map((entry) => entry.body)}::text[]) as l (id, body)
        on conflict (account_id) do update
        set item_id = excluded.item_id, body = excluded.body, closed_at = null,
            updated_at = clock_timestamp()
        where a.body <> excluded.body or a.closed_at is not null`,
  )
}

export interface Page {
  /** Rows come after this page. */
  more: boolean
  /** The last row's key, in the order of the page. */
  last: string | null
  /** JSON texts, joined. */
  text: string | null
}

/** Accounts by id after `after`. */
export async function accountPage(
  db: Db,
  request: { after: string; limit: number; itemIds: string[] | null; delimiter: string },
): Promise<Page> {
  const [page] = await many<Page>(
    db,
    sql`select count(*) > ${request.limit} as more,
               max(account_id) filter (where place <= ${request.limit}) as last,
               string_agg(line, ${request.delimiter} order by account_id)
                 filter (where place <= ${request.limit}) as text
        from (
          select account_id collate "C" as account_id,
                 row_number() over (order by account_id collate "C") as place,
                 plaid.row_text(created_at, updated_at, 'closed_at', closed_at, body) as line
          from plaid.account
          where account_id collate "C" > ${request.after}
            and (${request.itemIds}::text[] is null or item_id = any (${request.itemIds}::text[]))
          order by 1 limit ${request.limit} + 1
        ) page`,
  )
  return page ?? { more: false, last: null, text: null }
}

export async function countAccounts(db: Db, itemIds: string[] | null): Promise<number> {
  const [row] = await many<{ n: number }>(
    db,
    sql`select count(*)::int as n from plaid.account
        where ${itemIds}::text[] is null or item_id = any (${itemIds}::text[])`,
  )
  return row?.n ?? 0
}
