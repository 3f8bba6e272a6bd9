// Which of an owner's Items has an account that a new one brings too; and inside an Item, which
// account has come back under another id.
import { type Db, exec, many, maybeOne, sql } from '../../postgres/query.ts'
import type { KnownAccount, Likeness } from '../item/likeness.ts'

/** Whoever compares Items of an owner has it alone until the commit: of two, one sees the other. */
export async function lockOwner(db: Db, owner: string): Promise<void> {
  await exec(db, sql`select pg_advisory_xact_lock(hashtextextended(${`plaid owner ${owner}`}, 0))`)
}

export interface Newcomer {
  /** Null before its public token is exchanged. */
  itemId: string | null
  /** Null: the installation's own. */
  owner: string | null
  institutionId: string | null
  accounts: Likeness[]
}

/**
 * The Item of the same owner and institution with the most accounts in common, a living one first;
 * undefined where there is none. Two accounts that both have a persistent id are told apart by it.
 * What a whole list of the newcomer's has had was compared then, and is its own.
 */
export async function findDuplicate(db: Db, one: Newcomer): Promise<string | undefined> {
  const likenesses = one.accounts.map((account) => account.likeness)
  const persistentIds = one.accounts.map((account) => account.persistentId)
  const found = await maybeOne<{ item_id: string }>(
    db,
    sql`select i.item_id
        from (
          select likeness, persistent
          from unnest(${likenesses}::text[], ${persistentIds}::text[]) as l (likeness, persistent)
          where not exists (
            select 1 from plaid.account own where own.item_id = ${one.itemId} and own.listed
              and (own.persistent_account_id = l.persistent or own.likeness = l.likeness))
        ) n
        join plaid.account a
          on a.persistent_account_id = n.persistent
          or (a.likeness = n.likeness
              and (a.persistent_account_id is null or n.persistent is null))
        join plaid.item i on i.item_id = a.item_id
        where a.replaced_by is null
          and i.client_user_id =
              coalesce(${one.owner}, (select client_user_id from plaid.installation))
          and i.institution_id is not distinct from ${one.institutionId}
          and i.item_id is distinct from ${one.itemId}
          and i.status not in ('erasing', 'erased')
          and (${one.itemId}::text is null or i.replaced_by is distinct from ${one.itemId})
        group by i.item_id
        order by i.pulled desc, count(*) desc, i.created_at, i.item_id limit 1`,
  )
  return found?.item_id
}

/** Whether its owner has another Item at the same institution: it could be a second link. */
export async function hasSibling(db: Db, itemId: string): Promise<boolean> {
  const row = await maybeOne(
    db,
    sql`select 1 as found from plaid.item i
        where i.item_id = ${itemId} and exists (
          select 1 from plaid.item o
          where o.client_user_id = i.client_user_id and o.item_id <> i.item_id
            and o.institution_id is not distinct from i.institution_id
            and o.replaced_by is distinct from i.item_id
            and o.status not in ('erasing', 'erased'))`,
  )
  return row !== undefined
}

/** The Item's accounts that have no successor yet, closed ones too. */
export function knownAccounts(db: Db, itemId: string): Promise<KnownAccount[]> {
  return many(
    db,
    sql`select account_id as "accountId", likeness, persistent_account_id as "persistentId",
               listed
        from plaid.account where item_id = ${itemId} and replaced_by is null
        order by closed_at desc nulls first, account_id`,
  )
}

/** Until it is settled, the Item is looked through for what was left behind. */
export async function setSuccessors(
  db: Db,
  itemId: string,
  pairs: { accountId: string; by: string }[],
): Promise<void> {
  await exec(
    db,
    sql`update plaid.account a set replaced_by = n.by
        from unnest(${pairs.map((p) => p.accountId)}::text[], ${pairs.map((p) => p.by)}::text[])
          as n (id, by)
        where a.account_id = n.id`,
  )
  await exec(db, sql`update plaid.item set churned = true where item_id = ${itemId}`)
}

/**
 * Of accounts that pages brought anew, one is like another that has rows: whether that one has come
 * back under this id, a whole list of accounts tells, or a whole reading.
 */
export async function noteChurn(db: Db, itemId: string, fresh: string[]): Promise<void> {
  await exec(
    db,
    sql`update plaid.item set churned = true
        where item_id = ${itemId} and exists (
          select 1 from plaid.account n
          join plaid.account a
            on a.item_id = n.item_id and a.account_id <> n.account_id and a.replaced_by is null
            and (a.persistent_account_id = n.persistent_account_id
                 or (a.likeness = n.likeness
                     and (a.persistent_account_id is null or n.persistent_account_id is null)))
          where n.account_id = any (${fresh}::text[]) and exists (
            select 1 from plaid.transaction t
            where t.account_id = a.account_id and t.deleted_at is null))`,
  )
}

/** A whole reading takes out what it did not see: nothing that came before it is left behind. */
export async function noteSwept(db: Db, itemId: string): Promise<void> {
  await exec(db, sql`update plaid.item set churned = false where item_id = ${itemId} and churned`)
}

