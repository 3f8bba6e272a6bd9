// Link tokens: what an application asked of Link, how long a person may use it, and what came of
// it. The sessions behind a token are lived in link/sessions.ts.
import { PlaidFault } from '../fault.ts'
import { HOUR_MS } from '../world/calendar.ts'
import type { WorldClock } from './clock.ts'
import type { LinkRecord, LinkSession, StateStore } from './state.ts'
import { checkedHash, newToken } from './tokens.ts'

const linksMax = 10_000
/** A link token lives for four hours; what came of it can be read for six hours more. */
const LINK_TOKEN_MS = 4 * HOUR_MS
const RESULTS_MS = 6 * HOUR_MS

export type NewLink = Omit<
  LinkRecord,
  'linkTokenHash' | 'createdAt' | 'expiresAt' | 'urlExpiresAt' | 'sessions'
> & { urlLifetimeMs: number | null }

export class Links {
  readonly #store: StateStore
  readonly #clock: WorldClock

  constructor(options: { store: StateStore; clock: WorldClock }) {
    this.#store = options.store
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

  /** The link, for as long as a person may use it: on the hosted page, or inside an application. */
  open(linkToken: string, where: 'hosted' | 'embedded'): LinkRecord {
    const link = this.get(linkToken)
    const until = where === 'hosted' ? link.urlExpiresAt : link.expiresAt
    if (until === null || until <= this.#clock.now()) {
      throw new PlaidFault('INVALID_LINK_TOKEN', 'this link has expired; ask for a new one')
    }
    if (link.sessions.some(isUsed)) {
      throw new PlaidFault('INVALID_LINK_TOKEN', 'this link has been used; ask for a new one')
    }
    return link
  }
}

/** A session that linked something is the last of its link, once it is finished. */
function isUsed({ itemIds, finishedAt }: LinkSession): boolean {
  return itemIds.length > 0 && finishedAt !== null
}
