// The Items of this emulator and what may be done to them. A change is answered for only when it is
// on disk, so that no token is handed out that a restart would not know.
import type { AccountBase } from 'plaid'
import { must } from '../../std/errors.ts'
import type { Offer } from '../item/accounts.ts'
import type { Deed, Ledger, News } from '../item/ledger.ts'
import type { ReadinessPace } from '../item/ready.ts'
import { PlaidFault } from '../fault.ts'
import { type Holder, initialProducts, isBilled, type Modelled } from '../products/product.ts'
import { type Look, lookAt } from '../products/look.ts'
import { bankById } from '../world/institutions.ts'
import { createMarket, type Market } from '../world/market.ts'
import { idAt, keyOf } from '../world/random.ts'
import type { WorldClock } from './clock.ts'
import { CUSTOM_USERNAME, CustomUsers } from './custom-users.ts'
import type { Health } from './health.ts'
import { Ledgers } from './ledgers.ts'
import { Lives } from './lives.ts'
import { type NewItem, newRecord, waitingToken } from './new-item.ts'
import { nextLookAt } from './next-look.ts'
import { ScaleItems } from './scale.ts'
import type { ItemRecord, StateStore } from './state.ts'
import { checkedHash, newToken } from './tokens.ts'
import { signIn, type TestUser, userOf } from './users.ts'

const itemsMax = 10_000
/** Rows that one mutation may touch in each way. */
export const mutationRowsMax = 100_000
/** What may be done to one Item out of turn. */
const actionsMax = 10_000
/** Plaid's defaults and bounds for the history of transactions. */
export const historyDays = { default: 90, min: 1, max: 730 }
const EXTRACTION_MS = 60_000

export interface ListedItem {
  item: ItemRecord
  /** Where it follows from the seed and nothing else tells it; null for Items that were linked. */
  accessToken: string | null
}

export interface BankOptions {
  store: StateStore
  clock: WorldClock
  health: Health
  readiness: ReadinessPace
}

export class Bank {
  readonly #options: BankOptions
  readonly #customs: CustomUsers
  readonly #items = new Map<string, ItemRecord>()
  readonly #byAccessToken = new Map<string, ItemRecord>()
  readonly #byPublicToken = new Map<string, ItemRecord>()
  readonly #ledgers: Ledgers
  /** Of the world `scale`. */
  readonly #scale: ScaleItems | null
  #stirred: (item: ItemRecord) => void = () => {}
  readonly #market: Market

