// Items: from a public token to an access token, what an Item is, and its end.
import { itemAnswer } from '../bodies.ts'
import { type Endpoint, endpoint, itemEndpoint, none } from '../endpoint.ts'
import { textOrNull, token } from '../fields.ts'

export const itemEndpoints: Endpoint[] = [
  endpoint('/item/public_token/exchange', { public_token: token }, async ({ bank }, body) => {
    const { item, accessToken } = await bank.exchange(body.public_token)
    return { access_token: accessToken, item_id: item.itemId }
  }),
  itemEndpoint('/item/get', none, itemAnswer),
  itemEndpoint(
    '/item/remove',
    { reason_code: textOrNull, reason_note: textOrNull },
    async ({ bank }, item) => {
      await bank.remove(item)
      return {}
    },
  ),
]
