// Which Items there are, and how they are found: by id, and by tokens, of which only the hashes are
// known (L5). Those that were linked, and those of the world `scale`, which are there unlinked.
import { PlaidFault } from '../fault.ts'
import { idAt, keyOf } from '../world/random.ts'
import type { WorldClock } from './clock.ts'
import { type WaitingToken, waitingToken } from './new-item.ts'
import { ScaleItems } from './scale.ts'
import type { ItemRecord, StateStore } from './state.ts'
import { checkedHash, newToken } from './tokens.ts'

const itemsMax = 100_000

export interface ListedItem {
  item: ItemRecord
  /** Where it follows from the seed and nothing else tells it; null for Items that were linked. */
  accessToken: string | null
}

export class Items {
  readonly #store: StateStore
  readonly #clock: WorldClock
  readonly #known = new Map<string, ItemRecord>()
  readonly #byAccessToken = new Map<string, ItemRecord>()
  readonly #byPublicToken = new Map<string, ItemRecord>()
  /** Of the world `scale`. */
  readonly #scale: ScaleItems | null
  #count = 0
  #stirred: (item: ItemRecord) => void = () => {}

  constructor({ store, clock }: { store: StateStore; clock: WorldClock }) {
    this.#store = store
    this.#clock = clock
    const { seed, scale, items } = store.state
    this.#scale = scale && new ScaleItems({ seed, ...scale })
    store.beforeSave = () => this.#keepChanged()
    for (const item of items) this.#know(item)
    this.#count = this.all().length
  }

  /** Who wants to know that something may be due at an Item out of turn. */
  onStir(listener: (item: ItemRecord) => void): void {
    this.#stirred = listener
  }

  stir(item: ItemRecord): void {
    this.#stirred(item)
  }

  /** Those that were linked, and those of the world `scale` to which something was done. */
  all(): ItemRecord[] {
    return [...this.#known.values()].filter((item) => !item.removed)
  }

  byId(itemId: string): ItemRecord | undefined {
    const item = this.#known.get(itemId) ?? this.#scale?.byId(itemId)
    return item?.removed === true ? undefined : item
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

  /** How many Items there are, and some of them, with the tokens of those that nobody linked. */
  list(offset: number, limit: number): { total: number; items: ListedItem[] } {
    const scale = this.#scale
    const count = scale?.count ?? 0
    const linked = this.all().filter(({ itemId }) => scale?.accountsOf(itemId) === undefined)
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

  /** How many accounts an Item of the world `scale` has; undefined where it is none. */
  scaleAccountsOf(itemId: string): number | undefined {
    return this.#scale?.accountsOf(itemId)
  }

  /** Refuses one more Item. */
  checkRoom(): void {
    if (this.#count < itemsMax) return
    throw new PlaidFault('RATE_LIMIT', `this emulator holds at most ${itemsMax} Items`)
  }

  /** Refuses to remember one more Item of the world `scale`. */
  checkChange({ itemId }: ItemRecord): void {
    if (this.#known.has(itemId) || this.#known.size < itemsMax) return
    throw new PlaidFault('RATE_LIMIT', `at most ${itemsMax} Items may be changed`)
  }

  newId(): string {
    const { state } = this.#store
    return idAt(keyOf(`${state.seed}/items`), state.itemCount++)
  }

  /** The caller saves. */
  add(item: ItemRecord): void {
    this.#store.state.items.push(item)
    this.#know(item)
    this.#count++
    this.stir(item)
  }

  /** Nothing finds it any more. The caller saves. */
  remove(item: ItemRecord): void {
    item.removed = true
    item.actions = []
    this.#count--
  }

  async exchange(publicToken: string): Promise<{ item: ItemRecord; accessToken: string }> {
    const hash = checkedHash('public', publicToken)
    const item = this.#byPublicToken.get(hash)
    if (item === undefined || item.removed || item.publicToken === null) {
      throw new PlaidFault('INVALID_PUBLIC_TOKEN')
    }
    if (this.#clock.now() > item.publicToken.expiresAt) {
      throw new PlaidFault(
        'INVALID_PUBLIC_TOKEN',
        'provided public token is expired. Public tokens expire 30 minutes after creation at ' +
          'which point they can no longer be exchanged',
      )
    }
    const accessToken = newToken('access')
    const accessHash = checkedHash('access', accessToken)
    item.publicToken = null
    if (item.updateTokenHash !== null) this.#byAccessToken.delete(item.updateTokenHash)
    if (item.accessTokenHash === null) item.accessTokenHash = accessHash
    else item.updateTokenHash = accessHash
    this.#byPublicToken.delete(hash)
    this.#byAccessToken.set(accessHash, item)
    await this.#store.save()
    return { item, accessToken }
  }

  /**
   * Update mode gives a public token too, though nobody needs to exchange it. The one before it is
   * worth nothing then. The caller saves.
   */
  giveToken(item: ItemRecord, publicToken: string): WaitingToken {
    const waiting = waitingToken(publicToken, this.#clock.now())
    if (item.publicToken !== null) this.#byPublicToken.delete(item.publicToken.hash)
    item.publicToken = waiting
    this.#know(item)
    return waiting
  }

  /** A new access token; the old one opens nothing from now on. */
  async rotate(item: ItemRecord): Promise<string> {
    const accessToken = newToken('access')
    if (item.accessTokenHash !== null) this.#byAccessToken.delete(item.accessTokenHash)
    item.accessTokenHash = checkedHash('access', accessToken)
    item.updateTokenHash = null
    this.#byAccessToken.set(item.accessTokenHash, item)
    await this.#store.save()
    return accessToken
  }

  /** A scale Item that was changed is known as any other. */
  #current(item: ItemRecord | undefined): ItemRecord | undefined {
    return item && (this.#known.get(item.itemId) ?? item)
  }

  #know(item: ItemRecord): void {
    this.#known.set(item.itemId, item)
    if (item.publicToken !== null) this.#byPublicToken.set(item.publicToken.hash, item)
    for (const hash of [item.accessTokenHash, item.updateTokenHash ?? null]) {
      if (hash !== null) this.#byAccessToken.set(hash, item)
    }
  }

  /** Items of the world `scale` to which something was done are remembered like any other. */
  #keepChanged(): void {
    for (const item of this.#scale?.takeChanged() ?? []) this.add(item)
  }
}
