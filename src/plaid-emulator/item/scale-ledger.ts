// An Item of any size for measuring: each row is computed from its number when a page asks for it,
// so that a million rows take no memory. It stands still but for mutations.
import type { AccountBase } from 'plaid'
import { DAY_MS, dayOf, HOUR_MS } from '../world/calendar.ts'
import type { Payee } from '../world/payee.ts'
import { PAYEES, SHOPS } from '../world/payees.ts'
import { drawAt, idAt, type Key, keyOf } from '../world/random.ts'
import { type View, writeTransaction } from '../world/render.ts'
import { ChangeLog, type RowNumber } from './change-log.ts'
import {
  chooseRows,
  dollars,
  type Ledger,
  MODIFIED_BY_CENTS,
  type Mutation,
  type News,
  type Readiness,
} from './ledger.ts'

const DAYS = 730
/**
 * Rows come in blocks: the last row of each account in a block pays for all others of it, so that
 * a balance is the sum of one block's beginning and not of a million rows.
 */
const BLOCK_ROWS = 256
const CHECKING = 0
const CARD = 1
const OPENING_CENTS = [412_055, 0] as const
const CARD_LIMIT_CENTS = 2_500_000

interface Amount {
  account: number
  payee: Payee
  cents: number
}

export class ScaleLedger implements Ledger {
  readonly log: ChangeLog
  readonly readiness: Readiness = 'HISTORICAL_UPDATE_COMPLETE'
  pulledAt: number
  readonly #founders: number
  readonly #since: number
  readonly #seed: string
  readonly #ids: Key
  readonly #accountIds: [string, string]
  /** When rows that a mutation added happened. */
  readonly #added: number[] = []
  readonly #extraCents = new Map<RowNumber, number>()
  /** What mutations did to each account. */
  readonly #mutatedCents: [number, number] = [0, 0]
  #mutations = 0
  #news: News[] = []

  constructor(options: { seed: string; itemId: string; since: number; rows: number }) {
    this.log = new ChangeLog(options.rows)
    this.#founders = options.rows
    this.#since = options.since
    this.#seed = options.seed
    this.#ids = keyOf(`${options.seed}/rows/${options.itemId}`)
    const accounts = keyOf(`${options.seed}/accounts/${options.itemId}`)
    this.#accountIds = [idAt(accounts, CHECKING), idAt(accounts, CARD)]
    this.pulledAt = options.since
  }

  get rowCount(): number {
    return this.#founders + this.#added.length
  }

  catchUp(now: number): void {
    this.pulledAt = Math.max(this.pulledAt, now)
  }

  refresh(now: number): boolean {
    this.catchUp(now)
    return false
  }

  takeNews(): News[] {
    const news = this.#news
    this.#news = []
    return news
  }

  mutate(now: number, mutation: Mutation): void {
    const key = keyOf(`${this.#seed}/mutation/${this.#mutations++}`)
    const draw = (i: number): number => drawAt(key, i)
    const removed: string[] = []
    for (const row of chooseRows(this, mutation.remove, draw)) {
      removed.push(this.transactionId(row))
      this.#count(row, -this.#amount(row).cents - (this.#extraCents.get(row) ?? 0))
      this.log.remove(row)
    }
    for (const row of chooseRows(this, mutation.modify, draw)) {
      this.#extraCents.set(row, (this.#extraCents.get(row) ?? 0) + MODIFIED_BY_CENTS)
      this.#count(row, MODIFIED_BY_CENTS)
      this.log.put(row)
    }
    for (let i = 0; i < mutation.add; i++) {
      const row = this.#founders + this.#added.push(now) - 1
      this.#count(row, this.#amount(row).cents)
      this.log.put(row)
    }
    this.#news.push({ at: now, kind: 'update', added: mutation.add, removed })
  }

