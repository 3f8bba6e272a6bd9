// An Item of any size for measuring: each row is computed from its number when a page asks for it,
// so that fifty million rows take no memory. It stands still but for what it is told to do.
import type { AccountBase } from 'plaid'
import { assert, ConfigError } from '../../../../src/std/errors.ts'
import { account, balanceSign, type WorldAccount } from '../world/account.ts'
import { DAY_MS, dayOf, HOUR_MS } from '../world/calendar.ts'
import type { Payee } from '../world/payee.ts'
import { PAYEES, SHOPS } from '../world/payees.ts'
import { drawAt, idAt, indexOfId, type Key, keyOf } from '../world/random.ts'
import { type View, writeTransaction } from '../world/render.ts'
import { ItemAccounts, type PlacedAccount } from './accounts.ts'
import { ChangeLog, type RowNumber } from './change-log.ts'
import {
  checkRoom,
  chooseRows,
  type Deed,
  type Ledger,
  MODIFIED_BY_CENTS,
  type Mutation,
  type News,
  noSuchTransaction,
  type Readiness,
  type WindowQuery,
} from './ledger.ts'
import { scaleWindow } from './scale-window.ts'

export interface ScaleLedgerOptions {
  seed: string
  itemId: string
  since: number
  rows: number
  /** How many accounts share the rows, one after the other. */
  accounts: number
  /** The places of those that were chosen when the Item was made; null is all. */
  chosen: number[] | null
}

const DAYS = 730
/**
 * Rows come in blocks: the last row of each account in a block pays for all others of it, so that
 * a balance is the sum of one block's beginning and not of a million rows. Divisible by every
 * number of accounts.
 */
const BLOCK_ROWS = 240

const dollars = { currency: 'USD' } as const
const ACCOUNTS: readonly WorldAccount[] = [
  account(
    ['depository', 'checking'],
    ['Scale Checking', 'Large Generated Checking Account', '0000'],
    412_055,
    dollars,
  ),
  account(['credit', 'credit card'], ['Scale Card', 'Large Generated Credit Card', '3333'], 0, {
    ...dollars,
    limitCents: 2_500_000,
  }),
  account(
    ['depository', 'savings'],
    ['Scale Savings', 'Large Generated Savings Account', '1111'],
    1_870_310,
    dollars,
  ),
  account(['credit', 'credit card'], ['Scale Second Card', null, '4444'], 20_000, {
    ...dollars,
    limitCents: 800_000,
  }),
]
export const scaleAccountsMax = ACCOUNTS.length

export class ScaleLedger implements Ledger {
  readonly log: ChangeLog
  readonly readiness: Readiness = 'HISTORICAL_UPDATE_COMPLETE'
  pulledAt: number
  readonly #founders: number
  readonly #since: number
  readonly #seed: string
  readonly #ids: Key
  readonly #accounts: ItemAccounts
  /** The accounts that take turns. */
  readonly #places: number[]
  /** When rows that a mutation added happened. */
  readonly #added: number[] = []
  readonly #extraCents = new Map<RowNumber, number>()
  readonly #removed: RowNumber[] = []
  #mutations = 0
  #news: News[] = []

