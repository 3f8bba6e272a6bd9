// An Item that follows its bank look by look, as Plaid does, and keeps the rows within the history
// that was asked for.
import type { AccountBase } from 'plaid'
import { ConfigError, must } from '../../../../src/std/errors.ts'
import { balanceSign, hasTransactions, type WorldAccount } from '../world/account.ts'
import { DAY_MS, dayOf } from '../world/calendar.ts'
import { describedPayee } from '../world/described-payee.ts'
import type { Institution } from '../world/institutions.ts'
import {
  type BankEvent,
  type Draft,
  type RowState,
  settledCourse,
  stateAfter,
  stateAt,
} from '../world/lifecycle.ts'
import { SHOPS } from '../world/payees.ts'
import { drawAt, keyOf } from '../world/random.ts'
import type { View } from '../world/render.ts'
import { ItemAccounts, type PlacedAccount, type Worth } from './accounts.ts'
import type { ChangeLog, RowNumber } from './change-log.ts'
import { DayIndex } from './day-index.ts'
import {
  checkRoom,
  chooseRows,
  type Deed,
  type Ledger,
  MODIFIED_BY_CENTS,
  type Mutation,
  type News,
  type NewRow,
  noSuchTransaction,
  type Readiness,
  type WindowQuery,
} from './ledger.ts'
import { type ReadinessPace, readyTimes } from './ready.ts'
import { ItemRows, type Row } from './rows.ts'
import type { Source } from './source.ts'

export interface RowLedgerOptions {
  source: Source
  institution: Institution
  /** What an investment account is worth to which this happened. */
  worth(account: WorldAccount, drafts: readonly Draft[], at: number): Worth
  seed: string
  itemId: string
  /** When transactions were first asked for. */
  since: number
  /** Where the history begins that was asked for. */
  firstDay: number
  readiness: ReadinessPace
}

/** What Plaid has first. */
const INITIAL_DAYS = 30
/** Drafts that somebody invents have numbers far above the bank's own. */
const INVENTED_FROM = 2 ** 29

export class RowLedger implements Ledger {
  readiness: Readiness = 'NOT_READY'
  pulledAt: number
  readonly #source: Source
  readonly #seed: string
  readonly #since: number
  readonly #firstDay: number
  readonly #initialAt: number
  readonly #historyAt: number
  readonly #accounts: ItemAccounts
  readonly #rows: ItemRows
  /** Drafts that somebody has decided about: their own course is over. */
  readonly #decided = new Set<number>()
  readonly #days = new DayIndex()
  /** What investment accounts were worth at the last look. */
  readonly #worths = new Map<number, { at: number; worth: Worth }>()
  #begun = false
  #mutations = 0
  #invented = 0
  #news: News[] = []

