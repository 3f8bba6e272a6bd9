// The admin API: commands and the status, under a prefix of their own and behind a token of their
// own. Without that token none of it exists (L10).
import type { FastifyInstance } from 'fastify'
import { classify, ConfigError } from '../../std/errors.ts'
import { equalInConstantTime, type Secret } from '../../std/secrets.ts'
import type { StateStore } from '../bank/state.ts'
import { prepareCommand } from '../control/commands.ts'
import type { FaultRule } from '../control/faults.ts'
import { instantText } from '../world/calendar.ts'
import type { Context } from './context.ts'

/** How many Items the status names. */
const ITEMS_SHOWN_MAX = 100

export interface AdminOptions {
  context: Context
  store: StateStore
  token: Secret
}

export async function adminRoutes(app: FastifyInstance, options: AdminOptions): Promise<void> {
  app.setErrorHandler(async (error, _request, reply) => {
    const status = (error as { statusCode?: number }).statusCode
    const failure =
      status !== undefined && status < 500
        ? new ConfigError('REQUEST_INVALID', (error as Error).message, { status })
        : classify(error)
    const { code, message, field } = failure
    return reply.code(failure.status).send({ error: { code, message, field } })
  })
  app.addHook('onRequest', async (request) => {
    const given = request.headers.authorization ?? ''
    if (equalInConstantTime(given, `Bearer ${options.token.reveal()}`)) return
    throw new ConfigError('UNAUTHORIZED', 'send the emulator’s admin token as a bearer token', {
      status: 401,
    })
  })

  app.get('/emulator/status', async () => statusBody(options))
  app.get('/emulator/faults', async () => ({
    faults: options.context.faults.rules().map(faultBody),
  }))
  app.get('/emulator/requests', async () => ({
    requests: options.context.requests
      .latest()
      .map((each) => ({ ...each, at: instantText(each.at) })),
  }))
  app.post('/emulator/commands', { schema: { body: { type: 'object' } } }, async (request) =>
    prepareCommand(request.body as object)(options.context),
  )
}

function statusBody({ context, store }: AdminOptions): object {
  const items = context.bank.items()
  return {
    now: instantText(context.clock.now()),
    clock: context.clock.stands ? 'stands' : 'runs',
    seed: store.state.seed,
    world: store.state.world,
    rate_limits: context.limits.rates,
    item_count: items.length,
    items: items.slice(0, ITEMS_SHOWN_MAX).map((item) => ({
      item_id: item.itemId,
      institution_id: item.bankId,
      username: item.username,
      error: item.error,
    })),
    institutions: Object.fromEntries(context.health.ordered()),
    faults: context.faults.rules().length,
    scenario: context.timeline.report(),
  }
}

function faultBody(rule: FaultRule): object {
  return {
    fault_id: rule.id,
    endpoint: rule.endpoint,
    item_id: rule.item,
    institution_id: rule.institutionId,
    error_code: rule.error?.code ?? null,
    answer: rule.answer,
    status: rule.status,
    latency_ms: rule.latencyMs,
    jitter_ms: rule.jitterMs,
    times_left: rule.timesLeft,
    probability: rule.probability,
    from: instantText(rule.from),
    until: rule.until === null ? null : instantText(rule.until),
  }
}
