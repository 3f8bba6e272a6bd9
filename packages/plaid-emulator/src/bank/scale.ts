// The Items of the world `scale`: as many as somebody wants to measure with, there without anybody
// linking them. Each follows from its number and the seed, its access token too, so that none takes
// memory until something is done to it.
import { createHmac } from 'node:crypto'
import { ConfigError, must } from '../../../../src/std/errors.ts'
import { equalInConstantTime } from '../../../../src/std/secrets.ts'
import { scaleAccountsMax } from '../item/scale-ledger.ts'
import { INSTITUTIONS } from '../world/institutions.ts'
import type { Scale } from '../world/worlds.ts'
import { drawAt, idAt, indexOfId, type Key, keyOf } from '../world/random.ts'
import type { ItemRecord, StateStore } from './state.ts'
import { checkedHash, TOKEN_ENVIRONMENT } from './tokens.ts'
import { scaleUser } from './users.ts'

/** Items that were asked for lately, as records; nothing was done to them. */
const visitsMax = 1_000

interface Visit {
  item: ItemRecord
  /** The record as it was made. */
  text: string
}

export class ScaleItems {
  readonly count: number
  readonly #seed: string
  readonly #ids: Key
  readonly #transactions: number
  readonly #since: number
  readonly #visits = new Map<string, Visit>()
  #changed: ItemRecord[] = []

  constructor(options: Scale & { seed: string; since: number }) {
    this.count = options.items
    this.#seed = options.seed
    this.#ids = keyOf(`${options.seed}/scale/items`)
    this.#transactions = options.transactions
    this.#since = options.since
  }

  /** A UUID that holds the Item's number and a seal of it. */
  token(index: number): string {
    const number = index.toString(16).padStart(8, '0')
    const seal = createHmac('sha256', `${this.#seed}/scale/tokens`).update(number).digest('hex')
    const parts = [number, seal.slice(0, 4), `4${seal.slice(4, 7)}`, `a${seal.slice(7, 10)}`]
    return `access-${TOKEN_ENVIRONMENT}-${parts.join('-')}-${seal.slice(10, 22)}`
  }

  itemId(index: number): string {
    return idAt(this.#ids, index)
  }

  byToken(token: string): ItemRecord | undefined {
    const index = Number.parseInt(token.split('-')[2] ?? '', 16)
    const given = index < this.count && equalInConstantTime(token, this.token(index))
    return given ? this.#visit(index) : undefined
  }

  byId(itemId: string): ItemRecord | undefined {
    const index = indexOfId(this.#ids, itemId)
    return index !== undefined && index < this.count ? this.#visit(index) : undefined
  }

  /** How many accounts an Item of this world has; undefined where it is none. */
  accountsOf(itemId: string): number | undefined {
    const index = indexOfId(this.#ids, itemId)
    if (index === undefined || index >= this.count) return undefined
    return 1 + (drawAt(this.#ids, index) % scaleAccountsMax)
  }

  /** Records to which something was done since the last call: they are not made anew any more. */
  takeChanged(): ItemRecord[] {
    for (const visit of this.#visits.values()) this.#leave(visit, 'if it changed')
    const changed = this.#changed
    this.#changed = []
    return changed
  }

  #visit(index: number): ItemRecord {
    const itemId = this.itemId(index)
    const known = this.#visits.get(itemId)
    const item = known?.item ?? this.#record(index, itemId)
    // the one that was visited last stands last
    this.#visits.delete(itemId)
    this.#visits.set(itemId, known ?? { item, text: JSON.stringify(item) })
    const [oldest] = this.#visits.values()
    if (oldest !== undefined && this.#visits.size > visitsMax) this.#leave(oldest, 'anyway')
    return item
  }

  #leave({ item, text }: Visit, when: 'anyway' | 'if it changed'): void {
    const changed = JSON.stringify(item) !== text
    if (changed) this.#changed.push(item)
    if (changed || when === 'anyway') this.#visits.delete(item.itemId)
  }

  #record(index: number, itemId: string): ItemRecord {
    const institution = must(INSTITUTIONS[index % SCALE_INSTITUTIONS], 'there are some banks')
    const since = this.#since
    return {
      itemId,
      institutionId: institution.id,
      username: scaleUser(this.#transactions),
      custom: null,
      products: ['transactions'],
      consented: null,
      consentExpiresAt: null,
      clientUserId: null,
      userId: null,
      webhook: null,
      createdAt: since,
      since,
      days: 730,
      investmentsReadyAt: null,
      publicToken: null,
      accessTokenHash: checkedHash('access', this.token(index)),
      updateTokenHash: null,
      toldAt: since,
      error: null,
      loginAt: since,
      disconnect: null,
      syncedAt: since,
      lastWebhook: null,
      removed: false,
      actions: [],
    }
  }
}

/** The world begins when it is first opened; afterwards it is the same one. */
export function beginScale({ state }: StateStore, wanted: Scale, now: number): void {
  const { items, transactions } = (state.scale ??= { ...wanted, since: now })
  if (items === wanted.items && transactions === wanted.transactions) return
  throw new ConfigError(
    'EMULATOR_WORLD_DIFFERS',
    `the data folder holds ${items} Items of ${transactions} rows each; start the emulator with ` +
      'these, or give it another data folder',
  )
}

/** The first of the list, which all work. */
const SCALE_INSTITUTIONS = 3
