// What webhooks say, as Plaid documents it: from an Item's state, and from what came at its bank.
import type { ItemRecord } from '../bank/state.ts'
import { PlaidFault } from '../fault.ts'
import type { WebhookPayload } from './webhooks.ts'

/** The Item stopped to work; its error says why. */
export function itemError(item: ItemRecord, reason: string | null = null): WebhookPayload {
  const error = item.error === null ? null : errorOf(item.error, reason)
  return { webhook_type: 'ITEM', webhook_code: 'ERROR', error }
}

/** A webhook's error names its status, and no request. */
function errorOf(code: string, reason: string | null): object {
  const fault = new PlaidFault(code)
  return {
    display_message: fault.body('').display_message,
    error_code: code,
    error_code_reason: reason,
    error_message: fault.message,
    error_type: fault.type,
    status: fault.status,
  }
}
