// What a webhook says of its Item, as an event of the Item's life (pure). Undefined where it does
// not say enough: then a pull finds out.
import { plaidError } from '../../plaid/errors.ts'
import { instantOf } from '../cursor.ts'
import { isRecord } from '../door.ts'
import type { ItemEvent } from '../item/life.ts'

type Body = Record<string, unknown>

export function eventOf(body: Body): ItemEvent | undefined {
  switch (body['webhook_code']) {
    case 'ERROR':
      return failed(body, 'ITEM_ERROR')
    case 'USER_PERMISSION_REVOKED':
      return failed(body, 'USER_PERMISSION_REVOKED')
    case 'LOGIN_REPAIRED':
      return { kind: 'repaired' }
    case 'PENDING_EXPIRATION':
      return announced('consent_ends', body['consent_expiration_time'])
    case 'PENDING_DISCONNECT':
      return announced('disconnect_announced', body['disconnect_time'])
    case 'NEW_ACCOUNTS_AVAILABLE':
      return { kind: 'new_accounts' }
    default:
      return undefined
  }
}

function failed(body: Body, otherwise: string): ItemEvent {
  const error = isRecord(body['error']) ? body['error'] : {}
  const { code, message, kind } = plaidError('webhook', 400, {
    error_code: textOf(error['error_code']) ?? otherwise,
    error_message: textOf(error['error_message']) ?? 'it told of a failure',
  })
  return { kind: 'failed', code, message, error: kind }
}

function announced(
  kind: 'consent_ends' | 'disconnect_announced',
  text: unknown,
): ItemEvent | undefined {
  const at = instantOf(text)
  return at === undefined ? undefined : { kind, at }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && !value.includes('\0') ? value : undefined
}
