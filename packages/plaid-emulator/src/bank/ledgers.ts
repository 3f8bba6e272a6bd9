// The ledgers of the Items that somebody asks about: each is made from the seed and from what was
// done to its Item, and may be forgotten again, since it comes out the same.
import { must } from '../../../../src/std/errors.ts'
import type { Ledger, News } from '../item/ledger.ts'
import type { ReadinessPace } from '../item/ready.ts'
import { RowLedger } from '../item/row-ledger.ts'
import { ScaleLedger } from '../item/scale-ledger.ts'
import { dynamicSource, lifeSource, movingSource } from '../item/source.ts'
import { worthOf } from '../products/investments.ts'
import { dayOf } from '../world/calendar.ts'
import { institutionById } from '../world/institutions.ts'
import type { Market } from '../world/market.ts'
import type { WorldClock } from './clock.ts'
import type { Lives, Shown } from './lives.ts'
import { isSelection, lastLookAt } from './looks.ts'
import type { Login } from './mfa.ts'
import type { ItemRecord } from './state.ts'
import type { TestUser } from './users.ts'

const ledgersMax = 1_000
/** Rows that all ledgers together hold in memory, about two hundred bytes each. */
const rowsHeldMax = 500_000
/** Accounts of a user whose name asks for so many rows. */
const SCALE_ACCOUNTS = 2

export interface LedgersOptions {
  seed: string
  clock: WorldClock
  readiness: ReadinessPace
  lives: Lives
  /** What investments are worth by. */
  market: Market
  userOf(item: Pick<ItemRecord, 'username'>): TestUser
  /** How many accounts an Item of the world `scale` has. */
  scaleAccountsOf(itemId: string): number | undefined
}

type Opened = Shown &
  Pick<ItemRecord, 'institutionId' | 'username' | 'days' | 'actions'> & {
    since: number
    readiness: ReadinessPace
  }

export class Ledgers {
  readonly #options: LedgersOptions
  /** The one that was used last stands last. */
  readonly #ledgers = new Map<string, Ledger>()

  constructor(options: LedgersOptions) {
    this.#options = options
  }

  /** As of now: there from an Item's beginning, for its accounts; transactions begin it anew. */
  of(item: ItemRecord): Ledger {
    const known = this.#ledgers.get(item.itemId)
    const ledger = known ?? this.#reopen(item)
    this.#ledgers.delete(item.itemId)
    this.#ledgers.set(item.itemId, ledger)
    if (known === undefined) this.#makeRoom(ledger)
    ledger.catchUp(this.#options.clock.now())
    // nobody is told, and nothing piles up
    if (item.webhook === null) ledger.takeNews()
    return ledger
  }

  /**
   * What came since the Item was told. A ledger that nobody holds is not made for that alone: only
   * those rows come to life to which something happened since the last look.
   */
  takeNews(item: ItemRecord): News[] {
    const { seed, readiness, userOf } = this.#options
    const isKnown = this.#ledgers.has(item.itemId) || userOf(item).kind !== 'life'
    const since = isKnown ? undefined : lastLookAt(item, seed, readiness)
    if (since === undefined) return this.of(item).takeNews()
    const now = this.#options.clock.now()
    // the same history, from another day on
    const days = item.days + dayOf(since) - dayOf(item.since ?? since)
    const ledger = this.#begin({ ...item, since, days, readiness: 'immediate' }, now)
    for (const { at: _, ...deed } of item.actions) if (isSelection(deed)) ledger.act(since, deed)
    ledger.catchUp(since)
    ledger.takeNews()
    ledger.catchUp(now)
    return ledger.takeNews()
  }

  /** The bank at this instant, at which no application looks yet; nobody else has this ledger. */
  now(item: ItemRecord): Ledger {
    const since = item.since ?? item.createdAt
    const ledger = this.#open({ ...item, since, readiness: 'immediate' })
    ledger.act(this.#options.clock.now(), { kind: 'refresh' })
    return ledger
  }

  /** Of somebody who has no Item yet. */
  ofStranger(who: Login & { institutionId: string }): Ledger {
    const now = this.#options.clock.now()
    const item = { itemId: '', custom: null, createdAt: now, since: now, days: 1, actions: [] }
    return this.#open({ ...who, ...item, readiness: 'immediate' })
  }

  forget(itemId: string): void {
    this.#ledgers.delete(itemId)
  }

  /** A ledger that has lived what the Item lived. */
  #open(item: Opened): Ledger {
    const ledger = this.#begin(item)
    for (const { at, ...deed } of item.actions) {
      ledger.catchUp(at)
      ledger.act(at, deed)
    }
    return ledger
  }

  #reopen(item: ItemRecord): Ledger {
    const readiness = item.since === null ? 'immediate' : this.#options.readiness
    const ledger = this.#open({ ...item, since: item.since ?? item.createdAt, readiness })
    ledger.catchUp(item.toldAt)
    ledger.forgetNews(item.toldAt)
    return ledger
  }

  #makeRoom(newest: Ledger): void {
    let held = 0
    for (const ledger of this.#ledgers.values()) held += ledger.rowsHeld
    for (const [itemId, ledger] of this.#ledgers) {
      const fits = held <= rowsHeldMax && this.#ledgers.size <= ledgersMax
      if (fits || ledger === newest) break
      held -= ledger.rowsHeld
      this.#ledgers.delete(itemId)
    }
  }

  /** With the rows alone to which something happens until `until`, where that is given. */
  #begin(item: Opened, until?: number): Ledger {
    const { itemId, institutionId, since, days, readiness, actions } = item
    const { seed, lives, market } = this.#options
    const user = this.#options.userOf(item)
    const institution = must(institutionById(institutionId), 'an Item is of a known institution')
    if (user.kind === 'scale') {
      const [first] = actions
      const chosen = first?.kind === 'select' ? first.places : null
      const accounts = this.#options.scaleAccountsOf(itemId) ?? SCALE_ACCOUNTS
      return new ScaleLedger({ seed, itemId, since, rows: user.rows, accounts, chosen })
    }
    const firstDay = dayOf(since) - days
    const whole =
      user.kind === 'dynamic'
        ? dynamicSource({ seed, itemId, since, firstDay })
        : lifeSource(lives.of(user, item), institution, seed)
    const source = until === undefined ? whole : movingSource(whole, since, until)
    return new RowLedger({
      source,
      institution,
      worth: (account, drafts, at) => worthOf(market, account, drafts, at),
      seed,
      itemId,
      since,
      firstDay,
      readiness,
    })
  }
}
