// Webhooks: the keys that they are verified with.
import { PlaidFault } from '../../fault.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import { text } from '../fields.ts'

export const webhookEndpoints: Endpoint[] = [
  endpoint('/webhook_verification_key/get', { key_id: text }, ({ webhooks }, { key_id }) => {
    const key = webhooks.keys.publicKey(key_id)
    if (key === undefined) throw new PlaidFault('INVALID_WEBHOOK_VERIFICATION_KEY_ID')
    return { key }
  }),
]
