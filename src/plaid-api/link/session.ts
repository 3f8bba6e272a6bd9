// Linking a bank, or repairing an Item: Plaid's Hosted Link, so that no page of ours touches a
// credential. A session's link token is sealed like an access token, since whoever has it can
// finish the session (L5).
import { ConfigError, TransientError } from '../../std/errors.ts'
import { uuid } from '../../std/ids.ts'
import { hashToken, seal, Secret, unseal } from '../../std/secrets.ts'
import { instantOf } from '../cursor.ts'
import { isUsableId } from '../door.ts'
import { linkedProducts } from '../ingest/products.ts'
import { endedError } from '../item/removal.ts'
import {
  findLinkSession,
  findRepairable,
  insertLinkSession,
  installationOwner,
  linkedItems,
  type LinkSession,
  lostResults,
  type Repairable,
} from '../store/link.ts'
import { collect } from './collect.ts'
import type { LinkContext } from './context.ts'
import type { ItemStatus, LinkedItem, LinkSessionView, LinkStatus } from '../shapes.ts'

export interface LinkRequest {
  /** Whose Item it will be; without one, the installation's own. */
  owner?: string | undefined
  /** Update mode: the Item that is repaired. */
  itemId?: string | undefined
  /** In update mode the person may add accounts, or take some away. */
  selectsAccounts?: boolean | undefined
  /** Where Plaid's page leads when it is done. */
  returnAddress?: string | undefined
}

export async function createLinkSession(
  context: LinkContext,
  request: LinkRequest = {},
): Promise<LinkSessionView> {
  const item = await repairable(context, request)
  const owner = item?.client_user_id ?? request.owner ?? (await installationOwner(context.pool))
  const answer = await context.plaid.linkTokenCreate({
    clientName: context.clientName,
    userId: owner,
    countryCodes: context.countryCodes,
    language: context.language,
    products: linkedProducts(context),
    daysRequested: context.daysRequested,
    ...handedWebhook(context),
    ...(request.returnAddress === undefined
      ? {}
      : { returnAddress: pageAddress(request.returnAddress) }),
    ...(item ? { update: { token: tokenOf(context, item), ...selection(request, item) } } : {}),
  })
  if (!answer.hosted_link_url) {
    throw new ConfigError('HOSTED_LINK_MISSING', 'Plaid gave no Hosted Link; ask it to enable that')
  }
  const url = webAddress(answer.hosted_link_url)
  const expiresAt = instantOf(answer.expiration)
  if (url === undefined || expiresAt === undefined || !isUsableId(answer.link_token)) {
    const sentence = 'Plaid /link/token/create answered with something that is no Hosted Link'
    throw new TransientError('PLAID_ANSWER_INVALID', sentence)
  }
  const sessionId = uuid()
  await insertLinkSession(context.pool, {
    sessionId,
    owner,
    itemId: item?.item_id ?? null,
    sealedToken: seal(context.key, sessionId, new Secret(answer.link_token)),
    tokenHash: hashToken(answer.link_token),
    url,
    expiresAt,
  })
  return readLinkSession(context, sessionId, 'as it is')
}

/** None where Plaid is to send nothing. */
function handedWebhook({ webhook }: LinkContext): { webhook?: string } {
  return webhook ? { webhook } : {}
}

/** What became of a session; asks Plaid, and takes in what it finds. */
export async function readLinkSession(
  context: LinkContext,
  sessionId: string,
  how: 'asking Plaid' | 'as it is' = 'asking Plaid',
): Promise<LinkSessionView> {
  const session = await findLinkSession(context.pool, sessionId)
  if (!session) {
    throw new ConfigError('LINK_SESSION_UNKNOWN', 'there is no such session', { status: 404 })
  }
  const ended = session.status === 'finished' || session.status === 'expired'
  const status = ended || how === 'as it is' ? session.status : await collect(context, session)
  return {
    session_id: sessionId,
    client_user_id: session.client_user_id,
    item_id: session.item_id,
    hosted_link_url: session.hosted_link_url,
    expires_at: session.expires_at,
    status,
    items: await itemsOf(context, session, status),
    lost: await lostResults(context.pool, sessionId),
  }
}

/** Those that were linked, or the one that was repaired. */
async function itemsOf(
  { pool }: LinkContext,
  { session_id: id, item_id: repaired }: LinkSession,
  status: LinkStatus,
): Promise<LinkedItem[]> {
  if (repaired === null) return linkedItems(pool, id)
  const item = status === 'finished' ? await findRepairable(pool, repaired) : undefined
  if (!item) return []
  const { item_id, institution_name, duplicate_of } = item
  return [{ item_id, institution_name, status: item.status, duplicate_of }]
}

async function repairable(
  { pool }: LinkContext,
  { itemId, owner, selectsAccounts }: LinkRequest,
): Promise<Repairable | undefined> {
  if (itemId === undefined) {
    if (selectsAccounts === undefined) return undefined
    const sentence = 'account_selection_enabled is for an Item that is there: give its item_id too'
    throw invalid(sentence, 'account_selection_enabled')
  }
  const item = await findRepairable(pool, itemId)
  if (!item) throw new ConfigError('ITEM_UNKNOWN', `there is no Item ${itemId}`, { status: 404 })
  if (owner !== undefined && owner !== item.client_user_id) {
    throw invalid(`Item ${itemId} has another owner: leave it out`, 'client_user_id')
  }
  requireAlive(item.status)
  return item
}

function pageAddress(text: string): string {
  const address = webAddress(text)
  if (address !== undefined) return address
  throw invalid('completion_redirect_uri is an http or https address', 'completion_redirect_uri')
}

/** A page of the web, and no address with a password in it. */
function webAddress(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPage = url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
  return isPage ? url.href : undefined
}

function invalid(sentence: string, field: string): ConfigError {
  return new ConfigError('REQUEST_INVALID', sentence, { field })
}

function requireAlive(status: ItemStatus): void {
  if (status === 'removed' || status === 'disconnecting') throw endedError('removed')
  if (status === 'erased' || status === 'erasing') throw endedError('erased')
  if (status !== 'replaced') return
  throw new ConfigError('ITEM_HELD', 'this Item is not read: choose what becomes of it first', {
    status: 409,
  })
}

function tokenOf({ key }: LinkContext, item: Repairable): Secret {
  return unseal(key, item.item_id, item.access_token)
}

/** Offered unasked where the bank has new accounts, or the Item is held for those that it has. */
function selection({ selectsAccounts }: LinkRequest, item: Repairable) {
  return { selectsAccounts: selectsAccounts ?? (item.new_accounts || item.status === 'held') }
}
