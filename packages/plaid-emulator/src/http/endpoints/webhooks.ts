// Webhooks: where they go, the keys that they are verified with, those that were sent, and those
// that a test wants to see.
import { Type } from '../../../../../src/std/type.ts'
import { PlaidFault } from '../../fault.ts'
import { FIRED_CODES, FIRED_TYPES, firedPayload } from '../../webhooks/fired.ts'
import { listedMax, listing } from '../../webhooks/listing.ts'
import { webhookUpdateAcknowledged } from '../../webhooks/payloads.ts'
import { itemAnswer } from '../bodies.ts'
import type { Context } from '../../context.ts'
import { type Endpoint, endpoint, itemEndpoint } from '../endpoint.ts'
import { type BodyOf, maybe, orNull, text, webhook } from '../fields.ts'
import type { ItemRecord } from '../../bank/state.ts'

const FILTER_VALUES_MAX = 1_000
const CURSOR_LENGTH_MAX = 100

const filter = Type.Optional(Type.Array(text, { maxItems: FILTER_VALUES_MAX }))

const LIST = {
  cursor: Type.Optional(Type.String({ maxLength: CURSOR_LENGTH_MAX })),
  start_time: orNull(text),
  count: orNull(Type.Integer({ minimum: 1, maximum: listedMax })),
  webhook_types: filter,
  webhook_codes: filter,
  item_ids: filter,
  delivery_statuses: Type.Optional(
    Type.Array(Type.Enum(['PENDING', 'DELIVERED', 'FAILED']), { maxItems: 3 }),
  ),
}

const FIRE = {
  webhook_code: Type.Enum(FIRED_CODES),
  webhook_type: Type.Optional(Type.Enum(FIRED_TYPES)),
  options: maybe({ new_transactions: Type.Optional(Type.Integer({ minimum: 0 })) }),
}

export const webhookEndpoints: Endpoint[] = [
  endpoint('/webhook_verification_key/get', { key_id: text }, ({ webhooks }, { key_id }) => {
    const key = webhooks.keys.publicKey(key_id)
    if (key === undefined) throw new PlaidFault('INVALID_WEBHOOK_VERIFICATION_KEY_ID')
    return { key }
  }),
  itemEndpoint('/item/webhook/update', { webhook }, updateWebhook),
  itemEndpoint('/sandbox/item/fire_webhook', FIRE, fire),
  endpoint('/beta/webhook_events/list', LIST, ({ webhooks, clock }, body) =>
    listing(webhooks.events(), body, clock.now()),
  ),
]

async function updateWebhook(
  context: Context,
  item: ItemRecord,
  body: BodyOf<{ webhook: typeof webhook }>,
): Promise<object> {
  const { bank, webhooks } = context
  const url = body.webhook ?? ''
  bank.redirect(item, url === '' ? null : url)
  await webhooks.tell(item, webhookUpdateAcknowledged(url))
  return { item: itemAnswer(context, item).item }
}

async function fire(
  { bank, clock, webhooks }: Context,
  item: ItemRecord,
  { webhook_code, webhook_type, options }: BodyOf<typeof FIRE>,
): Promise<object> {
  const scene = {
    item,
    accounts: bank.accounts(item),
    readiness: bank.ledger(item)?.readiness ?? 'NOT_READY',
    now: clock.now(),
    newTransactions: options?.new_transactions ?? 0,
  }
  await webhooks.tell(item, firedPayload(scene, webhook_code, webhook_type))
  return { webhook_fired: true }
}
