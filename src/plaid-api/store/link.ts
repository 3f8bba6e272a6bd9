// Link sessions, and which public tokens were exchanged already.
import { type Db, exec, many, maybeOne, one, sql } from '../../postgres/query.ts'
import type { LinkedItem, LinkStatus } from '../shapes.ts'

export interface LinkSession {
  session_id: string
  client_user_id: string
  /** Update mode: the Item that is repaired. */
  item_id: string | null
  /** Sealed, with the session's id as associated data. */
  link_token: string
  hosted_link_url: string
  expires_at: string
  expired: boolean
  status: LinkStatus
}

export interface NewLinkSession {
  sessionId: string
  owner: string
  itemId: string | null
  sealedToken: string
  tokenHash: string
  url: string
  expiresAt: string
}

/**
 * An end that is over before it began is of a clock that stands elsewhere, as the emulated banks'
 * may: a link token lives for four hours.
 */
export async function insertLinkSession(db: Db, session: NewLinkSession): Promise<void> {
  await exec(
    db,
    sql`insert into plaid.link_session (session_id, client_user_id, item_id, link_token,
          link_token_hash, hosted_link_url, expires_at)
        values (${session.sessionId}, ${session.owner}, ${session.itemId},
                ${session.sealedToken}, ${session.tokenHash}, ${session.url},
                case when ${session.expiresAt}::timestamptz > now() then ${session.expiresAt}
                     else now() + interval '4 hours' end)`,
  )
}

export function findLinkSession(db: Db, sessionId: string): Promise<LinkSession | undefined> {
  return maybeOne(
    db,
    sql`select session_id, client_user_id, item_id, link_token, hosted_link_url,
               plaid.stamp(expires_at) as expires_at, expires_at < now() as expired, status
        from plaid.link_session where session_id = ${sessionId}`,
  )
}

/**
 * Sessions whose time to be looked at has come, each claimed until the next: the longer a person is
 * at it, the less often (a tenth of its age, between five seconds and five minutes). A session is
 * looked at once more after it expired, finished ones too, since its page may be used again; a look
 * that fails is made up for, for a day: Plaid remembers for six hours what was done.
 */
export function claimSessions(db: Db, limit: number): Promise<LinkSession[]> {
  return many(
    db,
    sql`with due as (
          select session_id from plaid.link_session
          where look_at < 'infinity' and look_at <= now()
          order by look_at limit ${limit} for update skip locked
        )
        update plaid.link_session s
        set look_at = case when expires_at < now() - interval '1 day' then 'infinity' else
              now() + least(greatest((now() - created_at) / 10, interval '5 s'), interval '5 min')
            end
        from due where s.session_id = due.session_id
        returning s.session_id, s.client_user_id, s.item_id, s.link_token, s.hosted_link_url,
                  plaid.stamp(s.expires_at) as expires_at, s.expires_at < now() as expired,
                  s.status`,
  )
}

/** Somebody was there: it is looked at now. False where there is no such session open. */
export async function lookNow(db: Db, tokenHash: string): Promise<boolean> {
  const found = await exec(
    db,
    sql`update plaid.link_session set look_at = now()
        where link_token_hash = ${tokenHash} and look_at < 'infinity'`,
  )
  return found > 0
}

/** It need not be looked at any more. */
export async function closeLinkSession(db: Db, sessionId: string): Promise<void> {
  await exec(
    db,
    sql`update plaid.link_session set look_at = 'infinity' where session_id = ${sessionId}`,
  )
}

/**
 * Locks the session for an exchange, which may take as long as Plaid does; false while another
 * has it. Nobody waits for the lock, so that slow exchanges take up no connections.
 */
export async function lockLinkSession(db: Db, sessionId: string): Promise<boolean> {
  await exec(db, sql`set local idle_in_transaction_session_timeout = '10min'`)
  const row = await maybeOne(
    db,
    sql`select 1 as locked from plaid.link_session where session_id = ${sessionId}
        for update skip locked`,
  )
  return row !== undefined
}

export async function setLinkStatus(db: Db, sessionId: string, status: LinkStatus): Promise<void> {
  await exec(
    db,
    sql`update plaid.link_session set status = ${status} where session_id = ${sessionId}`,
  )
}

export async function isExchanged(db: Db, publicTokenHash: string): Promise<boolean> {
  const row = await maybeOne(
    db,
    sql`select 1 as found from plaid.link_result where public_token_hash = ${publicTokenHash}`,
  )
  return row !== undefined
}

/** Without an Item: the token was spent, and what it was spent for is lost. */
export async function noteExchanged(
  db: Db,
  publicTokenHash: string,
  sessionId: string,
  itemId: string | null,
): Promise<void> {
  await exec(
    db,
    sql`insert into plaid.link_result (public_token_hash, session_id, item_id)
        values (${publicTokenHash}, ${sessionId}, ${itemId})
        on conflict (public_token_hash) do update
        set item_id = coalesce(excluded.item_id, plaid.link_result.item_id)`,
  )
}

export function linkedItems(db: Db, sessionId: string): Promise<LinkedItem[]> {
  return many(
    db,
    sql`select r.item_id, i.institution_name, i.status, i.duplicate_of
        from plaid.link_result r join plaid.item i on i.item_id = r.item_id
        where r.session_id = ${sessionId} order by r.item_id`,
  )
}

export async function lostResults(db: Db, sessionId: string): Promise<number> {
  const row = await one<{ n: number }>(
    db,
    sql`select count(*)::int as n from plaid.link_result
        where session_id = ${sessionId} and item_id is null`,
  )
  return row.n
}

export interface Repairable extends LinkedItem {
  client_user_id: string
  /** Sealed. */
  access_token: string
  new_accounts: boolean
}

export function findRepairable(db: Db, itemId: string): Promise<Repairable | undefined> {
  return maybeOne(
    db,
    sql`select item_id, institution_name, status, duplicate_of, client_user_id, access_token,
               new_accounts
        from plaid.item where item_id = ${itemId}`,
  )
}

/** The owner of all that is linked without naming one. */
export async function installationOwner(db: Db): Promise<string> {
  const row = await one<{ client_user_id: string }>(
    db,
    sql`select client_user_id from plaid.installation`,
  )
  return row.client_user_id
}

/** Sessions older than `days` are of no use to anybody. */
export function pruneLinkSessions(db: Db, days: number): Promise<number> {
  return exec(
    db,
    sql`delete from plaid.link_session
        where expires_at < now() - ${days} * interval '1 day'`,
  )
}
