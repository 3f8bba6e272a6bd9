// What Plaid has no word for: the clock, mutations and errors on order, under a prefix of their own
// and behind a token of their own. Without that token none of it exists (L10).
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { systemClock } from '../../std/clock.ts'
import { classify, ConfigError } from '../../std/errors.ts'
import { equalInConstantTime, type Secret } from '../../std/secrets.ts'
import { mutationRowsMax } from '../bank/bank.ts'
import { durationMs } from '../bank/clock.ts'
import { orderedFaultsMax } from '../bank/faults.ts'
import type { StateStore } from '../bank/state.ts'
import { isErrorCode } from '../fault.ts'
import { instantText } from '../world/calendar.ts'
import type { Context } from './context.ts'

const rows = Type.Optional(Type.Integer({ minimum: 0, maximum: mutationRowsMax }))

const ADVANCE = Type.Object({ duration: Type.String({ maxLength: 20 }) })
const MUTATE = Type.Object(
  { add: rows, modify: rows, remove: rows },
  { additionalProperties: false },
)
const ORDER = Type.Object(
  {
    endpoint: Type.String({ pattern: '^/', maxLength: 200 }),
    item_id: Type.Optional(Type.String({ maxLength: 100 })),
    error_code: Type.String({ maxLength: 100 }),
    times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  },
  { additionalProperties: false },
)
/** How many Items the status names. */
const ITEMS_SHOWN_MAX = 100

export interface AdminOptions {
  context: Context
  store: StateStore
  token: Secret
}

export async function adminRoutes(app: FastifyInstance, options: AdminOptions): Promise<void> {
  const { context, token } = options
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
    if (equalInConstantTime(given, `Bearer ${token.reveal()}`)) return
    throw new ConfigError('UNAUTHORIZED', 'send the emulator’s admin token as a bearer token', {
      status: 401,
    })
  })

  app.get('/emulator/status', async () => statusBody(options))
  app.post('/emulator/advance', { schema: { body: ADVANCE } }, async (request) => {
    const { duration } = request.body as Static<typeof ADVANCE>
    context.clock.advance(duration === 'now' ? untilNow(context) : durationMs(duration))
    await saveClock(options)
    return { now: instantText(context.clock.now()) }
  })
  app.post<{ Params: { itemId: string } }>(
    '/emulator/items/:itemId/mutate',
    { schema: { body: MUTATE } },
    async (request) => {
      const item = context.bank.byId(request.params.itemId)
      if (item === undefined) {
        throw new ConfigError('ITEM_NOT_FOUND', 'no Item has this id', { status: 404 })
      }
      const { add = 0, modify = 0, remove = 0 } = request.body as Static<typeof MUTATE>
      await context.bank.mutate(item, { add, modify, remove })
      return { item_id: item.itemId, head: context.bank.ledger(item)?.log.head }
    },
  )
  app.post('/emulator/errors', { schema: { body: ORDER } }, async (request) => {
    const order = request.body as Static<typeof ORDER>
    if (!isErrorCode(order.error_code)) {
      throw new ConfigError('ERROR_CODE_UNKNOWN', 'error_code must be one of Plaid’s', {
        field: 'error_code',
      })
    }
    if (context.faults.count >= orderedFaultsMax) {
      throw new ConfigError('TOO_MANY_ORDERS', `at most ${orderedFaultsMax} errors may wait`)
    }
    context.faults.add({
      endpoint: order.endpoint,
      itemId: order.item_id,
      code: order.error_code,
      times: order.times ?? 1,
    })
    return { waiting: context.faults.count }
  })
}

/** What a standing clock lacks to the machine's; a running one is never behind. */
function untilNow({ clock }: Context): number {
  return Math.max(0, systemClock.now() - clock.now())
}

async function saveClock({ context, store }: AdminOptions): Promise<void> {
  store.state.clock = context.clock.saved()
  await store.save()
}

function statusBody({ context, store }: AdminOptions): object {
  const items = context.bank.items()
  return {
    now: instantText(context.clock.now()),
    clock: context.clock.stands ? 'stands' : 'runs',
    seed: store.state.seed,
    world: store.state.world,
    item_count: items.length,
    items: items.slice(0, ITEMS_SHOWN_MAX).map((item) => ({
      item_id: item.itemId,
      institution_id: item.bankId,
      username: item.username,
      error: item.error,
    })),
  }
}
