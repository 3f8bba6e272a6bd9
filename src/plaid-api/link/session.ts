// Linking a bank: Plaid's Hosted Link, so that no page of ours touches a credential. A session's
// link token is sealed like an access token, since whoever has it can finish the session (L5).
import type { LinkTokenGetSessionsResponse } from 'plaid'
import { ConfigError } from '../std/errors.ts'
import { alphanumericId, uuid } from '../std/ids.ts'
import { hashToken, seal, type SealingKey, Secret, unseal } from '../std/secrets.ts'
import type { PlaidClient } from '../plaid/client.ts'
import type { Pool } from '../postgres/pool.ts'
import { type Db, tx } from '../postgres/query.ts'
import type { Institution } from './row.ts'
import { insertItem } from './store/item.ts'
import {
  findLinkSession,
  insertLinkSession,
  isExchanged,
  linkedItems,
  type LinkSession,
  type LinkStatus,
  lockLinkSession,
  noteExchanged,
  setLinkStatus,
} from './store/link.ts'

export interface LinkContext {
  pool: Pool
  plaid: PlaidClient
  key: SealingKey
  clientName: string
  daysRequested: number
  webhookUrl?: string
}

export interface LinkSessionView {
  session_id: string
  hosted_link_url: string
  expires_at: string
  status: LinkStatus
  items: { item_id: string; institution_name: string | null; status: string }[]
}

export async function createLinkSession(context: LinkContext): Promise<LinkSessionView> {
  const answer = await context.plaid.linkTokenCreate({
    clientName: context.clientName,
    userId: alphanumericId(20), // Plaid wants an id of the user's, and no personal data in it
    daysRequested: context.daysRequested,
    ...(context.webhookUrl === undefined ? {} : { webhook: context.webhookUrl }),
  })
  const url = answer.hosted_link_url
  if (!url) {
    throw new ConfigError('HOSTED_LINK_MISSING', 'Plaid gave no Hosted Link; ask it to enable that')
  }
  const sessionId = uuid()
  await insertLinkSession(context.pool, {
    sessionId,
    sealedToken: seal(context.key, sessionId, new Secret(answer.link_token)),
    url,
    expiresAt: answer.expiration,
  })
  return {
    session_id: sessionId,
    hosted_link_url: url,
    expires_at: answer.expiration,
    status: 'open',
    items: [],
  }
}

/** What became of a session; exchanges what it finds. */
export async function readLinkSession(
  context: LinkContext,
  sessionId: string,
): Promise<LinkSessionView> {
  const session = await findLinkSession(context.pool, sessionId)
  if (!session) {
    throw new ConfigError('LINK_SESSION_UNKNOWN', 'there is no such session', { status: 404 })
  }
  const ended = session.status === 'finished' || session.status === 'expired'
  return {
    session_id: sessionId,
    hosted_link_url: session.hosted_link_url,
    expires_at: session.expires_at,
    status: ended ? session.status : await collect(context, session),
    items: await linkedItems(context.pool, sessionId),
  }
}

async function collect(context: LinkContext, session: LinkSession): Promise<LinkStatus> {
  const token = unseal(context.key, session.session_id, session.link_token).reveal()
  const answer = await context.plaid.linkTokenGet(token)
  const sessions = answer.link_sessions ?? []
  const results = sessions.flatMap((one) => one.results?.item_add_results ?? [])
  for (const { public_token: publicToken, institution } of results) {
    const { institution_id: id = null, name = null } = institution ?? {}
    const done = await exchangeOnce(context, session, new Secret(publicToken), { id, name })
    if (!done) return session.status // another reader is at it
  }
  const status = results.length > 0 ? 'finished' : unfinished(sessions, session)
  if (status !== session.status) await setLinkStatus(context.pool, session.session_id, status)
  return status
}

/** Whoever left may come back by the same page, until it expires. */
function unfinished(sessions: LinkTokenGetSessionsResponse[], session: LinkSession): LinkStatus {
  if (session.expired) return 'expired'
  const exited = sessions.some((one) => one.exit !== undefined && one.exit !== null)
  return exited ? 'exited' : 'open'
}

/** False while another reader has the session: a public token can be exchanged once only. */
function exchangeOnce(
  context: LinkContext,
  session: LinkSession,
  publicToken: Secret,
  institution: Institution,
): Promise<boolean> {
  const hash = hashToken(publicToken.reveal())
  return tx(context.pool, async (db) => {
    if (!(await lockLinkSession(db, session.session_id))) return false
    if (await isExchanged(db, hash)) return true
    const itemId = await exchange(context, db, publicToken, institution)
    await noteExchanged(db, hash, session.session_id, itemId)
    return true
  })
}

/**
 * Exchanges a public token and keeps the Item; the poll pulls it at once. Nothing that may fail
 * comes between: an access token that is not kept is lost, and its public token is spent.
 */
export async function exchange(
  context: LinkContext,
  db: Db,
  publicToken: Secret,
  institution: Institution,
): Promise<string> {
  const answer = await context.plaid.publicTokenExchange(publicToken)
  await insertItem(db, {
    itemId: answer.item_id,
    institutionId: institution.id,
    institutionName: institution.name,
    sealedToken: seal(context.key, answer.item_id, new Secret(answer.access_token)),
  })
  return answer.item_id
}