  constructor(options: ScaleLedgerOptions) {
    assert(BLOCK_ROWS % options.accounts === 0, 'a block holds as many rows of each account')
    this.log = new ChangeLog(options.rows)
    this.#founders = options.rows
    this.#since = options.since
    this.#seed = options.seed
    this.#ids = keyOf(`${options.seed}/rows/${options.itemId}`)
    const known = ACCOUNTS.slice(0, options.accounts)
    const held = [...known.keys()]
    this.#places = held.filter((place) => options.chosen?.includes(place) ?? true)
    this.#accounts = new ItemAccounts({
      seed: options.seed,
      itemId: options.itemId,
      known,
      held,
      openingCents: (place) => known[place]?.openingCents ?? 0,
      worth: () => null,
      currency: 'USD',
    })
    for (const place of held) if (!this.#places.includes(place)) this.#accounts.hide(place)
    // whole blocks come to nothing
    for (let row = this.#founders - (this.#founders % BLOCK_ROWS); row < this.#founders; row++) {
      this.#count(row, this.#cents(row))
    }
    this.pulledAt = options.since
  }

  get rowCount(): number {
    return this.#founders + this.#added.length
  }

  get rowsHeld(): number {
    return this.#added.length + this.#extraCents.size + this.#removed.length
  }

  catchUp(now: number): void {
    this.pulledAt = Math.max(this.pulledAt, now)
  }

  act(now: number, deed: Deed): boolean {
    this.catchUp(now)
    if (deed.kind === 'refresh') return false
    const head = this.log.head
    const removed: string[] = []
    const before = this.#added.length
    if (deed.kind === 'mutate') this.#mutate(now, deed.mutation, removed)
    else if (deed.kind === 'amount') this.#reprice(this.#find(deed.transactionId), deed.cents)
    else if (deed.kind === 'remove') this.#remove(this.#find(deed.transactionId), removed)
    else this.#refuse(deed)
    if (this.log.head === head) return false
    this.#news.push({ at: now, kind: 'update', added: this.#added.length - before, removed })
    return true
  }

  takeNews(): News[] {
    const news = this.#news
    this.#news = []
    return news
  }

  forgetNews(until: number): void {
    this.#news = this.#news.filter(({ at }) => at > until)
  }

  accounts(): AccountBase[] {
    return this.#accounts.list()
  }

  offers(): PlacedAccount[] {
    return this.#accounts.offers()
  }

  drafts(): [] {
    return []
  }

  accountOf(row: RowNumber): string {
    return this.#accounts.id(this.#place(row))
  }

  transactionId(row: RowNumber): string {
    return idAt(this.#ids, row * 4 + 1)
  }

  write(out: string[], row: RowNumber, view: View): void {
    const payee = this.#payee(row)
    const postedAt = this.#postedAt(row)
    const draw = drawAt(this.#ids, row)
    writeTransaction(
      out,
      {
        transactionId: this.transactionId(row),
        pendingTransactionId: null,
        accountId: this.accountOf(row),
        payee,
        store: draw % 4,
        cents: this.#cents(row),
        day: dayOf(postedAt),
        occurredAt: postedAt - (draw % 40) * HOUR_MS - (draw % 3_600) * 1000,
        postedAt,
        pending: false,
        edited: false,
        currency: 'USD',
        country: 'US',
      },
      view,
    )
  }

  window(query: WindowQuery): { total: number; rows: RowNumber[] } {
    const places = query.accountIds?.map((id) => this.#accounts.placeOf(id))
    const turns = [...this.#places.keys()].filter(
      (turn) => places?.includes(this.#places[turn]) ?? true,
    )
    return scaleWindow(query, {
      rowCount: this.rowCount,
      removed: this.#removed,
      turns,
      ofTurns: this.#places.length,
      dayOf: (row) => dayOf(this.#postedAt(row)),
    })
  }

  #mutate(now: number, mutation: Mutation, removed: string[]): void {
    checkRoom(this.log, mutation)
    const key = keyOf(`${this.#seed}/mutation/${this.#mutations++}`)
    const draw = (i: number): number => drawAt(key, i)
    for (const row of chooseRows(this, mutation.remove, draw)) this.#remove(row, removed)
    for (const row of chooseRows(this, mutation.modify, draw)) {
      this.#reprice(row, this.#cents(row) + MODIFIED_BY_CENTS)
    }
    for (let i = 0; i < mutation.add; i++) {
      const row = this.#founders + this.#added.push(now) - 1
      this.#count(row, this.#cents(row))
      this.log.put(row)
    }
  }

  #reprice(row: RowNumber, cents: number): void {
    const more = cents - this.#cents(row)
    this.#extraCents.set(row, (this.#extraCents.get(row) ?? 0) + more)
    this.#count(row, more)
    this.log.put(row)
  }

  #remove(row: RowNumber, removed: string[]): void {
    removed.push(this.transactionId(row))
    this.#removed.push(row)
    this.#count(row, -this.#cents(row))
    this.log.remove(row)
  }

  #find(transactionId: string): RowNumber {
    const index = indexOfId(this.#ids, transactionId) ?? 0
    const row = (index - 1) / 4
    if (Number.isInteger(row) && row < this.rowCount && this.log.isThere(row)) return row
    throw noSuchTransaction()
  }

  /** Its rows are not held, so that it cannot give all of them other ids. */
  #refuse(deed: Deed): void {
    const same = (places: number[]): boolean =>
      this.#places.length === places.length && this.#places.every((each) => places.includes(each))
    if (deed.kind === 'select' && same(deed.places ?? this.#accounts.held())) return
    throw new ConfigError('ITEM_IS_GENERATED', `a generated Item does not know "${deed.kind}"`, {
      status: 409,
    })
  }

  /** The founders lie evenly over two years, the oldest first. */
  #postedAt(row: RowNumber): number {
    if (row >= this.#founders) return this.#added[row - this.#founders] ?? this.#since
    const back = Math.floor(((this.#founders - 1 - row) * DAYS) / this.#founders)
    return (dayOf(this.#since) - back) * DAY_MS + (drawAt(this.#ids, row) % 20) * HOUR_MS
  }

  #place(row: RowNumber): number {
    return this.#places[row % this.#places.length] ?? 0
  }

  /** A block's last rows, one of each account, pay for the others. */
  #settles(row: RowNumber): boolean {
    return row < this.#founders && row % BLOCK_ROWS >= BLOCK_ROWS - this.#places.length
  }

  #payee(row: RowNumber): Payee {
    if (!this.#settles(row)) {
      return SHOPS[drawAt(this.#ids, row) % SHOPS.length] ?? SHOPS[0]
    }
    const owed = balanceSign(this.#accounts.at(this.#place(row))) === 1
    return owed ? PAYEES.loanReceived : PAYEES.salary
  }

  #cents(row: RowNumber): number {
    const turns = this.#places.length
    const base = this.#settles(row)
      ? -blockCents(turns)
      : centsAt(Math.floor((row % BLOCK_ROWS) / turns))
    return base + (this.#extraCents.get(row) ?? 0)
  }

  #count(row: RowNumber, cents: number): void {
    this.#accounts.count(this.#place(row), false, cents)
  }
}

/** Amounts between five and ninety dollars, the same for every account that takes turns. */
function centsAt(turn: number): number {
  return 500 + ((turn * 2 * 2_654_435_761) % 8_500)
}

/** What one account spends in a block, by the number of accounts. */
function blockCents(turns: number): number {
  return BLOCKS[turns] ?? 0
}

const BLOCKS = Array.from({ length: ACCOUNTS.length + 1 }, (_, turns) => {
  const rounds = turns === 0 ? 0 : BLOCK_ROWS / turns - 1
  return Array.from({ length: rounds }, (__, turn) => centsAt(turn)).reduce((a, b) => a + b, 0)
})
