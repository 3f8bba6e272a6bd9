// Link sessions, and which public tokens were exchanged already.
import { type Db, exec, many, maybeOne, sql } from '../../postgres/query.ts'

export type LinkStatus = 'open' | 'finished' | 'exited' | 'expired'

export interface LinkSession {
  session_id: string
  /** Sealed, with the session's id as associated data. */
  link_token: string
  hosted_link_url: string
  expires_at: string
  expired: boolean
  status: LinkStatus
}

export interface NewLinkSession {
  sessionId: string
  sealedToken: string
  url: string
  expiresAt: string
}

export async function insertLinkSession(db: Db, session: NewLinkSession): Promise<void> {
  await exec(
    db,
    sql`insert into plaid.link_session (session_id, link_token, hosted_link_url, expires_at)
        values (${session.sessionId}, ${session.sealedToken}, ${session.url},
                ${session.expiresAt})`,
  )
}

export function findLinkSession(db: Db, sessionId: string): Promise<LinkSession | undefined> {
  return maybeOne(
    db,
    sql`select session_id, link_token, hosted_link_url, plaid.stamp(expires_at) as expires_at,
               expires_at < now() as expired, status
        from plaid.link_session where session_id = ${sessionId}`,
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

export async function noteExchanged(
  db: Db,
  publicTokenHash: string,
  sessionId: string,
  itemId: string,
): Promise<void> {
  await exec(
    db,
    sql`insert into plaid.link_result (public_token_hash, session_id, item_id)
        values (${publicTokenHash}, ${sessionId}, ${itemId})`,
  )
}

export function linkedItems(db: Db, sessionId: string) {
  return many<{ item_id: string; institution_name: string | null; status: string }>(
    db,
    sql`select r.item_id, i.institution_name, i.status
        from plaid.link_result r join plaid.item i on i.item_id = r.item_id
        where r.session_id = ${sessionId} order by r.item_id`,
  )
}