  accounts(): AccountBase[] {
    const [checking, card] = [this.#balance(CHECKING), this.#balance(CARD)]
    const shared = { iso_currency_code: 'USD', unofficial_currency_code: null }
    return [
      {
        account_id: this.#accountIds[CHECKING],
        balances: {
          available: dollars(checking),
          current: dollars(checking),
          limit: null,
          ...shared,
        },
        holder_category: 'personal',
        mask: '0000',
        name: 'Scale Checking',
        official_name: 'Large Generated Checking Account',
        subtype: 'checking',
        type: 'depository',
      },
      {
        account_id: this.#accountIds[CARD],
        balances: {
          available: dollars(CARD_LIMIT_CENTS - card),
          current: dollars(card),
          limit: dollars(CARD_LIMIT_CENTS),
          ...shared,
        },
        holder_category: 'personal',
        mask: '3333',
        name: 'Scale Card',
        official_name: 'Large Generated Credit Card',
        subtype: 'credit card',
        type: 'credit',
      },
    ] as AccountBase[]
  }

  accountOf(row: RowNumber): string {
    return this.#accountIds[accountAt(row)]
  }

  transactionId(row: RowNumber): string {
    return idAt(this.#ids, row * 4 + 1)
  }

  write(out: string[], row: RowNumber, view: View): void {
    const { payee, cents } = this.#amount(row)
    const postedAt = this.#postedAt(row)
    const draw = drawAt(this.#ids, row)
    writeTransaction(
      out,
      {
        transactionId: this.transactionId(row),
        pendingTransactionId: payee.habit === 'settled' ? null : idAt(this.#ids, row * 4),
        accountId: this.accountOf(row),
        payee,
        store: draw % 4,
        cents: cents + (this.#extraCents.get(row) ?? 0),
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

  /** The founders lie evenly over two years, the oldest first. */
  #postedAt(row: RowNumber): number {
    if (row >= this.#founders) return this.#added[row - this.#founders] ?? this.#since
    const back = Math.floor(((this.#founders - 1 - row) * DAYS) / this.#founders)
    return (dayOf(this.#since) - back) * DAY_MS + (drawAt(this.#ids, row) % 20) * HOUR_MS
  }

  #amount(row: RowNumber): Amount {
    const account = accountAt(row)
    const place = row % BLOCK_ROWS
    if (row < this.#founders && isSettling(place)) {
      const payee = account === CARD ? PAYEES.loanReceived : PAYEES.salary
      return { account, payee, cents: -BLOCK_CENTS }
    }
    const payee = SHOPS[drawAt(this.#ids, row) % SHOPS.length] ?? SHOPS[0]
    return { account, payee, cents: centsAt(place) }
  }

  #balance(account: typeof CHECKING | typeof CARD): number {
    let out = this.#mutatedCents[account]
    const blockStart = this.#founders - (this.#founders % BLOCK_ROWS)
    for (let row = blockStart; row < this.#founders; row++) {
      if (accountAt(row) === account) out += this.#amount(row).cents
    }
    return account === CARD ? OPENING_CENTS[CARD] + out : OPENING_CENTS[CHECKING] - out
  }

  #count(row: RowNumber, cents: number): void {
    this.#mutatedCents[accountAt(row)] += cents
  }
}

/** Rows alternate between the card and the checking account. */
function accountAt(row: RowNumber): typeof CHECKING | typeof CARD {
  return row % 2 === 0 ? CARD : CHECKING
}

/** A block's last two rows: one of each account. */
function isSettling(place: number): boolean {
  return place >= BLOCK_ROWS - 2
}

/** Amounts between five and ninety dollars, the same for both accounts of a pair. */
function centsAt(place: number): number {
  return 500 + (((place >> 1) * 2_654_435_761) % 8_500)
}

const BLOCK_CENTS = Array.from({ length: BLOCK_ROWS }, (_, place) => place)
  .filter((place) => place % 2 === 0 && !isSettling(place))
  .reduce((sum, place) => sum + centsAt(place), 0)
