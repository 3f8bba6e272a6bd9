// What may be done to Items, and what they show of their banks. A change is answered for only when
// it is on disk, so that no token is handed out that a restart would not know.
import type { AccountBase } from 'plaid'
import { must } from '../../../../src/std/errors.ts'
import type { PlacedAccount } from '../item/accounts.ts'
import type { Deed, Ledger, News } from '../item/ledger.ts'
import type { ReadinessPace } from '../item/ready.ts'
import { PlaidFault } from '../fault.ts'
import type { OtherProducts } from '../products/other-products.ts'
import {
  checkInitial,
  type Holder,
  initialProducts,
  isBilled,
  type Modelled,
} from '../products/product.ts'
import { type Look, lookAt } from '../products/look.ts'
import { MINUTE_MS } from '../world/calendar.ts'
import { type Institution, institutionById } from '../world/institutions.ts'
import { createMarket, type Market } from '../world/market.ts'
import type { WorldClock } from './clock.ts'
import { CUSTOM_USERNAME, CustomUsers } from './custom-users.ts'
import type { Health } from './health.ts'
import { Items } from './items.ts'
import { Ledgers } from './ledgers.ts'
import { Lives } from './lives.ts'
import type { Login } from './mfa.ts'
import { type NewItem, newRecord } from './new-item.ts'
import { nextLookAt } from './looks.ts'
import type { ItemRecord, StateStore } from './state.ts'
import { signIn, type TestUser, userOf } from './users.ts'

/** Rows that one mutation may touch in each way. */
export const mutationRowsMax = 100_000
/** What may be done to one Item out of turn. */
const actionsMax = 10_000
/** Plaid's defaults and bounds for the history of transactions. */
export const historyDays = { default: 90, min: 1, max: 730 }
const EXTRACTION_MS = MINUTE_MS

export interface BankOptions {
  store: StateStore
  clock: WorldClock
  health: Health
  readiness: ReadinessPace
  otherProducts: OtherProducts
}

export class Bank {
  readonly items: Items
  readonly #options: BankOptions
  readonly #customs: CustomUsers
  readonly #ledgers: Ledgers
  readonly #market: Market

