// The rows that an Item has of its bank, with their ids, the sums on the accounts and the log of
// what readers are shown. Rows of accounts that are not shown are kept as well, so that they are
// whole when somebody selects the account: then they come under new ids.
import { must } from '../../../../src/std/errors.ts'
import { hasTransactions } from '../world/account.ts'
import { dayOf } from '../world/calendar.ts'
import type { Draft, RowState } from '../world/lifecycle.ts'
import type { Country } from '../world/places.ts'
import { idAt, indexOfId, type Key, keyOf } from '../world/random.ts'
import { type View, writeTransaction } from '../world/render.ts'
import type { ItemAccounts } from './accounts.ts'
import { ChangeLog, type RowNumber } from './change-log.ts'

export interface Row {
  readonly draft: Draft
  state: RowState
  /** What mutations added to the amount. */
  extraCents: number
  /** The account's when the row got its id. */
  readonly generation: number
  /** The bank has it no more, or has it under another id. */
  gone: boolean
  /** With which telling readers could first see it under this id. */
  told: number | null
  /** The pending row that it was, if Plaid saw that itself: a history names none. */
  readonly pending: RowNumber | null
}

export class ItemRows {
  readonly log = new ChangeLog()
  readonly #accounts: ItemAccounts
  readonly #country: Country
  readonly #name: string
  readonly #rows: Row[] = []
  /** The latest row of a draft, by the draft's number. */
  readonly #latest = new Map<number, RowNumber>()
  /** Rows that wait for the history to be announced. */
  readonly #waiting = new Set<RowNumber>()
  /** What ids follow from, by generation. */
  readonly #keys: Key[] = []
  /** The highest generation of any row. */
  #newest = 0
  #tellings = 0
  #added = 0
  #removed: string[] = []

  constructor(options: { seed: string; itemId: string; accounts: ItemAccounts; country: Country }) {
    this.#country = options.country
    this.#name = `${options.seed}/rows/${options.itemId}`
    this.#accounts = options.accounts
  }

  get count(): number {
    return this.#rows.length
  }

