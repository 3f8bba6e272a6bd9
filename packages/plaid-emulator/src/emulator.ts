// The offline Plaid: one process that needs no credentials and no network, on which all of Tartan
// can be tried and tested. The parts meet here: state, clock, bank, door.
import type { AccountBase, Transaction } from 'plaid'
import { type Clock, systemClock } from '../../../src/std/clock.ts'
import type { FastifyInstance } from 'fastify'
import { ConfigError, errorCode, must } from '../../../src/std/errors.ts'
import type { Logger } from '../../../src/std/log.ts'
import { holderOf } from '../../../src/std/port-holder.ts'
import type { Secret } from '../../../src/std/secrets.ts'
import { Bank } from './bank/bank.ts'
import { createWorldClock, firstClock, type WorldClock } from './bank/clock.ts'
import { Health } from './bank/health.ts'
import { Faults } from './control/faults.ts'
import { RateLimits, type Rates } from './control/rate-limits.ts'
import { readScenario } from './control/scenario.ts'
import { Timeline } from './control/timeline.ts'
import { Links } from './bank/links.ts'
import { beginScale } from './bank/scale.ts'
import { type Scale, SCALE_DEFAULT, type World } from './world/worlds.ts'
import { newState, openState, type StateStore } from './bank/state.ts'
import { createEventLog } from '../../../src/std/event-log.ts'
import { loginCodes } from './admin/codes.ts'
import { adminPageRoutes } from './http/admin-page-routes.ts'
import { adminRoutes } from './http/admin-routes.ts'
import type { Context } from './context.ts'
import { linkRoutes } from './http/link-routes.ts'
import { ENDPOINTS, plaidRoutes } from './http/routes.ts'
import { RequestLog } from './admin/request-log.ts'
import { createServer } from './http/server.ts'
import { LinkSessions } from './link/sessions.ts'
import type { ReadinessPace } from './item/ready.ts'
import { truthOf } from './item/sync.ts'
import type { OtherProducts } from './products/other-products.ts'
import { emulatorTable } from './options.ts'
import { Ticker } from './ticker.ts'
import { Webhooks } from './webhooks/webhooks.ts'
import { PLAIN, type View } from './world/render.ts'

export interface EmulatorOptions {
  host: string
  /** 0 takes any free port. */
  port: number
  /** Undefined keeps everything in memory. */
  dataFolder?: string
  seed: string
  /** Whose life `user_good` shows. */
  world: World
  /** How many Items the world `scale` has, and how many rows each of them. */
  scale?: Scale
  /** Without these any credentials that are not empty are taken. */
  clientId?: string
  secret?: Secret
  /** The machine's clock, which a running world follows. */
  clock?: Clock
  /** YYYY-MM-DD: the world's clock stands still, from that day's noon, until it is advanced. */
  startDate?: string
  /** `plaid`: an Item has its last month after 10 s and its history after a minute. */
  readiness?: ReadinessPace
  /** What becomes of products that are not modelled; `taken` unless given. */
  otherProducts?: OtherProducts
  /** Plaid's rate limits; `off` unless given. */
  rateLimits?: Rates
  /** Where browsers reach it; where it listens, unless given. */
  publicUrl?: string
  /** A file of commands and times; see control/scenario.ts. */
  scenario?: string
  /** Without it there is no admin API. */
  adminToken?: Secret
  /** Logins end after so many days, as in Plaid's Sandbox after 30; unless given, or 0, never. */
  itemsExpireAfter?: number
  /** How long a receiver may take to answer a webhook: Plaid's ten seconds, or less in a test. */
  webhookAnswerMsMax?: number
  logger: Logger
}

export interface Truth {
  accounts: AccountBase[]
  transactions: Transaction[]
}

export interface Emulator {
  url: string
  /** What an Item's bank shows now: what every reader must end up with. */
  truth(itemId: string, view?: Partial<View>): Truth
  stop(): Promise<void>
}

export async function createEmulator(given: EmulatorOptions): Promise<Emulator> {
  const scenario = given.scenario === undefined ? undefined : await readScenario(given.scenario)
  const options = { ...given, ...scenario?.options }
  const { seed, world, clientId, secret, adminToken, logger } = options
  const machine = options.clock ?? systemClock
  const { store, clock } = await openWorld(options, machine)
  const health = new Health({ store, clock })
  const { readiness = 'immediate', otherProducts = 'taken' } = options
  const bank = new Bank({ store, clock, health, readiness, otherProducts })
  const webhooks = await Webhooks.open({
    store,
    bank,
    clock,
    machine,
    folder: options.dataFolder,
    logger,
    ...(options.webhookAnswerMsMax === undefined
      ? {}
      : { answerMsMax: options.webhookAnswerMsMax }),
  })
  const requests = new RequestLog(clock)
  const ticker = new Ticker({
    bank,
    clock,
    webhooks,
    itemDays: options.itemsExpireAfter || undefined,
    logger,
  })
  const timeline = new Timeline({ context: () => context, store, scenario, logger })
  const links = new Links({ store, clock })
  let url = ''
  const context: Context = {
    bank,
    clock,
    links,
    linkSessions: new LinkSessions({ links, bank, health, clock, webhooks }),
    webhooks,
    health,
    faults: new Faults({ store, clock, bank }),
    limits: new RateLimits({ clock, rates: options.rateLimits ?? 'off' }),
    requests,
    ticker,
    timeline,
    events: createEventLog(),
    publicUrl: () => options.publicUrl ?? url,
    keys: clientId === undefined || secret === undefined ? undefined : { clientId, secret },
  }
  const app = createServer(logger, requests)
  plaidRoutes(app, context)
  await app.register(linkRoutes, context)
  if (adminToken !== undefined) {
    const endpoints = ENDPOINTS.map((endpoint) => endpoint.path)
    const admin = { context, store, token: adminToken, codes: loginCodes(), endpoints }
    await app.register(adminRoutes, admin)
    await app.register(adminPageRoutes, admin)
  }
  url = await listen(app, options)
  ticker.start()
  await timeline.start()
  logger.info({ url, world, seed }, 'the emulated Plaid is ready')
  return {
    url,
    truth: (itemId, view) => truthOfItem(bank, itemId, view),
    stop: async () => {
      timeline.stop()
      await Promise.all([ticker.stop(), webhooks.stop()])
      await app.close()
    },
  }
}

/** A new world, or the one in the data folder, with its clock. */
async function openWorld(
  { seed, world, startDate, dataFolder, scale = SCALE_DEFAULT }: EmulatorOptions,
  machine: Clock,
): Promise<{ store: StateStore; clock: WorldClock }> {
  const fresh = newState({ seed, world, clock: firstClock(startDate) })
  const store = await openState(dataFolder, fresh)
  const clock = createWorldClock(machine, store.state.clock)
  if (world === 'scale') beginScale(store, scale, clock.now())
  return { store, clock }
}

async function listen(app: FastifyInstance, { host, port }: EmulatorOptions): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (cause) {
    if (errorCode(cause) !== 'EADDRINUSE') throw cause
    const sentence =
      `port ${port} of ${host} is in use by ${await holderOf(port)}: end that, or choose ` +
      `another port with --port or ${emulatorTable.port.env}`
    throw new ConfigError('PORT_TAKEN', sentence, { cause })
  }
}

function truthOfItem(bank: Bank, itemId: string, view: Partial<View> = {}): Truth {
  const item = must(bank.items.byId(itemId), `there is no Item ${itemId}`)
  const ledger = must(bank.ledger(item), 'transactions were never asked for')
  return { accounts: ledger.accounts(), transactions: truthOf(ledger, { ...PLAIN, ...view }) }
}
