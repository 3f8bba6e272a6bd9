// The accounts of an Item: which of its bank's accounts it shows, under which ids, and what is on
// them. An account that was de-selected, or that churned, comes back under another id.
import type { AccountBase } from 'plaid'
import { assert, ConfigError, must } from '../../../../src/std/errors.ts'
import { balanceSign, hasTransactions, type WorldAccount } from '../world/account.ts'
import { amountOf, currencyCodes } from '../world/money.ts'
import { idAt, type Key, keyOf } from '../world/random.ts'

/** Accounts that one bank may hold of a person, those opened later included. */
const accountsMax = 100

/** An account at the bank, whether the Item shows it or not. */
export interface PlacedAccount {
  /** Its place at the bank, by which it is selected. */
  place: number
  /** The id under which the Item shows it; null when it does not. */
  accountId: string | null
  account: WorldAccount
}

/** What an investment account is worth, and what of it is money. */
export interface Worth {
  valueCents: number
  cashCents: number
}

export class ItemAccounts {
  readonly #known: WorldAccount[]
  readonly #held: Set<number>
  readonly #shown: Set<number>
  /** How often the account has come under a new id. */
  readonly #generations = new Map<number, number>()
  readonly #key: Key
  /** Every row names its account: a page of 500 does not work its id out 500 times. */
  readonly #ids = new Map<number, string>()
  readonly #currency: string
  readonly #worth: (place: number) => Worth | null
  readonly #posted: number[]
  readonly #pending: number[]

  constructor(options: {
    seed: string
    itemId: string
    known: readonly WorldAccount[]
    /** The places of those that this bank holds. */
    held: Iterable<number>
    openingCents: (place: number) => number
    /** Of an investment account, which is worth what it holds. */
    worth: (place: number) => Worth | null
    /** Of accounts that name no other. */
    currency: string
  }) {
    this.#currency = options.currency
    this.#worth = options.worth
    this.#key = keyOf(`${options.seed}/accounts/${options.itemId}`)
    this.#known = [...options.known]
    this.#held = new Set(options.held)
    this.#shown = new Set(this.#held)
    this.#pending = this.#known.map(() => 0)
    this.#posted = this.#known.map((_, place) =>
      this.#held.has(place) ? options.openingCents(place) : 0,
    )
  }

  isShown(place: number): boolean {
    return this.#shown.has(place)
  }

  shown(): number[] {
    return [...this.#held].filter((place) => this.#shown.has(place))
  }

  held(): number[] {
    return [...this.#held]
  }

  hide(place: number): void {
    this.#shown.delete(place)
  }

  /** Shows it, under an id that it did not have before. */
  show(place: number): void {
    assert(this.#held.has(place), 'an Item shows accounts of its own bank')
    this.#generations.set(place, this.generation(place) + 1)
    this.#shown.add(place)
  }

  /** A new account at the bank; it is not shown until somebody selects it. */
  open(account: WorldAccount): number {
    if (this.#held.size >= accountsMax) {
      throw new ConfigError('TOO_MANY_ACCOUNTS', `a bank holds at most ${accountsMax} accounts`)
    }
    const place = this.#known.push(account) - 1
    this.#held.add(place)
    this.#posted.push(0)
    this.#pending.push(0)
    return place
  }

  generation(place: number): number {
    return this.#generations.get(place) ?? 0
  }

  id(place: number, generation = this.generation(place)): string {
    const index = generation * PLACES_MAX + place
    let id = this.#ids.get(index)
    if (id === undefined) this.#ids.set(index, (id = idAt(this.#key, index)))
    return id
  }

  placeOf(accountId: string): number | undefined {
    return this.shown().find((place) => this.id(place) === accountId)
  }

  at(place: number): WorldAccount {
    return must(this.#known[place], 'an Item names accounts of its own bank')
  }

  currency(place: number): string {
    return this.at(place).currency ?? this.#currency
  }

  offers(): PlacedAccount[] {
    return this.held().map((place) => ({
      place,
      accountId: this.isShown(place) ? this.id(place) : null,
      account: this.at(place),
    }))
  }

  /** Adds money that went out to the account's sum: the posted or the pending one. */
  count(place: number, pending: boolean, cents: number): void {
    const sums = pending ? this.#pending : this.#posted
    sums[place] = (sums[place] ?? 0) + balanceSign(this.at(place)) * cents
  }

  /** As Plaid shows them; `transactions: true` leaves those that have transactions. */
  list(only?: { transactions: boolean }): AccountBase[] {
    return this.shown()
      .filter((place) => only?.transactions !== true || hasTransactions(this.at(place)))
      .map((place) => this.#base(place))
  }

  #base(place: number): AccountBase {
    const known = this.at(place)
    const current = this.#posted[place] ?? 0
    const pending = this.#pending[place] ?? 0
    const limit = known.limitCents
    const left = limit === null ? null : limit - current - pending
    const available = known.type === 'depository' ? current + pending : left
    const worth = known.type === 'investment' ? this.#worth(place) : null
    const there = worth === null ? available : worth.cashCents
    const base = {
      account_id: this.id(place),
      balances: {
        available: dollars(known.availableCents === undefined ? there : known.availableCents),
        current: dollars(worth === null ? current : worth.valueCents),
        limit: dollars(limit),
        ...currencyCodes(this.currency(place)),
      },
      holder_category: known.holder,
      mask: known.mask,
      name: known.name,
      official_name: known.officialName,
      subtype: known.subtype,
      type: known.type,
    }
    return base as AccountBase
  }
}

/** Ids of one generation after the other, of so many accounts each. */
const PLACES_MAX = 1_024

function dollars<T extends number | null>(cents: T): T {
  return (cents === null ? null : amountOf(cents)) as T
}
