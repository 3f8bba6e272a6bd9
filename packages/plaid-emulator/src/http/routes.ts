// Plaid's endpoints behind one door: credentials, the Item behind an access token, rate limits,
// faults on order.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { equalInConstantTime } from '../../../../src/std/secrets.ts'
import { PlaidFault } from '../fault.ts'
import type { ItemRecord } from '../bank/state.ts'
import { hangUp, pause, proxyPage, sendBroken } from './broken-answer.ts'
import type { Context } from '../context.ts'
import { type Endpoint, TextAnswer } from './endpoint.ts'
import { accountDataEndpoints } from './endpoints/account-data.ts'
import { accountEndpoints } from './endpoints/accounts.ts'
import { categoryEndpoints } from './endpoints/categories.ts'
import { institutionEndpoints } from './endpoints/institutions.ts'
import { investmentEndpoints } from './endpoints/investments.ts'
import { itemEndpoints } from './endpoints/items.ts'
import { linkEndpoints } from './endpoints/link.ts'
import { recurringEndpoints } from './endpoints/recurring.ts'
import { sandboxEndpoints } from './endpoints/sandbox.ts'
import { transactionEndpoints } from './endpoints/transactions.ts'
import { webhookEndpoints } from './endpoints/webhooks.ts'

export const ENDPOINTS: readonly Endpoint[] = [
  ...linkEndpoints,
  ...itemEndpoints,
  ...accountEndpoints,
  ...accountDataEndpoints,
  ...investmentEndpoints,
  ...transactionEndpoints,
  ...recurringEndpoints,
  ...institutionEndpoints,
  ...categoryEndpoints,
  ...sandboxEndpoints,
  ...webhookEndpoints,
]

export function plaidRoutes(app: FastifyInstance, context: Context): void {
  for (const endpoint of ENDPOINTS) {
    app.post(endpoint.path, { schema: { body: endpoint.body } }, async (request, reply) => {
      const { body, item } = admit(context, endpoint, request)
      const trouble = await context.faults.meet({
        endpoint: endpoint.path,
        item,
        institutionId: item?.institutionId ?? body.institution_id,
      })
      if (trouble.delayMs > 0 && !(await pause(reply, trouble.delayMs))) return hangUp(reply)
      if (trouble.fault !== null) throw trouble.fault
      if (trouble.answer === 'dropped') return hangUp(reply)
      if (trouble.answer === 'html') return proxyPage(reply, trouble.status)
      if (item !== undefined && asksBank.test(endpoint.path))
        context.health.reach(item.institutionId)
      const answer = await endpoint.answer(context, body, item)
      const text =
        answer instanceof TextAnswer
          ? answer.text(request.id)
          : JSON.stringify({ ...answer, request_id: request.id })
      if (trouble.answer !== null) return sendBroken(reply, trouble.answer, text)
      return reply.type('application/json; charset=utf-8').send(text)
    })
  }
}

/** What needs the institution to answer; the rest is known without it. */
const asksBank = /^\/(accounts|auth|identity|investments|liabilities|transactions)\//

interface Body {
  access_token: string
  institution_id?: string
}

function admit(
  context: Context,
  endpoint: Endpoint,
  request: FastifyRequest,
): { body: Body; item: ItemRecord | undefined } {
  const clientId = endpoint.open === true ? '' : checkKeys(context, request)
  const body = request.body as Body
  const item = endpoint.ofItem ? context.bank.items.byAccessToken(body.access_token) : undefined
  if (item !== undefined) context.requests.note(request, { itemId: item.itemId })
  context.limits.count(endpoint.path, clientId, item)
  return { body, item }
}

/** Plaid takes credentials from the body or from headers. Tells whose they are. */
function checkKeys({ keys }: Context, request: FastifyRequest): string {
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
  if (keys === undefined) return given.client_id
  const same =
    equalInConstantTime(given.client_id, keys.clientId) &&
    equalInConstantTime(given.secret, keys.secret.reveal())
  if (!same) throw new PlaidFault('INVALID_API_KEYS')
  return given.client_id
}
