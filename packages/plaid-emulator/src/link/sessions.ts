// The sessions that people are in. Where each one is stays in memory only, since that holds what
// was typed (L5); what came of it is recorded beside its link and outlives a restart. A step is
// taken in one turn of the event loop, so that two tabs or two requests cannot cross.
import { must } from '../../../../src/std/errors.ts'
import { uuid } from '../../../../src/std/ids.ts'
import type { Bank } from '../bank/bank.ts'
import type { WorldClock } from '../bank/clock.ts'
import type { Health } from '../bank/health.ts'
import type { Links } from '../bank/links.ts'
import type { ItemRecord, LinkRecord, LinkSession } from '../bank/state.ts'
import { publicTokenOf } from '../bank/tokens.ts'
import { PlaidFault } from '../fault.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'
import { institutionById } from '../world/institutions.ts'
import { linkDirectory, linkErrorOf } from './directory.ts'
import { exitStatus, type LinkEvent } from './events.ts'
import type { Effect, Input, Terms } from './flow.ts'
import type { OpenSession } from './open-session.ts'
import { linkWebhooks } from './results.ts'
import { begin, fail, isOver, step } from './session.ts'

/** Sessions that people are in at one time; the oldest is forgotten. */
const openSessionsMax = 2_000
/** Sessions that a link remembers; the oldest that linked nothing is forgotten. */
const sessionsPerLinkMax = 25
/** Events that a session remembers: more than anybody makes who wants to get anywhere. */
const eventsMax = 250

type LinkEffect = Extract<Effect, { kind: 'link' }>

export class LinkSessions {
  readonly #links: Links
  readonly #bank: Bank
  readonly #health: Health
  readonly #clock: WorldClock
  readonly #webhooks: Webhooks
  readonly #open = new Map<string, OpenSession>()

  constructor(options: {
    links: Links
    bank: Bank
    health: Health
    clock: WorldClock
    webhooks: Webhooks
  }) {
    this.#links = options.links
    this.#bank = options.bank
    this.#health = options.health
    this.#clock = options.clock
    this.#webhooks = options.webhooks
  }

