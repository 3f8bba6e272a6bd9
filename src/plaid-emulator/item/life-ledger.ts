// An Item of somebody who lives (world/life.ts): it follows the bank's truth pull by pull, as Plaid
// does, and keeps only rows within the history that was asked for. Balances are running sums in
// cents.
import type { AccountBase } from 'plaid'
import { must } from '../../std/errors.ts'
import { balanceSign, hasTransactions, type WorldAccount } from '../world/account.ts'
import { DAY_MS, dayOf, MINUTE_MS } from '../world/calendar.ts'
import { type Bank, pullTimes } from '../world/institutions.ts'
import type { Life } from '../world/life.ts'
import {
  type BankEvent,
  type Draft,
  type RowState,
  settledCourse,
  stateAfter,
  stateAt,
} from '../world/lifecycle.ts'
import { currencyCodes } from '../world/money.ts'
import { SHOPS } from '../world/payees.ts'
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

export interface LifeLedgerOptions {
  life: Life
  seed: string
  itemId: string
  bank: Bank
  /** When transactions were first asked for. */
  since: number
  days: number
  readiness: 'immediate' | 'plaid'
}

/** Plaid has the last month after about ten seconds and the history after about a minute. */
const INITIAL_AFTER_MS = 10_000
const HISTORY_AFTER_MS = MINUTE_MS
const INITIAL_DAYS = 30
/** Drafts that a mutation invents have numbers far above the bank's own. */
const INVENTED_FROM = 2 ** 29

interface Row {
  draft: Draft
  state: RowState
  /** What mutations added to the amount. */
  extraCents: number
}

export class LifeLedger implements Ledger {
  readonly log = new ChangeLog()
  readiness: Readiness = 'NOT_READY'
  pulledAt: number
  readonly #options: LifeLedgerOptions
  readonly #ids: Key
  readonly #accountIds: Key
  readonly #firstDay: number
  readonly #initialAt: number
  readonly #historyAt: number
  readonly #rows: Row[] = []
  /** The latest row of a draft, by the draft's number. */
  readonly #rowOf = new Map<number, RowNumber>()
  /** Rows of the first pull that wait for the historical one. */
  #held: RowNumber[] = []
  readonly #posted: number[]
  readonly #pending: number[]
  /** The accounts that this bank holds, by their place in the life's list. */
  readonly #accounts: ReadonlySet<number>
  #mutations = 0
  #invented = 0
  #news: News[] = []
  #added = 0
  #removed: string[] = []