  row(row: RowNumber): Row {
    return must(this.#rows[row], 'the log names rows of its own ledger')
  }

  /** The draft's latest row, which may be gone. */
  latest(draft: Draft): Row | undefined {
    const row = this.#latest.get(draft.index)
    return row === undefined ? undefined : this.row(row)
  }

  add(draft: Draft, state: RowState, waits = false): void {
    this.#accounts.count(draft.account, state.phase === 0, state.cents)
    // the accounts that Plaid shows no transactions of have a balance and no rows
    if (!hasTransactions(this.#accounts.at(draft.account))) return
    this.#place({ draft, state, extraCents: 0, pending: this.#pendingOf(draft, state) }, waits)
  }

  /** The draft's row changes; `extraCents` come on top of what the bank says. */
  change(draft: Draft, state: RowState, extraCents: number): void {
    const number = must(this.#latest.get(draft.index), 'a row that changes is known')
    const row = this.row(number)
    const cents = state.cents + extraCents - row.state.cents - row.extraCents
    this.#accounts.count(draft.account, state.phase === 0, cents)
    row.state = state
    row.extraCents = extraCents
    if (this.log.isThere(number)) this.log.put(number)
  }

  /** True when the row had still waited. */
  remove(draft: Draft): boolean {
    const number = must(this.#latest.get(draft.index), 'a row that goes is known')
    const row = this.row(number)
    this.#accounts.count(draft.account, row.state.phase === 0, -row.state.cents - row.extraCents)
    row.gone = true
    this.#withdraw(number)
    return this.#waiting.delete(number)
  }

  /** These have come: what waited of them is shown. */
  announceWaiting(which: (draft: Draft) => boolean): void {
    for (const row of [...this.#waiting].filter((each) => which(this.row(each).draft))) {
      this.#waiting.delete(row)
      this.#announce(row)
    }
  }

  hide(place: number): void {
    for (const row of this.#livingOf(place)) this.#withdraw(row)
    this.#accounts.hide(place)
  }

  /** All that the bank has of the account comes under new ids. */
  show(place: number): void {
    this.#accounts.show(place)
    for (const number of this.#livingOf(place)) {
      const row = this.row(number)
      row.gone = true
      const { draft, state, extraCents } = row
      this.#place({ draft, state, extraCents, pending: null }, this.#waiting.delete(number))
    }
  }

  /** The living row of this id. */
  find(transactionId: string): RowNumber | undefined {
    for (let generation = 0; generation <= this.#newest; generation++) {
      const index = indexOfId(this.#key(generation), transactionId)
      const row = index === undefined ? undefined : this.#latest.get(Math.floor(index / PHASES))
      if (row === undefined || !this.log.isThere(row)) continue
      if (this.transactionId(row) === transactionId) return row
    }
    return undefined
  }

  /** What was announced and withdrawn since the last call. */
  takeCounts(): { added: number; removed: string[] } {
    const counts = { added: this.#added, removed: this.#removed }
    this.#tellings += 1
    this.#added = 0
    this.#removed = []
    return counts
  }

  accountOf(row: RowNumber): string {
    const { draft, generation } = this.row(row)
    return this.#accounts.id(draft.account, generation)
  }

  transactionId(row: RowNumber): string {
    const { draft, state, generation } = this.row(row)
    return this.#id(draft, state.phase, generation)
  }

  /** The day that it posted; for a pending row, the day that it happened. */
  dayOf(row: RowNumber): number {
    const { draft, state } = this.row(row)
    if (state.phase === 0) return draft.details?.authorizedDay ?? dayOf(draft.occurredAt)
    return dayOf(draft.course.postAt ?? draft.occurredAt)
  }

  write(out: string[], number: RowNumber, view: View): void {
    const { draft, state, extraCents, generation, pending: before } = this.row(number)
    const pending = state.phase === 0
    const { postAt, churnAt } = draft.course
    const postedAt = pending ? null : ((state.phase === 2 ? churnAt : postAt) ?? null)
    writeTransaction(
      out,
      {
        transactionId: this.#id(draft, state.phase, generation),
        pendingTransactionId: before === null ? null : this.transactionId(before),
        accountId: this.#accounts.id(draft.account, generation),
        payee: draft.payee,
        store: draft.store,
        cents: state.cents + extraCents,
        day: this.dayOf(number),
        occurredAt: draft.occurredAt,
        postedAt,
        pending,
        edited: state.edited,
        currency: this.#accounts.currency(draft.account),
        country: this.#country,
        details: draft.details,
      },
      view,
    )
  }

  #place(known: Pick<Row, 'draft' | 'state' | 'extraCents' | 'pending'>, waits: boolean): void {
    const generation = this.#accounts.generation(known.draft.account)
    this.#newest = Math.max(this.#newest, generation)
    const row = this.#rows.push({ ...known, generation, gone: false, told: null }) - 1
    this.#latest.set(known.draft.index, row)
    if (waits) this.#waiting.add(row)
    else this.#announce(row)
  }

  #announce(number: RowNumber): void {
    const row = this.row(number)
    if (row.gone || !this.#accounts.isShown(row.draft.account)) return
    row.told = this.#tellings
    this.#added += 1
    this.log.put(number)
  }

  /** What a posted row names: not every bank tells, and who gives a row again tells the same. */
  #pendingOf(draft: Draft, state: RowState): RowNumber | null {
    const number = this.#latest.get(draft.index)
    if (number === undefined || state.phase === 0 || !draft.course.linked) return null
    const row = this.row(number)
    if (row.state.phase !== 0) return row.pending
    return row.told !== null && row.told < this.#tellings ? number : null
  }

  /** The row is shown no more under its id. */
  #withdraw(row: RowNumber): void {
    if (!this.log.isThere(row)) return
    this.#removed.push(this.transactionId(row))
    this.log.remove(row)
  }

  #livingOf(place: number): RowNumber[] {
    return [...this.#rows.keys()].filter((row) => {
      const { draft, gone } = this.row(row)
      return draft.account === place && !gone
    })
  }

  #id(draft: Draft, phase: number, generation: number): string {
    return idAt(this.#key(generation), draft.index * PHASES + phase)
  }

  #key(generation: number): Key {
    for (let g = this.#keys.length; g <= generation; g++) {
      this.#keys.push(keyOf(g === 0 ? this.#name : `${this.#name}/${g}`))
    }
    return must(this.#keys[generation], 'was made above')
  }
}

/** Ids that a draft may have, one a phase, rounded up. */
const PHASES = 4