  constructor(options: BankOptions) {
    this.#options = options
    this.#customs = new CustomUsers(options.store)
    const { store, readiness } = options
    const { seed, scale } = store.state
    this.#market = createMarket(seed)
    this.#scale = scale && new ScaleItems({ seed, ...scale })
    this.#ledgers = new Ledgers({
      seed,
      readiness,
      market: this.#market,
      lives: new Lives(store, this.#customs),
      userOf: (item) => this.userOf(item),
      scaleAccountsOf: (itemId) => this.#scale?.accountsOf(itemId),
    })
    store.beforeSave = () => this.#keepChanged()
    for (const item of options.store.state.items) this.#know(item)
  }

  /** Who wants to know that there may be news of an Item out of turn. */
  onStir(listener: (item: ItemRecord) => void): void {
    this.#stirred = listener
  }

  /** Those that were linked, and those of the world `scale` to which something was done. */
  items(): ItemRecord[] {
    return [...this.#items.values()].filter((item) => !item.removed)
  }

  /**
   * Checks the person's credentials and makes an Item whose public token waits for its exchange. It
   * counts when the caller has saved, with what the caller changes beside it.
   */
  create(wanted: NewItem): ItemRecord {
    this.#options.health.reach(wanted.bankId)
    const refusal = bankById(wanted.bankId)?.refuses ?? null
    if (refusal !== null) throw new PlaidFault(refusal)
    signIn(wanted, this.#options.store.state.world)
    const { state } = this.#options.store
    if (this.items().length >= itemsMax) {
      throw new PlaidFault('RATE_LIMIT', `this emulator holds at most ${itemsMax} Items`)
    }
    const now = this.#options.clock.now()
    const itemId = idAt(keyOf(`${state.seed}/items`), state.itemCount++)
    const custom = wanted.username === CUSTOM_USERNAME ? this.#customs.keep(wanted.password) : null
    const item = newRecord(wanted, { itemId, custom, now })
    item.products = initialProducts(this.holder(item), wanted)
    if (item.products.includes('transactions')) item.since = now
    this.#ledgers.forget(item.itemId)
    state.items.push(item)
    this.#know(item)
    this.#stirred(item)
    return item
  }

  /** Throws what an institution says to these credentials. */
  signIn(given: { username: string; password: string }): void {
    signIn(given, this.#options.store.state.world)
  }

  async exchange(publicToken: string): Promise<{ item: ItemRecord; accessToken: string }> {
    const hash = checkedHash('public', publicToken)
    const item = this.#byPublicToken.get(hash)
    if (item === undefined || item.removed || item.publicToken === null) {
      throw new PlaidFault('INVALID_PUBLIC_TOKEN')
    }
    if (this.#options.clock.now() > item.publicToken.expiresAt) {
      throw new PlaidFault(
        'INVALID_PUBLIC_TOKEN',
        'provided public token is expired. Public tokens expire 30 minutes after creation at ' +
          'which point they can no longer be exchanged',
      )
    }
    const accessToken = newToken('access')
    const accessHash = checkedHash('access', accessToken)
    item.publicToken = null
    if (item.accessTokenHash === null) item.accessTokenHash = accessHash
    else item.updateTokenHash = accessHash
    this.#byPublicToken.delete(hash)
    this.#byAccessToken.set(accessHash, item)
    await this.#options.store.save()
    return { item, accessToken }
  }

  /** Update mode gives a public token too, though nobody needs to exchange it. */
  giveToken(item: ItemRecord, publicToken: string): void {
    item.publicToken = waitingToken(publicToken, this.#options.clock.now())
    this.#know(item)
  }

  byAccessToken(token: string): ItemRecord {
    const hash = checkedHash('access', token)
    const item = this.#byAccessToken.get(hash) ?? this.#current(this.#scale?.byToken(token))
    if (item?.accessTokenHash !== hash && item?.updateTokenHash !== hash) {
      throw new PlaidFault('INVALID_ACCESS_TOKEN')
    }
    if (item.removed) throw new PlaidFault('ITEM_NOT_FOUND')
    return item
  }

  /** A new access token; the old one opens nothing from now on. */
  async rotate(item: ItemRecord): Promise<string> {
    const accessToken = newToken('access')
    if (item.accessTokenHash !== null) this.#byAccessToken.delete(item.accessTokenHash)
    item.accessTokenHash = checkedHash('access', accessToken)
    item.updateTokenHash = null
    this.#byAccessToken.set(item.accessTokenHash, item)
    await this.#options.store.save()
    return accessToken
  }

  byId(itemId: string): ItemRecord | undefined {
    const item = this.#items.get(itemId) ?? this.#scale?.byId(itemId)
    return item?.removed === true ? undefined : item
  }

  /** How many Items there are, and some of them, with the tokens of those that nobody linked. */
  list(offset: number, limit: number): { total: number; items: ListedItem[] } {
    const scale = this.#scale
    const count = scale?.count ?? 0
    const linked = this.items().filter(({ itemId }) => scale?.accountsOf(itemId) === undefined)
    const items: ListedItem[] = []
    for (let index = offset; index < Math.min(count, offset + limit); index++) {
      const item = scale && this.byId(scale.itemId(index))
      if (!item) continue
      const token = scale.token(index)
      const current = checkedHash('access', token) === item.accessTokenHash
      items.push({ item, accessToken: current ? token : null })
    }
    const from = Math.max(0, offset - count)
    const rest = linked.slice(from, from + limit - Math.min(limit, Math.max(0, count - offset)))
    items.push(...rest.map((item) => ({ item, accessToken: null })))
    return { total: count + linked.length, items }
  }

  /** The clock's place is saved too. */
  save(): Promise<void> {
    this.#options.store.state.clock = this.#options.clock.saved()
    return this.#options.store.save()
  }

  /** The Item's ledger as of now; null where transactions were never asked for. */
  ledger(item: ItemRecord): Ledger | null {
    return item.since === null ? null : this.#ledgerOf(item)
  }

  /** The first instant after the last telling at which something may come by itself. */
  nextLookAt(item: ItemRecord): number {
    const { readiness, store } = this.#options
    return nextLookAt(item, store.state.seed, readiness)
  }

  /** What came at the Item since the last call; a restart does not tell it again. */
  takeNews(item: ItemRecord): News[] {
    const news = this.ledger(item)?.takeNews() ?? []
    item.toldAt = this.#options.clock.now()
    return news
  }

  /** The accounts that the Item shows, whether transactions were asked for or not. */
  accounts(item: ItemRecord): AccountBase[] {
    return this.#ledgerOf(item).accounts()
  }

  /** The accounts as the bank has them now, at which no application looks yet. */
  balances(item: ItemRecord): AccountBase[] {
    const { kind } = this.userOf(item)
    // what only moves when it is asked stands where it stood
    if (kind !== 'life' && kind !== 'custom') return this.accounts(item)
    const now = this.#options.clock.now()
    const since = item.since ?? item.createdAt
    const ledger = this.#ledgers.open({ ...item, since, readiness: 'immediate' })
    ledger.act(now, { kind: 'refresh' })
    return ledger.accounts()
  }

  /** All accounts that the person has at the bank, of which an Item shows the selected ones. */
  offers(of: ItemRecord | { bankId: string; username: string; password: string }): Offer[] {
    if ('itemId' in of) return this.#ledgerOf(of).offers()
    const now = this.#options.clock.now()
    return this.#ledgers
      .open({
        ...of,
        itemId: '',
        custom: null,
        createdAt: now,
        since: now,
        days: 1,
        readiness: 'immediate',
        actions: [],
      })
      .offers()
  }

  userOf({ username }: Pick<ItemRecord, 'username'>): TestUser {
    const { world } = this.#options.store.state
    return must(userOf(username, world), 'an Item is of a known test user')
  }

  /** What is known of the Item's accounts beyond Plaid's bodies, as of the last look. */
  look(item: ItemRecord): Look {
    const { seed } = this.#options.store.state
    const bank = must(bankById(item.bankId), 'an Item is of a known bank')
    const login = { seed, username: item.custom ?? item.username, bank }
    return lookAt(this.#ledgerOf(item), login, this.#market)
  }

  /** What the Item's products are judged by. */
  holder(item: ItemRecord): Holder {
    const bank = must(bankById(item.bankId), 'an Item is of a known bank')
    const { products, consented } = item
    return { bank, accounts: this.accounts(item), products, consented }
  }

  /** The first use of a product is what it is billed for. */
  async bill(item: ItemRecord, product: Modelled): Promise<void> {
    if (!isBilled(product) || item.products.includes(product)) return
    item.products = [...item.products, product]
    await this.#options.store.save()
  }

  /** The first call for transactions begins their history; later ones change nothing. */
  async startTransactions(item: ItemRecord, days: number | undefined): Promise<void> {
    if (item.since !== null) return
    item.since = this.#options.clock.now()
    this.#ledgers.forget(item.itemId)
    item.days = days ?? historyDays.default
    item.products = [...new Set([...item.products, 'transactions'])]
    this.#stirred(item)
    await this.#options.store.save()
  }

  /** Investments are extracted while nobody waits: like a history, in a minute. */
  async extractInvestments(item: ItemRecord): Promise<void> {
    const { clock, readiness, store } = this.#options
    item.investmentsReadyAt = clock.now() + (readiness === 'immediate' ? 0 : EXTRACTION_MS)
    this.#stirred(item)
    await store.save()
  }

  /** Does something at the Item's bank, and remembers it. */
  async act(item: ItemRecord, deed: Deed): Promise<void> {
    if (item.actions.length >= actionsMax) {
      throw new PlaidFault('RATE_LIMIT', `an Item remembers at most ${actionsMax} actions`)
    }
    if (!this.#items.has(item.itemId) && this.#items.size >= itemsMax) {
      throw new PlaidFault('RATE_LIMIT', `at most ${itemsMax} Items may be changed`)
    }
    const at = this.#options.clock.now()
    // a look that brought nothing needs no place in the history
    if (!this.#ledgerOf(item).act(at, deed)) return
    item.actions.push({ at, ...deed })
    this.#stirred(item)
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
  }

  /** The bank stops to accept the Item's login, until it is repaired. The caller saves. */
  loseLogin(item: ItemRecord, code = 'ITEM_LOGIN_REQUIRED'): void {
    item.error = code
  }

  /** The login works again, with a new life. The caller saves. */
  healLogin(item: ItemRecord): void {
    item.error = null
    item.loginAt = this.#options.clock.now()
    item.disconnect = null
    item.consentExpiresAt = null
    this.#stirred(item)
  }

  /** As `create`: the caller saves. */
  repair(item: ItemRecord, given: { username: string; password: string }): void {
    this.#options.health.reach(item.bankId)
    signIn(given, this.#options.store.state.world)
    if (given.username !== item.username) throw new PlaidFault('INVALID_UPDATED_USERNAME')
    this.healLogin(item)
  }

  async remove(item: ItemRecord): Promise<void> {
    item.removed = true
    if (item.custom !== null) this.#customs.forget(item.custom)
    item.actions = []
    this.#ledgers.forget(item.itemId)
    await this.#options.store.save()
  }

  /** A scale Item that was changed is known as any other. */
  #current(item: ItemRecord | undefined): ItemRecord | undefined {
    return item && (this.#items.get(item.itemId) ?? item)
  }

  #know(item: ItemRecord): void {
    this.#items.set(item.itemId, item)
    if (item.publicToken !== null) this.#byPublicToken.set(item.publicToken.hash, item)
    for (const hash of [item.accessTokenHash, item.updateTokenHash ?? null]) {
      if (hash !== null) this.#byAccessToken.set(hash, item)
    }
  }

  #ledgerOf(item: ItemRecord): Ledger {
    const ledger = this.#ledgers.of(item)
    ledger.catchUp(this.#options.clock.now())
    // nobody is told, and nothing piles up
    if (item.webhook === null) ledger.takeNews()
    return ledger
  }

  /** Items of the world `scale` to which something was done are remembered like any other. */
  #keepChanged(): void {
    for (const item of this.#scale?.takeChanged() ?? []) {
      this.#options.store.state.items.push(item)
      this.#know(item)
    }
  }
}
