// What happens to an Item's login at its bank: it is lost and found, revoked, or ends on a day that
// is known beforehand. Each tells the application by its webhook, as Plaid would.
import { Type } from '../../../../src/std/type.ts'
import { durationMs } from '../bank/clock.ts'
import { consentWarningAt } from '../bank/login.ts'
import type { ItemRecord } from '../bank/state.ts'
import type { Context } from '../context.ts'
import { instantText } from '../world/calendar.ts'
import {
  itemError,
  loginRepaired,
  pendingDisconnect,
  pendingExpiration,
  userPermissionRevoked,
  type WebhookPayload,
} from '../webhooks/payloads.ts'
import { command, type Command } from './command.ts'
import { itemOf, itemSelector } from './selector.ts'

const item = { item_id: itemSelector }
const timed = { ...item, in: Type.Optional(Type.String({ maxLength: 20 })) }
/** Plaid tells of a disconnection a week before. */
const DISCONNECTS_IN = '7d'
const CONSENT_ENDS_IN = '30d'

export const loginCommands: readonly Command[] = [
  command({
    name: 'reset_login',
    doc: 'The bank no longer takes the Item’s login: ITEM_LOGIN_REQUIRED until it is repaired.',
    fields: item,
    short: 'item_id',
    run: (context, { item_id }) => {
      const item = itemOf(context, item_id)
      context.bank.loseLogin(item)
      return told(context, item, itemError(item))
    },
  }),
  command({
    name: 'repair_login',
    doc: 'The Item’s login works again without your update mode: LOGIN_REPAIRED.',
    fields: item,
    short: 'item_id',
    run: (context, { item_id }) => {
      const item = itemOf(context, item_id)
      context.bank.healLogin(item)
      return told(context, item, loginRepaired())
    },
  }),
  command({
    name: 'revoke',
    doc: 'The person takes back the permission at the bank: USER_PERMISSION_REVOKED.',
    fields: item,
    short: 'item_id',
    run: (context, { item_id }) => {
      const item = itemOf(context, item_id)
      context.bank.loseLogin(item, 'USER_PERMISSION_REVOKED')
      return told(context, item, userPermissionRevoked())
    },
  }),
  command({
    name: 'disconnect',
    doc: 'Announces that the bank ends the Item’s login, in 7d by default, by PENDING_DISCONNECT.',
    fields: {
      ...timed,
      reason: Type.Optional(Type.Enum(['INSTITUTION_MIGRATION', 'INSTITUTION_TOKEN_EXPIRATION'])),
    },
    short: 'item_id',
    check: ({ in: duration = DISCONNECTS_IN }) => void durationMs(duration),
    run: (context, given) => {
      const item = itemOf(context, given.item_id)
      const at = context.clock.now() + durationMs(given.in ?? DISCONNECTS_IN)
      context.clock.check(at)
      const end = { at, reason: given.reason ?? ('INSTITUTION_MIGRATION' as const) }
      context.bank.announceEnd(item, end)
      return told(context, item, pendingDisconnect(end))
    },
  }),
  command({
    name: 'expire_consent',
    doc: 'The consent ends, in 30d by default; PENDING_EXPIRATION comes 7 days before.',
    fields: timed,
    short: 'item_id',
    check: ({ in: duration = CONSENT_ENDS_IN }) => void durationMs(duration),
    run: (context, given) => {
      const item = itemOf(context, given.item_id)
      const now = context.clock.now()
      const at = now + durationMs(given.in ?? CONSENT_ENDS_IN)
      context.clock.check(at)
      context.bank.endConsent(item, at)
      const warns = (consentWarningAt(item) ?? Infinity) <= now
      return told(context, item, ...(warns ? [pendingExpiration(item)] : []))
    },
  }),
]

/** Saves, sends, and waits for the first attempts, so that whoever asked finds it done. */
async function told(
  { webhooks, ticker }: Context,
  item: ItemRecord,
  ...payloads: WebhookPayload[]
): Promise<object> {
  await webhooks.tell(item, ...payloads)
  await ticker.settle()
  const { itemId, error, consentExpiresAt, disconnect } = item
  return {
    item_id: itemId,
    error,
    consent_expiration_time: consentExpiresAt === null ? null : instantText(consentExpiresAt),
    disconnect_time: disconnect === null ? null : instantText(disconnect.at),
  }
}