  /** A person opens Link: on the hosted page, or in the page of `origin`. */
  start(linkToken: string, origin: string | null, requestId: string): OpenSession {
    const link = this.#links.open(linkToken, origin === null ? 'hosted' : 'embedded')
    const item = link.updates === null ? undefined : this.#bank.items.byId(link.updates)
    const terms = termsOf(link, item)
    const made = begin(terms)
    const record: LinkSession = {
      id: uuid(),
      startedAt: this.#clock.now(),
      finishedAt: null,
      itemIds: [],
      events: [],
      exit: null,
    }
    const session: OpenSession = {
      linkToken,
      link,
      record,
      origin,
      oauthStateId: uuid(),
      terms,
      username: item?.username ?? null,
      products: [...(item?.products ?? []), ...link.products, ...link.wishedProducts],
      directory: linkDirectory(this.#bank, this.#health, link),
      flow: made.flow,
    }
    this.#remember(session)
    this.#note(session, made.events, requestId)
    return session
  }

  /** Undefined when a restart, or its age, has made the session unknown. */
  find(linkToken: string, sessionId: string): OpenSession | undefined {
    const session = this.#open.get(sessionId)
    return session?.linkToken === linkToken ? session : undefined
  }

  /** The session that a person comes back to from a bank's own page. */
  byOauthState(stateId: string): OpenSession | undefined {
    for (const session of this.#open.values()) if (session.oauthStateId === stateId) return session
    return undefined
  }

  /** Takes one step; what came of it is on disk when this resolves. */
  async act(session: OpenSession, input: Input, requestId: string): Promise<void> {
    await this.#settle(session, this.#step(session, input, requestId))
  }

  /** All steps at once, as a program takes them; a way that does not arrive leaves no trace. */
  async express(
    linkToken: string,
    inputs: (session: OpenSession) => Iterable<Input>,
    requestId: string,
  ): Promise<OpenSession> {
    const session = this.start(linkToken, null, requestId)
    const effects: Effect[] = []
    for (const input of inputs(session)) effects.push(...this.#step(session, input, requestId))
    if (isOver(session.flow.pane)) await this.#settle(session, effects)
    else this.#forget(session)
    return session
  }

  #step(session: OpenSession, input: Input, requestId: string): readonly Effect[] {
    const { flow, terms, directory, linkToken, origin } = session
    if (session.record.finishedAt !== null) return []
    this.#links.open(linkToken, origin === null ? 'hosted' : 'embedded')
    let made = step(flow, input, terms, directory)
    try {
      for (const effect of made.effects) this.#do(session, effect)
    } catch (error) {
      if (!(error instanceof PlaidFault)) throw error
      made = fail(flow, linkErrorOf(error))
    }
    session.flow = made.flow
    this.#note(session, made.events, requestId)
    return made.effects
  }

  #do(session: OpenSession, effect: Effect): void {
    const { record, flow, directory } = session
    if (effect.kind === 'link') {
      record.itemIds.push(this.#link(session, effect))
      return
    }
    record.finishedAt = this.#clock.now()
    if (effect.kind === 'exit') {
      const { institutionId, error } = flow
      record.exit = { status: exitStatus(flow, directory), institutionId, error }
    }
  }

  /** Adds an Item, or repairs the one at hand. */
  #link({ link, linkToken, record }: OpenSession, effect: LinkEffect): string {
    const { institutionId, login } = effect
    if (link.updates !== null) {
      const item = this.#bank.items.byId(link.updates)
      if (item === undefined) throw new PlaidFault('ITEM_NOT_FOUND')
      this.#bank.repair(item, login)
      this.#bank.items.giveToken(item, publicTokenOf(linkToken, record.id))
      return item.itemId
    }
    const { products, wishedProducts, clientUserId, userId, webhook, days } = link
    const consented = [...products, ...wishedProducts, ...link.consentedProducts]
    const publicToken = publicTokenOf(linkToken, record.id, record.itemIds.length)
    const all = this.#bank.offers({ institutionId, ...login })
    const selected = effect.keys.length < all.length ? effect.keys.map(Number) : null
    const asked = { products, wishedProducts, consented, clientUserId, userId, webhook, days }
    return this.#bank.create({ institutionId, ...login, ...asked, publicToken, selected }).itemId
  }

  async #settle(session: OpenSession, effects: readonly Effect[]): Promise<void> {
    if (effects.length === 0) return
    const { link, terms } = session
    const item = link.updates === null ? undefined : this.#bank.items.byId(link.updates)
    const [first] = effects
    if (item !== undefined && first?.kind === 'link' && terms.selects !== 'none') {
      await this.#bank.select(item, first.keys.map(Number))
    }
    await this.#bank.save()
    for (const payload of effects.flatMap((effect) => linkWebhooks(session, effect))) {
      await this.#webhooks.send({ url: link.webhook, itemId: null }, payload)
    }
  }

  /** Every event names the request that made it, and the institution once there is one. */
  #note({ record, flow }: OpenSession, events: readonly LinkEvent[], requestId: string): void {
    const institution = institutionById(flow.institutionId ?? '')
    const named =
      institution === undefined
        ? {}
        : { institution_id: institution.id, institution_name: institution.name }
    const at = this.#clock.now()
    for (const { name, metadata } of events.slice(0, eventsMax - record.events.length)) {
      const whole = { request_id: requestId, ...named, ...metadata }
      record.events.push({ id: uuid(), at, name, metadata: whole })
    }
  }

  #remember(session: OpenSession): void {
    const { link, record } = session
    this.#open.set(record.id, session)
    if (this.#open.size > openSessionsMax) {
      const [oldest] = this.#open.keys()
      this.#open.delete(must(oldest, 'what is not empty has a first'))
    }
    link.sessions.push(record)
    if (link.sessions.length <= sessionsPerLinkMax) return
    const oldest = link.sessions.findIndex(({ itemIds }) => itemIds.length === 0)
    link.sessions.splice(oldest, 1)
  }

  #forget({ link, record }: OpenSession): void {
    this.#open.delete(record.id)
    link.sessions = link.sessions.filter((each) => each !== record)
  }
}

function termsOf(link: LinkRecord, item: ItemRecord | undefined): Terms {
  const { updates, selects, multiItem, institutionId } = link
  return {
    updates: updates !== null,
    institutionId: item?.institutionId ?? institutionId,
    selects,
    multiItem,
  }
}
