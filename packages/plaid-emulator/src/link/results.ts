// What came of a Link session, in Plaid's shapes: in `/link/token/get`, in webhooks, and for the
// callbacks of an application's page.
import type { LinkRecord, LinkSession, SessionEvent } from '../bank/state.ts'
import type { Bank } from '../bank/bank.ts'
import { publicTokenOf } from '../bank/tokens.ts'
import { PlaidFault } from '../fault.ts'
import { linkErrorOf } from './directory.ts'
import type { Effect } from './flow.ts'
import type { OpenSession } from './open-session.ts'
import type { WebhookPayload } from '../webhooks/payloads.ts'
import { instantText } from '../world/calendar.ts'
import { institutionById } from '../world/institutions.ts'

interface Named {
  institution_id: string
  name: string
}

interface AddResult {
  accounts: object[]
  institution: Named | null
  public_token: string
}

export function sessionBody(
  bank: Bank,
  linkToken: string,
  link: LinkRecord,
  session: LinkSession,
): object {
  const results = addResults(bank, linkToken, link, session)
  const [first] = results
  return {
    // Plaid promises the whole of these for hosted sessions
    events: session.events.map(eventBody),
    exit: session.exit === null ? null : exitBody(session),
    finished_at: session.finishedAt === null ? null : instantText(session.finishedAt),
    link_session_id: session.id,
    on_exit: session.exit === null ? null : exitBody(session),
    on_success: first === undefined ? null : successBody(first, session),
    results: {
      bank_income_results: [],
      cra_item_add_results: [],
      cra_update_results: [],
      document_income_results: null,
      item_add_results: results,
      payroll_income_results: [],
    },
    started_at: instantText(session.startedAt),
  }
}

/** The Items that the session added: update mode adds none. */
function addResults(
  bank: Bank,
  linkToken: string,
  link: LinkRecord,
  session: LinkSession,
): AddResult[] {
  if (link.updates !== null) return []
  return session.itemIds.flatMap((itemId, n) => {
    const result = itemResult(bank, itemId, publicTokenOf(linkToken, session.id, n))
    return result === undefined ? [] : [result]
  })
}

function itemResult(bank: Bank, itemId: string, publicToken: string): AddResult | undefined {
  const item = bank.items.byId(itemId)
  if (item === undefined) return undefined
  const accounts = bank.accounts(item).map((account) => ({
    class_type: null,
    id: account.account_id,
    mask: account.mask,
    name: account.name,
    subtype: account.subtype,
    type: account.type,
    verification_status: null,
  }))
  return { accounts, institution: institutionOf(item.institutionId), public_token: publicToken }
}

function institutionOf(institutionId: string | null): Named | null {
  const institution = institutionById(institutionId ?? '')
  return institution === undefined
    ? null
    : { institution_id: institution.id, name: institution.name }
}

function successBody({ accounts, institution, public_token }: AddResult, { id }: LinkSession) {
  const metadata = { accounts, institution, link_session_id: id, transfer_status: null }
  return { metadata, public_token }
}

function exitBody({ id, exit, events }: LinkSession) {
  return {
    error: exit?.error ?? null,
    metadata: {
      ...(exit?.institutionId ? { institution: institutionOf(exit.institutionId) } : {}),
      link_session_id: id,
      request_id: events.at(-1)?.metadata['request_id'] ?? '',
      status: exit?.status ?? 'requires_credentials',
    },
  }
}

function eventBody({ id, at, name, metadata }: SessionEvent) {
  return {
    event_id: id,
    event_metadata: metadata,
    event_name: name,
    timestamp: instantText(at),
  }
}

/** What tells the application of an effect, in order; as at Plaid only these sessions do. */
export function linkWebhooks(session: OpenSession, effect: Effect): WebhookPayload[] {
  const { link, linkToken, record } = session
  if (link.urlExpiresAt === null && !link.multiItem) return []
  const about = { link_session_id: record.id, link_token: linkToken }
  const tokens = link.updates === null ? record.itemIds : []
  const publicTokens = tokens.map((_, n) => publicTokenOf(linkToken, record.id, n))
  if (effect.kind === 'link') {
    const public_token = publicTokens.at(-1)
    if (public_token === undefined) return []
    return [{ webhook_type: 'LINK', webhook_code: 'ITEM_ADD_RESULT', ...about, public_token }]
  }
  const status = effect.kind === 'exit' ? 'EXITED' : 'SUCCESS'
  const finished = { ...about, status, public_tokens: publicTokens }
  return [
    { webhook_type: 'LINK', webhook_code: 'SESSION_FINISHED', ...finished },
    {
      webhook_type: 'LINK',
      webhook_code: 'EVENTS',
      ...about,
      events: record.events.map(eventBody),
    },
  ]
}

/** What an application's page is told: everything up to now, and what its callbacks get. */
export function frameView(bank: Bank, { link, linkToken, record }: OpenSession): object {
  const over = record.exit !== null || record.itemIds.length > 0
  return {
    linkSessionId: record.id,
    events: record.events.map(({ id, at, name, metadata }) => ({
      id,
      name,
      metadata: { ...metadata, is_update_mode: String(link.updates !== null) },
      timestamp: instantText(at),
    })),
    success: over && record.exit === null ? callbackSuccess(bank, linkToken, link, record) : null,
    exit: { error: exitBody(record).error, metadata: callbackExit(record) },
  }
}

/** A session that could not begin: the application's `onExit` is told why. */
export function brokenView(sentence: string): object {
  const fault = new PlaidFault('INVALID_LINK_TOKEN', sentence)
  const metadata = { institution: null, link_session_id: '', request_id: '', status: null }
  return {
    linkSessionId: '',
    events: [],
    success: null,
    exit: { error: linkErrorOf(fault), metadata },
  }
}

function callbackSuccess(
  bank: Bank,
  linkToken: string,
  link: LinkRecord,
  record: LinkSession,
): object {
  const n = record.itemIds.length - 1
  const token = publicTokenOf(linkToken, record.id, n)
  const result = itemResult(bank, record.itemIds[n] ?? '', token)
  const { accounts = [], institution = null } = result ?? {}
  // with several Items the tokens come by webhook or `/link/token/get`, as Plaid documents it
  const public_token = link.multiItem ? '' : token
  return successBody({ accounts, institution, public_token }, record)
}

function callbackExit(record: LinkSession): object {
  const { metadata } = exitBody(record)
  return { ...metadata, institution: institutionOf(record.exit?.institutionId ?? null) }
}
