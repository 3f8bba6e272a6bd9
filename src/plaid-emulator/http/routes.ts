// Plaid's endpoints behind one door: credentials, the Item behind an access token, errors on order.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { equalInConstantTime } from '../../std/secrets.ts'
import { PlaidFault } from '../fault.ts'
import type { Context } from './context.ts'
import { type Endpoint, TextAnswer } from './endpoint.ts'
import { accountEndpoints } from './endpoints/accounts.ts'
import { institutionEndpoints } from './endpoints/institutions.ts'
import { itemEndpoints } from './endpoints/items.ts'
import { linkEndpoints } from './endpoints/link.ts'
import { sandboxEndpoints } from './endpoints/sandbox.ts'
import { transactionEndpoints } from './endpoints/transactions.ts'
import { webhookEndpoints } from './endpoints/webhooks.ts'

export const ENDPOINTS: readonly Endpoint[] = [
  ...linkEndpoints,
  ...itemEndpoints,
  ...accountEndpoints,
  ...transactionEndpoints,
  ...institutionEndpoints,
  ...sandboxEndpoints,
  ...webhookEndpoints,
]

export function plaidRoutes(app: FastifyInstance, context: Context): void {
  for (const endpoint of ENDPOINTS) {
    const { path } = endpoint
    app.post(path, { schema: { body: endpoint.body } }, async (request, reply) => {
      checkKeys(context, request)
      const body = request.body as { access_token: string }
      const item = endpoint.ofItem ? context.bank.byAccessToken(body.access_token) : undefined
      context.faults.meet(path, item?.itemId)
      const answer = await endpoint.answer(context, body, item)
      if (!(answer instanceof TextAnswer)) return { ...answer, request_id: request.id }
      return reply.type('application/json; charset=utf-8').send(answer.text(request.id))
    })
  }
}

/** Plaid takes credentials from the body or from headers. */
function checkKeys({ keys }: Context, request: FastifyRequest): void {
  const body = request.body as Record<string, unknown>
  const read = (field: string, header: string): string => {
    const given = body[field] ?? request.headers[header]
    return typeof given === 'string' ? given : ''
  }
  const given = {
    client_id: read('client_id', 'plaid-client-id'),
    secret: read('secret', 'plaid-secret'),
  }
  const missing = Object.entries(given).flatMap(([name, value]) => (value === '' ? [name] : []))
  if (missing.length > 0) {
    const list = missing.join(', ')
    throw new PlaidFault('MISSING_FIELDS', `the following required fields are missing: ${list}`)
  }
  if (keys === undefined) return
  const same =
    equalInConstantTime(given.client_id, keys.clientId) &&
    equalInConstantTime(given.secret, keys.secret.reveal())
  if (!same) throw new PlaidFault('INVALID_API_KEYS')
}