  constructor(options: LifeLedgerOptions) {
    const immediate = options.readiness === 'immediate'
    this.#options = options
    this.#ids = keyOf(`${options.seed}/rows/${options.itemId}`)
    this.#accountIds = keyOf(`${options.seed}/accounts/${options.itemId}`)
    this.#firstDay = dayOf(options.since) - options.days
    this.#initialAt = options.since + (immediate ? 0 : INITIAL_AFTER_MS)
    this.#historyAt = options.since + (immediate ? 0 : HISTORY_AFTER_MS)
    this.pulledAt = options.since
    const { life, bank } = options
    const held = [...life.accounts.entries()].filter(
      ([, { seat }]) => seat === null || seat === bank.seat,
    )
    this.#accounts = new Set(held.map(([account]) => account))
    this.#pending = life.accounts.map(() => 0)
    this.#posted = life.accounts.map((_, account) =>
      this.#accounts.has(account) ? life.balanceBefore(account, this.#firstDay) : 0,
    )
  }

  get rowCount(): number {
    return this.#rows.length
  }

  catchUp(now: number): void {
    if (this.readiness === 'NOT_READY' && now >= this.#initialAt) this.#firstPull()
    if (this.readiness === 'INITIAL_UPDATE_COMPLETE' && now >= this.#historyAt) {
      for (const row of this.#held) this.log.put(row)
      this.#added += this.#held.length
      this.#held = []
      this.readiness = 'HISTORICAL_UPDATE_COMPLETE'
      this.#tell(this.#historyAt, 'historical')
      this.#pull(this.#historyAt)
    }
    if (this.readiness !== 'HISTORICAL_UPDATE_COMPLETE' || now <= this.pulledAt) return
    const { seed, bank } = this.#options
    for (const at of pullTimes(seed, bank.id, this.pulledAt, now)) this.#pull(at)
  }

  refresh(now: number): boolean {
    this.catchUp(now)
    if (this.readiness !== 'HISTORICAL_UPDATE_COMPLETE') return false
    const head = this.log.head
    this.#pull(now)
    return this.log.head !== head
  }

  mutate(now: number, mutation: Mutation): void {
    const key = keyOf(`${this.#options.seed}/mutation/${this.#mutations++}`)
    const draw = (i: number): number => drawAt(key, i)
    for (const row of chooseRows(this, mutation.remove, draw)) this.#remove(row)
    for (const row of chooseRows(this, mutation.modify, draw)) {
      const changed = this.#row(row)
      changed.extraCents += MODIFIED_BY_CENTS
      this.#count(changed.draft, changed.state, MODIFIED_BY_CENTS)
      this.log.put(row)
    }
    const account = must(
      [...this.#accounts].find((each) => hasTransactions(this.#known(each))),
      'every bank has an account with transactions',
    )
    for (let i = 0; i < mutation.add; i++) {
      const cents = 100 + (draw(i) % 9_900)
      const shop = SHOPS[draw(i + 1) % SHOPS.length] ?? SHOPS[0]
      this.#add(
        {
          index: INVENTED_FROM + this.#invented++,
          account,
          payee: shop,
          store: draw(i) % 4,
          cents,
          occurredAt: now,
          course: settledCourse(now, cents),
        },
        { phase: 1, cents, edited: false },
      )
    }
    this.#tell(now, 'update')
  }

  takeNews(): News[] {
    const news = this.#news
    this.#news = []
    return news
  }

  accounts(only?: { transactions: boolean }): AccountBase[] {
    return [...this.#accounts]
      .filter((account) => only?.transactions !== true || hasTransactions(this.#known(account)))
      .map((account) => this.#accountBase(account))
  }

  accountOf(row: RowNumber): string {
    return this.#accountId(this.#row(row).draft.account)
  }

  transactionId(row: RowNumber): string {
    const { draft, state } = this.#row(row)
    return this.#id(draft, state.phase)
  }

  write(out: string[], row: RowNumber, view: View): void {
    const { draft, state, extraCents } = this.#row(row)
    const pending = state.phase === 0
    const { pendingAt, postAt, linked, churnAt } = draft.course
    const postedAt = pending ? null : ((state.phase === 2 ? churnAt : postAt) ?? null)
    writeTransaction(
      out,
      {
        transactionId: this.#id(draft, state.phase),
        pendingTransactionId:
          !pending && linked && pendingAt !== undefined ? this.#id(draft, 0) : null,
        accountId: this.#accountId(draft.account),
        payee: draft.payee,
        store: draft.store,
        cents: state.cents + extraCents,
        day: dayOf(pending ? draft.occurredAt : (postAt ?? draft.occurredAt)),
        occurredAt: draft.occurredAt,
        postedAt,
        pending,
        edited: state.edited,
        currency: this.#currency(draft.account),
        country: this.#options.bank.country,
        details: draft.details,
      },
      view,
    )
  }

  /** The bank as it is at that instant; rows older than a month wait for the historical pull. */
  #firstPull(): void {
    const { life } = this.#options
    const recent = dayOf(this.#initialAt - INITIAL_DAYS * DAY_MS)
    const drafts = life.drafts(this.#accounts, this.#firstDay, dayOf(this.#initialAt))
    for (const draft of drafts.sort((a, b) => a.occurredAt - b.occurredAt)) {
      const state = stateAt(draft, this.#initialAt)
      if (state === undefined) continue
      const older = dayOf(draft.occurredAt) < recent && this.#historyAt > this.#initialAt
      this.#add(draft, state, older)
    }
    this.pulledAt = this.#initialAt
    this.readiness = 'INITIAL_UPDATE_COMPLETE'
    this.#tell(this.#initialAt, 'initial')
  }

  #pull(at: number): void {
    const { life } = this.#options
    const head = this.log.head
    for (const event of life.events(this.#accounts, this.pulledAt, at)) this.#apply(event)
    this.pulledAt = at
    if (this.log.head !== head) this.#tell(at, 'update')
  }

  #apply({ draft, what }: BankEvent): void {
    if (dayOf(draft.occurredAt) < this.#firstDay) return
    const state = stateAfter(draft, what)
    const known = this.#rowOf.get(draft.index)
    const row = known === undefined || this.log.isGone(known) ? undefined : known
    if (row === undefined) {
      // a mutation may have removed the row that the bank now changes
      const first = known === undefined || this.#row(known).state.phase !== state?.phase
      if (state !== undefined && first) this.#add(draft, state)
    } else if (state?.phase === this.#row(row).state.phase) {
      const changed = this.#row(row)
      this.#count(draft, state, state.cents - changed.state.cents)
      changed.state = state
      this.log.put(row)
    } else {
      this.#remove(row)
      if (state !== undefined) this.#add(draft, state)
    }
  }

  #add(draft: Draft, state: RowState, hold = false): void {
    this.#count(draft, state, state.cents)
    // the accounts that Plaid shows no transactions of have a balance and no rows
    if (!hasTransactions(this.#known(draft.account))) return
    const row = this.#rows.push({ draft, state, extraCents: 0 }) - 1
    this.#rowOf.set(draft.index, row)
    if (hold) {
      this.#held.push(row)
      return
    }
    this.#added += 1
    this.log.put(row)
  }

  #remove(row: RowNumber): void {
    const { draft, state, extraCents } = this.#row(row)
    this.#count(draft, state, -state.cents - extraCents)
    this.#removed.push(this.#id(draft, state.phase))
    this.log.remove(row)
  }

  #tell(at: number, kind: News['kind']): void {
    this.#news.push({ at, kind, added: this.#added, removed: this.#removed })
    this.#added = 0
    this.#removed = []
  }

  /** Adds money that went out to its account's sum: the posted or the pending one. */
  #count(draft: Draft, state: RowState, cents: number): void {
    const sums = state.phase === 0 ? this.#pending : this.#posted
    sums[draft.account] =
      (sums[draft.account] ?? 0) + balanceSign(this.#known(draft.account)) * cents
  }

  #row(row: RowNumber): Row {
    return must(this.#rows[row], 'the log names rows of its own ledger')
  }

  #id(draft: Draft, phase: number): string {
    return idAt(this.#ids, draft.index * 4 + phase)
  }

  #accountId(account: number): string {
    return idAt(this.#accountIds, account)
  }

  #currency(account: number): string {
    return this.#known(account).currency ?? this.#options.bank.currency
  }

  #known(account: number): WorldAccount {
    return must(this.#options.life.accounts[account], 'the ledger names accounts of its life')
  }

  #accountBase(account: number): AccountBase {
    const known = this.#known(account)
    const current = this.#posted[account] ?? 0
    const pending = this.#pending[account] ?? 0
    const limit = known.limitCents
    const available = known.type === 'depository' ? current + pending : null
    const base = {
      account_id: this.#accountId(account),
      balances: {
        available: limit === null ? dollars(available) : dollars(limit - current - pending),
        current: dollars(current),
        limit: dollars(limit),
        ...currencyCodes(this.#currency(account)),
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
