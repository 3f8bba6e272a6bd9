// Link sessions: a link token, the page that it opens, and what the person did there.
import { uuid } from '../../std/ids.ts'
import { PlaidFault } from '../fault.ts'
import type { Bank } from './bank.ts'
import type { WorldClock } from './clock.ts'
import type { ItemRecord, LinkRecord, LinkSession, StateStore } from './state.ts'
import { checkedHash, newToken, publicTokenOf } from './tokens.ts'

const linksMax = 10_000
/** A link token lives for four hours; what came of it can be read for six hours more. */
const LINK_TOKEN_MS = 4 * 3_600_000
const RESULTS_MS = 6 * 3_600_000

export type NewLink = Omit<
  LinkRecord,
  'linkTokenHash' | 'createdAt' | 'expiresAt' | 'urlExpiresAt' | 'sessions'
> & { urlLifetimeMs: number | null }

export interface Credentials {
  bankId: string
  username: string
  password: string
}

export class Links {
  readonly #store: StateStore
  readonly #bank: Bank
  readonly #clock: WorldClock

  constructor(options: { store: StateStore; bank: Bank; clock: WorldClock }) {
    this.#store = options.store
    this.#bank = options.bank
    this.#clock = options.clock
  }

  async create(wanted: NewLink): Promise<{ linkToken: string; link: LinkRecord }> {
    const now = this.#clock.now()
    const linkToken = newToken('link')
    const { urlLifetimeMs, ...fields } = wanted
    const urlExpiresAt = urlLifetimeMs === null ? null : now + urlLifetimeMs
    const link: LinkRecord = {
      ...fields,
      linkTokenHash: checkedHash('link', linkToken),
      createdAt: now,
      expiresAt: Math.max(now + LINK_TOKEN_MS, urlExpiresAt ?? 0),
      urlExpiresAt,
      sessions: [],
    }
    const { state } = this.#store
    const living = state.links.filter((each) => each.expiresAt + RESULTS_MS > now)
    state.links = [...living.slice(-linksMax + 1), link]
    await this.#store.save()
    return { linkToken, link }
  }

  /** The link, for as long as its results can be read. */
  get(linkToken: string): LinkRecord {
    const hash = checkedHash('link', linkToken)
    const link = this.#store.state.links.find((each) => each.linkTokenHash === hash)
    if (link === undefined || link.expiresAt + RESULTS_MS <= this.#clock.now()) {
      throw new PlaidFault('INVALID_LINK_TOKEN')
    }
    return link
  }

  /** The link, for as long as a person may use its page. */
  open(linkToken: string): LinkRecord {
    const link = this.get(linkToken)
    const until = link.urlExpiresAt
    if (until === null || until <= this.#clock.now()) {
      throw new PlaidFault('INVALID_LINK_TOKEN', 'this link has expired; ask for a new one')
    }
    if (finishedSession(link) !== undefined) {
      throw new PlaidFault('INVALID_LINK_TOKEN', 'this link has been used; ask for a new one')
    }
    return link
  }

  /** The person gave credentials and consent: an Item is added, or the one at hand is repaired. */
  async consent(linkToken: string, credentials: Credentials): Promise<ItemRecord> {
    const link = this.open(linkToken)
    const session = this.#session()
    const item = this.#linked(link, credentials, publicTokenOf(linkToken, session.id))
    link.sessions.push({ ...session, itemId: item.itemId })
    await this.#store.save()
    return item
  }

  async leave(linkToken: string): Promise<LinkRecord> {
    const link = this.open(linkToken)
    // the latest departure is the one that counts
    link.sessions = [this.#session()]
    await this.#store.save()
    return link
  }

  #linked(link: LinkRecord, given: Credentials, publicToken: string): ItemRecord {
    if (link.updates === null) {
      const { products, wishedProducts, clientUserId, userId, webhook, days } = link
      const consented = [...products, ...wishedProducts, ...link.consentedProducts]
      const asked = { products, wishedProducts, consented, clientUserId, userId, webhook, days }
      return this.#bank.create({ ...given, ...asked, publicToken })
    }
    const item = this.#bank.byId(link.updates)
    if (item === undefined) throw new PlaidFault('ITEM_NOT_FOUND')
    this.#bank.repair(item, given)
    return item
  }

  #session(): LinkSession {
    const now = this.#clock.now()
    return { id: uuid(), startedAt: now, finishedAt: now, itemId: null }
  }
}

function finishedSession(link: LinkRecord): LinkSession | undefined {
  return link.sessions.find((session) => session.itemId !== null)
}
