// Items: from a public token to an access token, what an Item is, and its end.
import { Type } from '../../../../../src/std/type.ts'
import type { ItemRecord } from '../../bank/state.ts'
import { newToken } from '../../bank/tokens.ts'
import type { Context } from '../../context.ts'
import { PlaidFault } from '../../fault.ts'
import { instantText } from '../../world/calendar.ts'
import { itemAnswer, itemBody } from '../bodies.ts'
import { type Endpoint, endpoint, itemEndpoint, none } from '../endpoint.ts'
import { orNull, textOrNull, token } from '../fields.ts'

/** Why somebody leaves. */
const REASONS =
  'FRAUD_FIRST_PARTY FRAUD_FALSE_IDENTITY FRAUD_ABUSE FRAUD_TRANSACTION FRAUD_OTHER ' +
  'CONSUMER_LOAN_PAID_OFF CONSUMER_ACCOUNT_CLOSED CONSUMER_CHARGE_OFF ' +
  'CONSUMER_PAYMENT_METHOD_SWITCHED ' +
  'USER_OFFBOARDING DUPLICATE_ITEM BILLING_TERMINATION OTHER'
const reason = Type.Union(REASONS.split(' ').map((code) => Type.Literal(code)))
const reasonNote = orNull(Type.String({ maxLength: 512 }))

export const itemEndpoints: Endpoint[] = [
  endpoint('/item/public_token/exchange', { public_token: token }, async ({ bank }, body) => {
    const { item, accessToken } = await bank.items.exchange(body.public_token)
    return { access_token: accessToken, item_id: item.itemId }
  }),
  itemEndpoint('/item/public_token/create', none, async ({ bank }, item) => {
    const publicToken = newToken('public')
    const { expiresAt } = bank.items.giveToken(item, publicToken)
    await bank.save()
    return { public_token: publicToken, expiration: instantText(expiresAt) }
  }),
  itemEndpoint('/item/get', none, itemAnswer),
  itemEndpoint('/item/access_token/invalidate', none, async ({ bank }, item) => ({
    new_access_token: await bank.items.rotate(item),
  })),
  itemEndpoint('/item/remove', { reason_code: textOrNull, reason_note: textOrNull }, remove),
  itemEndpoint(
    '/item/products/terminate',
    { reason_code: reason, reason_note: reasonNote },
    remove,
  ),
  endpoint('/user/items/get', { user_id: textOrNull, user_token: textOrNull }, (context, body) => {
    const user = body.user_id ?? body.user_token ?? null
    if (user === null) {
      throw new PlaidFault('MISSING_FIELDS', 'the following required fields are missing: user_id')
    }
    const items = context.bank.items
      .all()
      .filter((item) => item.userId === user && item.accessTokenHash !== null)
    return { items: items.map((item) => itemBody(context, item)) }
  }),
]

async function remove({ bank }: Context, item: ItemRecord): Promise<object> {
  await bank.remove(item)
  return {}
}