  constructor(options: BankOptions) {
    this.#options = options
    this.#customs = new CustomUsers(options.store)
    const { store, clock, readiness } = options
    this.items = new Items({ store, clock })
    this.#market = createMarket(store.state.seed)
    this.#ledgers = new Ledgers({
      seed: store.state.seed,
      clock,
      readiness,
      market: this.#market,
      lives: new Lives(store, this.#customs),
      userOf: (item) => this.userOf(item),
      scaleAccountsOf: (itemId) => this.items.scaleAccountsOf(itemId),
    })
  }

  /**
   * Checks the person's credentials and makes an Item whose public token waits for its exchange. It
   * counts when the caller has saved, with what the caller changes beside it.
   */
  create(wanted: NewItem): ItemRecord {
    this.#options.health.reach(wanted.institutionId)
    const refusal = institutionById(wanted.institutionId)?.refuses ?? null
    if (refusal !== null) throw new PlaidFault(refusal)
    signIn(wanted, this.#options.store.state.world)
    this.items.checkRoom()
    const now = this.#options.clock.now()
    const itemId = this.items.newId()
    const custom = wanted.username === CUSTOM_USERNAME ? this.#customs.keep(wanted.password) : null
    const item = newRecord(wanted, { itemId, custom, now })
    item.products = initialProducts(this.holder(item), wanted)
    if (item.products.includes('transactions')) item.since = now
    this.#ledgers.forget(item.itemId)
    this.items.add(item)
    return item
  }

  /** Refuses products with which no Item can begin, at this institution or at any. */
  checkInitial(products: readonly string[], institution?: Institution): void {
    const { otherProducts } = this.#options
    checkInitial(products, { otherProducts, ...(institution && { institution }) })
  }

  /** Throws what an institution says to these credentials. */
  signIn(given: Login): void {
    signIn(given, this.#options.store.state.world)
  }

  /** The clock's place is saved too. */
  save(): Promise<void> {
    this.#options.store.state.clock = this.#options.clock.saved()
    return this.#options.store.save()
  }

  /** The Item's ledger as of now; null where transactions were never asked for. */
  ledger(item: ItemRecord): Ledger | null {
    return item.since === null ? null : this.#ledgers.of(item)
  }

  /** The first instant after the last telling at which something may come by itself. */
  nextLookAt(item: ItemRecord): number {
    const { readiness, store } = this.#options
    return nextLookAt(item, store.state.seed, { pace: readiness, moves: this.#moves(item) })
  }

  /** What came at the Item since the last call; a restart does not tell it again. */
  takeNews(item: ItemRecord): News[] {
    const news = item.since === null ? [] : this.#ledgers.takeNews(item)
    item.toldAt = this.#options.clock.now()
    return news
  }

  /** The accounts that the Item shows, whether transactions were asked for or not. */
  accounts(item: ItemRecord): AccountBase[] {
    return this.#ledgers.of(item).accounts()
  }

  /** The accounts as the bank has them now, at which no application looks yet. */
  balances(item: ItemRecord): AccountBase[] {
    if (!this.#moves(item)) return this.accounts(item)
    return this.#ledgers.now(item).accounts()
  }

  /** All accounts that the person has at the bank, of which an Item shows the selected ones. */
  offers(of: ItemRecord | (Login & { institutionId: string })): PlacedAccount[] {
    return ('itemId' in of ? this.#ledgers.of(of) : this.#ledgers.ofStranger(of)).offers()
  }

  userOf({ username }: Pick<ItemRecord, 'username'>): TestUser {
    const { world } = this.#options.store.state
    return must(userOf(username, world), 'an Item is of a known test user')
  }

  /** What is known of the Item's accounts beyond Plaid's bodies, as of the last look. */
  look(item: ItemRecord): Look {
    const { seed } = this.#options.store.state
    const institution = must(
      institutionById(item.institutionId),
      'an Item is of a known institution',
    )
    const customer = { seed, username: item.custom ?? item.username, institution }
    return lookAt(this.#ledgers.of(item), customer, this.#market)
  }

  /** What the Item's products are judged by. */
  holder(item: ItemRecord): Holder {
    const institution = must(
      institutionById(item.institutionId),
      'an Item is of a known institution',
    )
    const { products, consented } = item
    const { otherProducts } = this.#options
    let accounts: AccountBase[] | undefined
    const all = () => (accounts ??= this.accounts(item))
    return { institution, accounts: all, products, consented, otherProducts }
  }

  /** The first use of a product is what it is billed for. */
  async bill(item: ItemRecord, product: Modelled): Promise<void> {
    if (!isBilled(product) || item.products.includes(product)) return
    item.products = [...item.products, product]
    this.items.stir(item)
    await this.#options.store.save()
  }

  /** The first call for transactions begins their history; later ones change nothing. */
  async startTransactions(item: ItemRecord, days: number | undefined): Promise<void> {
    if (item.since !== null) return
    item.since = this.#options.clock.now()
    this.#ledgers.forget(item.itemId)
    item.days = days ?? historyDays.default
    item.products = [...new Set([...item.products, 'transactions'])]
    this.items.stir(item)
    await this.#options.store.save()
  }

  /** Investments are extracted while nobody waits: like a history, in a minute. */
  async extractInvestments(item: ItemRecord): Promise<void> {
    const { clock, readiness, store } = this.#options
    item.investmentsReadyAt = clock.now() + (readiness === 'immediate' ? 0 : EXTRACTION_MS)
    this.items.stir(item)
    await store.save()
  }

  /** Does something at the Item's bank, and remembers it. */
  async act(item: ItemRecord, deed: Deed): Promise<void> {
    if (item.actions.length >= actionsMax) {
      throw new PlaidFault('RATE_LIMIT', `an Item remembers at most ${actionsMax} actions`)
    }
    this.items.checkChange(item)
    const at = this.#options.clock.now()
    // a look that brought nothing needs no place in the history
    if (!this.#ledgers.of(item).act(at, deed)) return
    item.actions.push({ at, ...deed })
    this.items.stir(item)
    await this.#options.store.save()
  }

  /** Which accounts the Item shows, by their places at the bank; null is all of them. */
  async select(item: ItemRecord, places: number[] | null): Promise<void> {
    const known = new Set(this.offers(item).map(({ place }) => place))
    if (places?.some((place) => !known.has(place)) === true) {
      throw new PlaidFault('INVALID_ACCOUNT_ID')
    }
    await this.act(item, { kind: 'select', places })
  }

  /** From now on /transactions/sync has a reader, who wants to be told. */
  async synced(item: ItemRecord): Promise<void> {
    if (item.syncedAt !== null) return
    item.syncedAt = this.#options.clock.now()
    await this.#options.store.save()
  }

  /** Where the Item's webhooks go from now on; what came before is not told there. */
  redirect(item: ItemRecord, webhook: string | null): void {
    this.takeNews(item)
    item.webhook = webhook
    this.items.stir(item)
  }

  /** The bank stops to accept the Item's login, until it is repaired. The caller saves. */
  loseLogin(item: ItemRecord, code = 'ITEM_LOGIN_REQUIRED'): void {
    item.error = code
  }

  /** The bank will end the login. The caller saves. */
  announceEnd(item: ItemRecord, end: NonNullable<ItemRecord['disconnect']>): void {
    item.disconnect = end
    this.items.stir(item)
  }

  /** The person agreed until then. The caller saves. */
  endConsent(item: ItemRecord, at: number): void {
    item.consentExpiresAt = at
    this.items.stir(item)
  }

  /** The login works again, with a new life. The caller saves. */
  healLogin(item: ItemRecord): void {
    item.error = null
    item.loginAt = this.#options.clock.now()
    item.disconnect = null
    item.consentExpiresAt = null
    this.items.stir(item)
  }

  /** As `create`: the caller saves. */
  repair(item: ItemRecord, given: Login): void {
    this.#options.health.reach(item.institutionId)
    signIn(given, this.#options.store.state.world)
    if (given.username !== item.username) throw new PlaidFault('INVALID_UPDATED_USERNAME')
    this.healLogin(item)
  }

  async remove(item: ItemRecord): Promise<void> {
    this.items.remove(item)
    if (item.custom !== null) this.#customs.forget(item.custom)
    this.#ledgers.forget(item.itemId)
    await this.#options.store.save()
  }

  /** What only moves when it is asked stands where it stood. */
  #moves(item: ItemRecord): boolean {
    const { kind } = this.userOf(item)
    return kind === 'life' || kind === 'custom'
  }
}