/**
 * Stages the removal of what the Item's complete loop brings anew: rows of accounts that have come
 * back under other ids. So they go with the rows that replace them, batch by batch, and nothing is
 * there twice (L1). Before its history is complete, only from the day on from which the successor
 * has rows. What the loop itself says of such an account is as old as the account; a row that it
 * says to be of another one stays.
 */
export function stageReplacedAccounts(db: Db, itemId: string): Promise<number> {
  return exec(
    db,
    sql`insert into plaid.staged (item_id, purpose, transaction_id, account_id, removed, body)
        select l.item_id, 'pull', old.transaction_id, a.account_id, true,
               plaid.tombstone(old.transaction_id, a.account_id, l.item_id)
        from plaid.loop l
        join plaid.account a on a.item_id = l.item_id and a.replaced_by is not null
        cross join lateral (
          select least(
            (select min(date) from plaid.staged s
             where s.item_id = l.item_id and s.purpose = 'pull'
               and s.account_id = a.replaced_by and not s.removed),
            (select min(date) from plaid.transaction n
             where n.account_id = a.replaced_by and n.deleted_at is null)) as first_day
        ) successor
        cross join lateral (
          select t.transaction_id, t.date from plaid.transaction t
          where t.account_id = a.account_id and t.deleted_at is null
            and not exists (select 1 from plaid.staged s
                            where s.item_id = l.item_id and s.purpose = 'pull'
                              and s.transaction_id = t.transaction_id
                              and s.account_id <> a.account_id and not s.removed)
          union
          select s.transaction_id, s.date from plaid.staged s
          where s.item_id = l.item_id and s.purpose = 'pull'
            and s.account_id = a.account_id and not s.removed
        ) old
        where l.item_id = ${itemId} and l.complete and l.purpose = 'pull'
          and (old.date >= successor.first_day
               or (l.history_complete and successor.first_day is not null))`,
  )
}

/** The same for the rows of whole Items whose place this one takes. */
export function stageReplacedItems(db: Db, itemId: string): Promise<number> {
  return exec(
    db,
    sql`insert into plaid.staged (item_id, purpose, transaction_id, account_id, removed, body)
        select l.item_id, 'pull', t.transaction_id, t.account_id, true,
               plaid.tombstone(t.transaction_id, t.account_id, t.item_id)
        from plaid.loop l
        join plaid.item old on old.replaced_by = l.item_id and old.status = 'replaced'
        join plaid.transaction t on t.item_id = old.item_id and t.deleted_at is null
        where l.item_id = ${itemId} and l.complete and l.purpose = 'pull'
          and (l.history_complete or t.date >= (
            select least(
              (select min(date) from plaid.staged s
               where s.item_id = l.item_id and s.purpose = 'pull' and not s.removed),
              (select min(date) from plaid.transaction n
               where n.item_id = l.item_id and n.deleted_at is null))))
          and not exists (select 1 from plaid.staged s
                          where s.item_id = l.item_id and s.purpose = 'pull'
                            and s.transaction_id = t.transaction_id)`,
  )
}

/** Of an Item whose place another took: there already, by that one's account. */
export async function dropEmptyAccounts(db: Db, itemId: string): Promise<void> {
  await exec(
    db,
    sql`delete from plaid.account a
        where a.item_id = ${itemId}
          and not exists (select 1 from plaid.transaction t
                          where t.account_id = a.account_id and t.deleted_at is null)`,
  )
}

/**
 * Whether an Item whose accounts came back under other ids still has rows of one that has a
 * successor, or beside those that only pages have shown: such a one came and went between two
 * lists, or there is no list now. Only a whole reading tells what has become of them.
 */
export async function leavesRowsBehind(db: Db, itemId: string): Promise<boolean> {
  const row = await maybeOne(
    db,
    sql`select 1 as found from plaid.item i
        where i.item_id = ${itemId} and i.churned and exists (
          select 1 from plaid.transaction t
          where t.item_id = i.item_id and t.deleted_at is null
            and not exists (select 1 from plaid.account a
                            where a.account_id = t.account_id and a.replaced_by is null
                              and a.listed))`,
  )
  return row !== undefined
}

/**
 * Accounts without a transaction go where their Item shows them by another id, and where no whole
 * list of their bank had them before one was without them.
 */
export async function settleAccounts(db: Db, itemId: string): Promise<void> {
  await exec(
    db,
    sql`delete from plaid.account a
        where a.item_id = ${itemId}
          and (a.replaced_by is not null or (not a.listed and a.closed_at is not null))
          and not exists (select 1 from plaid.transaction t
                          where t.account_id = a.account_id and t.deleted_at is null)`,
  )
  if (await leavesRowsBehind(db, itemId)) return // its history is not complete: once more then
  await exec(db, sql`update plaid.item set churned = false where item_id = ${itemId} and churned`)
}