  constructor(options: RowLedgerOptions) {
    const { source, institution, seed, itemId, since, firstDay, readiness } = options
    this.#source = source
    this.#seed = seed
    this.#since = since
    this.#firstDay = firstDay
    const { initialAt, historyAt } = readyTimes(since, readiness)
    this.#initialAt = initialAt
    this.#historyAt = historyAt
    this.pulledAt = since
    this.#accounts = new ItemAccounts({
      seed,
      itemId,
      known: source.accounts,
      held: source.held,
      openingCents: (place) => source.balanceBefore(place, firstDay),
      worth: (place) => {
        const at = this.pulledAt
        const before = this.#worths.get(place)
        if (before?.at === at) return before.worth
        const drafts = this.drafts().filter((draft) => draft.account === place)
        const worth = options.worth(this.#accounts.at(place), drafts, at)
        this.#worths.set(place, { at, worth })
        return worth
      },
      currency: institution.currency,
    })
    const { country } = institution
    this.#rows = new ItemRows({ seed, itemId, accounts: this.#accounts, country })
  }

  get log(): ChangeLog {
    return this.#rows.log
  }

  get rowCount(): number {
    return this.#rows.count
  }

  get rowsHeld(): number {
    return this.#rows.count
  }

  catchUp(now: number): void {
    if (!this.#begun && now >= this.#since) this.#firstLook()
    if (this.readiness === 'NOT_READY' && now >= this.#initialAt) {
      const recent = dayOf(this.#initialAt - INITIAL_DAYS * DAY_MS)
      const whole = this.#historyAt === this.#initialAt
      this.#show('initial', ({ occurredAt }) => whole || dayOf(occurredAt) >= recent)
      this.readiness = 'INITIAL_UPDATE_COMPLETE'
    }
    if (this.readiness === 'INITIAL_UPDATE_COMPLETE' && now >= this.#historyAt) {
      this.#show('historical', () => true)
      this.readiness = 'HISTORICAL_UPDATE_COMPLETE'
    }
    if (this.readiness !== 'HISTORICAL_UPDATE_COMPLETE' || now <= this.pulledAt) return
    for (const at of this.#source.looks(this.pulledAt, now)) this.#look(at)
  }

  act(now: number, deed: Deed): boolean {
    this.catchUp(now)
    const head = this.log.head
    if (deed.kind === 'refresh') return this.#refresh(now)
    if (deed.kind === 'select') this.#select(deed.places)
    else if (deed.kind === 'churn') this.#churn(deed.places)
    else if (deed.kind === 'open') this.#open(now, deed.account)
    else this.#touchRows(now, deed)
    if (this.log.head !== head) this.#tell(now, 'update')
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

  accounts(only?: { transactions: boolean }): AccountBase[] {
    return this.#accounts.list(only)
  }

  offers(): PlacedAccount[] {
    return this.#accounts.offers()
  }

  drafts(): readonly Draft[] {
    return this.#source.drafts(0, dayOf(this.pulledAt))
  }

  accountOf(row: RowNumber): string {
    return this.#rows.accountOf(row)
  }

  transactionId(row: RowNumber): string {
    return this.#rows.transactionId(row)
  }

  write(out: string[], row: RowNumber, view: View): void {
    this.#rows.write(out, row, view)
  }

  window(query: WindowQuery): { total: number; rows: RowNumber[] } {
    const places = query.accountIds?.map((id) => this.#accounts.placeOf(id))
    return this.#days.window(query, {
      log: this.log,
      rowCount: this.rowCount,
      dayOf: (row) => this.#rows.dayOf(row),
      of: (row) => places?.includes(this.#rows.row(row).draft.account) ?? true,
    })
  }

  /** The bank as it is when the Item begins: balances at once, rows in two steps. */
  #firstLook(): void {
    this.#begun = true
    const drafts = this.#source.drafts(this.#firstDay, dayOf(this.#since))
    for (const draft of drafts.sort((a, b) => a.occurredAt - b.occurredAt)) {
      const state = stateAt(draft, this.#since)
      if (state !== undefined) this.#rows.add(draft, state, true)
    }
  }

  /** Rows that have waited are shown, with what the bank did to them meanwhile. */
  #show(kind: 'initial' | 'historical', which: (draft: Draft) => boolean): void {
    const at = kind === 'initial' ? this.#initialAt : this.#historyAt
    this.#bringIn(at)
    this.#rows.announceWaiting(which)
    this.#tell(at, kind)
  }

  /** True when something happened at the bank, or its prices are those of another day. */
  #look(at: number): boolean {
    const head = this.log.head
    const brought = this.#bringIn(at)
    if (this.log.head !== head) this.#tell(at, 'update')
    return brought
  }

  #bringIn(at: number): boolean {
    const events = this.#source.events(this.pulledAt, at)
    for (const event of events) this.#apply(event)
    const brought = events.length > 0 || dayOf(at) > dayOf(this.pulledAt)
    this.pulledAt = at
    return brought
  }

  #refresh(now: number): boolean {
    if (this.readiness !== 'HISTORICAL_UPDATE_COMPLETE') return false
    this.#source.stir(now)
    return this.#look(now)
  }

  #apply({ draft, what }: BankEvent): void {
    if (dayOf(draft.occurredAt) < this.#firstDay || this.#decided.has(draft.index)) return
    const state = stateAfter(draft, what)
    const row = this.#rows.latest(draft)
    const waits = this.readiness === 'NOT_READY'
    if (row === undefined || row.gone) {
      // a mutation may have removed the row that the bank now changes
      const first = row?.state.phase !== state?.phase
      if (state !== undefined && first) this.#rows.add(draft, state, waits)
    } else if (state?.phase === row.state.phase) {
      this.#rows.change(draft, state, row.extraCents)
    } else {
      const held = this.#rows.remove(draft)
      if (state !== undefined) this.#rows.add(draft, state, held)
    }
  }

  #select(places: number[] | null): void {
    const wanted = new Set(places ?? this.#accounts.held())
    for (const place of this.#accounts.held()) {
      if (wanted.has(place) === this.#accounts.isShown(place)) continue
      if (wanted.has(place)) this.#rows.show(place)
      else this.#rows.hide(place)
    }
  }

  #churn(places: number[]): void {
    for (const place of places.filter((each) => this.#accounts.isShown(each))) {
      this.#rows.hide(place)
      this.#rows.show(place)
    }
  }

  /** What is on a new account came there by a first deposit. */
  #open(now: number, account: WorldAccount): void {
    const place = this.#accounts.open({ ...account, openingCents: 0 })
    const cents = account.openingCents * balanceSign(account)
    const description = 'Opening deposit'
    if (cents !== 0) this.#invent({ place, description, cents, occurredAt: now, postedAt: now })
  }

  #touchRows(now: number, deed: RowDeed): void {
    if (this.readiness !== 'HISTORICAL_UPDATE_COMPLETE') {
      throw new ConfigError('ITEM_NOT_READY', 'wait until the Item has its whole history', {
        status: 409,
      })
    }
    if (deed.kind === 'mutate') this.#mutate(now, deed.mutation)
    else if (deed.kind === 'add') for (const row of deed.rows) this.#invent(row)
    else this.#touchRow(now, this.#find(deed.transactionId), deed)
  }

  #mutate(now: number, mutation: Mutation): void {
    checkRoom(this.log, mutation)
    const key = keyOf(`${this.#seed}/mutation/${this.#mutations++}`)
    const draw = (i: number): number => drawAt(key, i)
    for (const row of chooseRows(this, mutation.remove, draw)) {
      this.#rows.remove(this.#rows.row(row).draft)
    }
    for (const row of chooseRows(this, mutation.modify, draw)) {
      const { draft, state, extraCents } = this.#rows.row(row)
      this.#rows.change(draft, state, extraCents + MODIFIED_BY_CENTS)
    }
    for (let i = 0; i < mutation.add; i++) {
      const cents = 100 + (draw(i) % 9_900)
      const { name } = SHOPS[draw(i + 1) % SHOPS.length] ?? SHOPS[0]
      this.#invent({ place: null, description: name, cents, occurredAt: now, postedAt: now })
    }
  }

  #invent({ place, description, cents, currency, occurredAt, postedAt }: NewRow): void {
    const index = INVENTED_FROM + this.#invented++
    const course = settledCourse(postedAt ?? occurredAt, cents)
    const payee = describedPayee(description, cents)
    const account = place ?? this.#deposits()
    const known = { index, account, payee, store: index % 4, cents, occurredAt, course }
    const draft = currency === undefined ? known : { ...known, details: { currency } }
    const state: RowState = { phase: postedAt === null ? 0 : 1, cents, edited: false }
    this.#rows.add(draft, state, this.readiness === 'NOT_READY')
  }

  /** The first account with transactions, of those that are shown where some are. */
  #deposits(): number {
    const has = (place: number): boolean => hasTransactions(this.#accounts.at(place))
    return must(
      this.#accounts.shown().find(has) ?? this.#accounts.held().find(has),
      'every bank has an account with transactions',
    )
  }

  #touchRow(now: number, { draft, state, extraCents }: Row, deed: OneRowDeed): void {
    if (deed.kind === 'amount') {
      this.#rows.change(draft, state, deed.cents - state.cents)
      return
    }
    if (deed.kind === 'post' && state.phase !== 0) {
      throw new ConfigError('ROW_NOT_PENDING', 'only a pending transaction can post')
    }
    // what the bank had in store for it does not come any more
    this.#decided.add(draft.index)
    this.#rows.remove(draft)
    if (deed.kind === 'remove') return
    const cents = state.cents + extraCents
    const { pendingAt = draft.occurredAt, pendingCents } = draft.course
    const course = { pendingAt, pendingCents, postAt: now, linked: true, editCents: cents }
    this.#rows.add({ ...draft, cents, course }, { phase: 1, cents, edited: false })
  }

  #find(transactionId: string): Row {
    const row = this.#rows.find(transactionId)
    if (row !== undefined) return this.#rows.row(row)
    throw noSuchTransaction()
  }

  #tell(at: number, kind: News['kind']): void {
    this.#news.push({ at, kind, ...this.#rows.takeCounts() })
  }
}

type OneRowDeed = Extract<Deed, { transactionId: string }>
type RowDeed = OneRowDeed | Extract<Deed, { kind: 'mutate' | 'add' }>
