// The admin API: commands and how things stand, under a prefix of their own and behind a token of
// their own. Without that token none of it exists (L10).
import type { FastifyInstance } from 'fastify'
import { classify, ConfigError, type TartanError } from '../../../../src/std/errors.ts'
import { eventStreams } from '../../../../src/std/event-stream.ts'
import { equalInConstantTime, type Secret } from '../../../../src/std/secrets.ts'
import type { LoginCodes } from '../admin/codes.ts'
import { faultStatus, listedStatus, type Place, requestStatus, statusOf } from '../admin/status.ts'
import { PlaidFault } from '../fault.ts'
import { prepareCommand } from '../control/commands.ts'

export interface AdminOptions extends Place {
  token: Secret
  codes: LoginCodes
  /** The paths that can be named in a fault. */
  endpoints: string[]
}

export async function adminRoutes(app: FastifyInstance, options: AdminOptions): Promise<void> {
  const { context } = options
  app.setErrorHandler(async (error, _request, reply) => {
    const { code, message, field, status } = failureOf(error)
    return reply.code(status).send({ error: { code, message, field } })
  })
  app.addHook('onRequest', async (request) => {
    const given = request.headers.authorization ?? ''
    if (equalInConstantTime(given, `Bearer ${options.token.reveal()}`)) return
    throw new ConfigError('UNAUTHORIZED', 'send the emulator’s admin token as a bearer token', {
      status: 401,
    })
  })

  app.get('/emulator/status', async () => statusOf(options))
  app.get('/emulator/items', { schema: { querystring: LISTING } }, async (request) => {
    const { offset = '0', limit = '100' } = request.query as { offset?: string; limit?: string }
    const wanted = Math.min(Number(limit), itemsPageMax)
    const { total, items } = context.bank.items.list(Number(offset), wanted)
    return { total, items: items.map(listedStatus) }
  })
  app.get('/emulator/faults', async () => ({ faults: context.faults.rules().map(faultStatus) }))
  app.get('/emulator/requests', async () => ({
    requests: context.requests.latest().map(requestStatus),
  }))
  app.get('/emulator/events', eventStreams(context.events))
  app.post('/emulator/codes', async () => options.codes.make())
  app.post('/emulator/commands', { schema: { body: { type: 'object' } } }, async (request) =>
    prepareCommand(request.body as object)(context),
  )
}

/** How many Items one page lists. */
const itemsPageMax = 1_000
const LISTING = {
  type: 'object',
  additionalProperties: false,
  properties: {
    offset: { type: 'string', pattern: '^[0-9]{1,9}$' },
    limit: { type: 'string', pattern: '^[0-9]{1,9}$' },
  },
}

function failureOf(error: unknown): TartanError {
  if (error instanceof PlaidFault) {
    return new ConfigError(error.code, error.message, { status: error.status })
  }
  const status = (error as { statusCode?: number }).statusCode
  if (status === undefined || status >= 500) return classify(error)
  return new ConfigError('REQUEST_INVALID', (error as Error).message, { status })
}
