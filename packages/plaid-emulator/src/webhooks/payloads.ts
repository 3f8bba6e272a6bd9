// What webhooks say, as Plaid documents it: from an Item's state, and from what came at its bank.
import type { ItemRecord } from '../bank/state.ts'
import { type ErrorCodeReason, PlaidFault } from '../fault.ts'
import type { News } from '../item/ledger.ts'
import { instantText } from '../world/calendar.ts'

/** What is said of an Item; its id is added where it is sent. */
export interface WebhookPayload {
  webhook_type: string
  webhook_code: string
  [field: string]: unknown
}

/** Ids in one webhook: where more rows are gone, more webhooks say so. */
const removedIdsMax = 1_000

/** The Item stopped to work; its error says why. */
export function itemError(item: ItemRecord, reason?: ErrorCodeReason): WebhookPayload {
  return ofItem('ERROR', { error: item.error === null ? null : errorOf(item.error, reason) })
}

export function loginRepaired(): WebhookPayload {
  return ofItem('LOGIN_REPAIRED')
}

export function newAccountsAvailable(): WebhookPayload {
  return ofItem('NEW_ACCOUNTS_AVAILABLE', { error: null })
}

export function pendingExpiration({ consentExpiresAt }: ItemRecord): WebhookPayload {
  return ofItem('PENDING_EXPIRATION', {
    consent_expiration_time: consentExpiresAt === null ? null : instantText(consentExpiresAt),
  })
}

export function pendingDisconnect(
  disconnect: NonNullable<ItemRecord['disconnect']>,
): WebhookPayload {
  const { reason, at } = disconnect
  return ofItem('PENDING_DISCONNECT', { reason, disconnect_time: instantText(at) })
}

export function userPermissionRevoked(): WebhookPayload {
  // the code is one of the request's errors elsewhere; this webhook calls it the Item's
  const error = { ...errorOf('USER_PERMISSION_REVOKED'), error_type: 'ITEM_ERROR' }
  return ofItem('USER_PERMISSION_REVOKED', { error })
}

export function userAccountRevoked(accountId: string): WebhookPayload {
  return ofItem('USER_ACCOUNT_REVOKED', { account_id: accountId })
}

export function webhookUpdateAcknowledged(url: string): WebhookPayload {
  return ofItem('WEBHOOK_UPDATE_ACKNOWLEDGED', { error: null, new_webhook_url: url })
}

export function syncUpdatesAvailable(complete: {
  initial: boolean
  historical: boolean
}): WebhookPayload {
  return ofTransactions('SYNC_UPDATES_AVAILABLE', {
    initial_update_complete: complete.initial,
    historical_update_complete: complete.historical,
  })
}

/** The webhooks of /transactions/get, which Plaid still sends beside the one of sync. */
export function transactionsUpdate(
  code: 'INITIAL_UPDATE' | 'HISTORICAL_UPDATE' | 'DEFAULT_UPDATE',
  added: number,
): WebhookPayload {
  return ofTransactions(code, { error: null, new_transactions: added })
}

/** What an application is told of what came; of sync only if it has ever called it. */
export function newsPayloads({ syncedAt }: ItemRecord, news: News[]): WebhookPayload[] {
  return merged(news).flatMap((each) => {
    const { at, kind, added, removed } = each
    const payloads: WebhookPayload[] = []
    if (syncedAt !== null && syncedAt <= at) {
      payloads.push(syncUpdatesAvailable({ initial: true, historical: kind !== 'initial' }))
    }
    for (let from = 0; from < removed.length; from += removedIdsMax) {
      const ids = removed.slice(from, from + removedIdsMax)
      payloads.push(
        ofTransactions('TRANSACTIONS_REMOVED', { error: null, removed_transactions: ids }),
      )
    }
    const code = LEGACY[kind]
    if (added > 0 || kind !== 'update') payloads.push(transactionsUpdate(code, added))
    return payloads
  })
}

const LEGACY = {
  initial: 'INITIAL_UPDATE',
  historical: 'HISTORICAL_UPDATE',
  update: 'DEFAULT_UPDATE',
} as const

/** Updates that are told together, after a login was lost for days, are one. */
function merged(news: News[]): News[] {
  const told: News[] = []
  for (const each of news) {
    const last = told.at(-1)
    if (last?.kind === 'update' && each.kind === 'update') {
      const { at, added, removed } = each
      const all = [...last.removed, ...removed]
      told[told.length - 1] = { kind: 'update', at, added: last.added + added, removed: all }
    } else told.push(each)
  }
  return told
}

function ofItem(code: string, fields: object = {}): WebhookPayload {
  return { webhook_type: 'ITEM', webhook_code: code, ...fields }
}

function ofTransactions(code: string, fields: object): WebhookPayload {
  return { webhook_type: 'TRANSACTIONS', webhook_code: code, ...fields }
}

/** A webhook's error names its status, and no request. */
function errorOf(code: string, reason?: ErrorCodeReason): object {
  const fault = new PlaidFault(code, { reason })
  return {
    display_message: fault.body('').display_message,
    error_code: code,
    error_code_reason: fault.reason,
    error_message: fault.message,
    error_type: fault.type,
    status: fault.status,
  }
}
