// What time does without a request: Items that have a webhook are told what came at their bank,
// logins end, signing keys change, webhooks are tried again. A running clock is followed second by
// second; a clock that is moved is walked from instant to instant, so that everything happens in
// its order and at its own time.
import { setImmediate as otherWork } from 'node:timers/promises'
import type { Logger } from '../../../src/std/log.ts'
import type { Bank } from './bank/bank.ts'
import { Agenda } from './bank/agenda.ts'
import type { WorldClock } from './bank/clock.ts'
import { consentWarningAt, loginEnd } from './bank/login.ts'
import type { ItemRecord } from './bank/state.ts'
import { extractionNews, productNews, StreamNews } from './webhooks/product-news.ts'
import { isFollowed } from './products/product.ts'
import {
  itemError,
  newsPayloads,
  pendingExpiration,
  type WebhookPayload,
} from './webhooks/payloads.ts'
import type { Patience } from './webhooks/outbox.ts'
import type { Webhooks } from './webhooks/webhooks.ts'

/** A running clock is looked at this often, or sooner where something is known to be due. */
const tickMsMax = 1_000
/** Items that are looked after before other requests have their turn. */
const ITEMS_AT_ONCE = 50

export interface TickerOptions {
  bank: Bank
  clock: WorldClock
  webhooks: Webhooks
  /** A login works for so many days; undefined is for ever. */
  itemDays: number | undefined
  logger: Logger
}

export class Ticker {
  readonly #options: TickerOptions
  /** When something is next due at an Item by itself. */
  readonly #agenda = new Agenda<ItemRecord>()
  /** Items at which something happened out of turn. */
  readonly #stirred = new Set<ItemRecord>()
  readonly #streams = new StreamNews()
  #turns: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: TickerOptions) {
    this.#options = options
    const { items } = options.bank
    for (const item of items.all()) this.#plan(item)
    items.onStir((item) => this.#stir(item))
  }

  start(): void {
    this.#soon()
    this.follow()
  }

  /** Moves the clock; resolves when what that caused is done and its webhooks were tried. */
  advance(ms: number): Promise<void> {
    return this.#inTurn(() => this.#walk(this.#options.clock.now() + ms))
  }

  /** Resolves when what is due is done and its webhooks were tried. */
  settle(): Promise<void> {
    return this.#inTurn(() => this.#doDue(this.#options.webhooks.patience()))
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#turns
  }

  async #walk(target: number): Promise<void> {
    const { clock, bank, webhooks } = this.#options
    clock.check(target)
    const patience = webhooks.patience()
    // what is under way decides what comes next
    await this.#doDue(patience)
    for (let at = 0; at < target && !this.#stopped;) {
      at = Math.min(this.#nextAt(), target)
      clock.reach(at)
      await this.#doDue(patience)
    }
    await bank.save()
  }

  async #doDue(patience: Patience): Promise<void> {
    await this.#turn(patience)
    await this.#options.webhooks.settled(patience)
  }

  #nextAt(): number {
    return Math.min(this.#options.webhooks.nextAt, this.#agenda.nextAt)
  }

  /** Does everything that is due by now. */
  async #turn(patience = this.#options.webhooks.patience()): Promise<void> {
    // who stopped it may have taken the folder away
    if (this.#stopped) return
    const { clock, webhooks } = this.#options
    const now = clock.now()
    let changed = webhooks.work()
    for (const item of this.#stirred) this.#agenda.put(item, now)
    this.#stirred.clear()
    let count = 0
    for (let item = this.#agenda.take(now); item; item = this.#agenda.take(now)) {
      if (this.#stopped) return
      if (++count % ITEMS_AT_ONCE === 0) await otherWork()
      // receivers keep pace: beyond what may wait, webhooks would be lost
      if (webhooks.isCrowded) await webhooks.settled(patience)
      if (item.removed) continue
      this.#lookAfter(item, now)
      this.#plan(item)
      changed = true
    }
    if (changed) await webhooks.save()
  }

  #lookAfter(item: ItemRecord, now: number): void {
    const { bank, webhooks, itemDays } = this.#options
    // what comes meanwhile is told when the login works again
    if (item.error !== null) return
    if (item.webhook !== null) {
      const warning = consentWarningAt(item)
      const warns = warning !== undefined && warning > item.toldAt && warning <= now
      const from = item.toldAt
      for (const payload of newsPayloads(item, bank.takeNews(item))) webhooks.queue(item, payload)
      for (const payload of this.#productNews(item, from, now)) webhooks.queue(item, payload)
      if (warns) webhooks.queue(item, pendingExpiration(item))
    }
    item.toldAt = now
    const end = loginEnd(item, itemDays)
    if (end === undefined || end.at > now) return
    bank.loseLogin(item)
    webhooks.queue(item, itemError(item, end.reason))
  }

  #productNews(item: ItemRecord, from: number, now: number): WebhookPayload[] {
    const { bank } = this.#options
    const { products, investmentsReadyAt: readyAt } = item
    const payloads: WebhookPayload[] = []
    if (isFollowed(products)) {
      const look = bank.look(item)
      if (readyAt !== null && readyAt > from && readyAt <= now) payloads.push(extractionNews(look))
      if (readyAt === null || readyAt <= from) payloads.push(...productNews(look, products, from))
    }
    const ledger = products.includes('recurring_transactions') ? bank.ledger(item) : null
    if (ledger?.readiness === 'HISTORICAL_UPDATE_COMPLETE') {
      payloads.push(...this.#streams.of(item.itemId, ledger))
    }
    return payloads
  }

  #plan(item: ItemRecord): void {
    this.#agenda.put(item, item.error === null ? this.#firstAt(item) : Infinity)
  }

  #firstAt(item: ItemRecord): number {
    const { bank, itemDays } = this.#options
    const end = loginEnd(item, itemDays)?.at ?? Infinity
    if (item.webhook === null) return end
    const warning = consentWarningAt(item) ?? Infinity
    return Math.min(end, bank.nextLookAt(item), warning > item.toldAt ? warning : Infinity)
  }

  #stir(item: ItemRecord): void {
    if (this.#stirred.size === 0) this.#soon()
    this.#stirred.add(item)
  }

  #soon(): void {
    setImmediate(() => this.#inBackground(() => this.#turn()))
  }

  /** Looks after what comes with time, for as long as the clock runs. */
  follow(): void {
    clearTimeout(this.#timer)
    if (this.#stopped || this.#options.clock.stands) return
    const ms = Math.min(tickMsMax, Math.max(0, this.#nextAt() - this.#options.clock.now()))
    this.#timer = setTimeout(() => {
      this.#inBackground(async () => {
        if (this.#nextAt() <= this.#options.clock.now()) await this.#turn()
      })
      void this.#turns.then(() => this.follow())
    }, ms).unref()
  }

  /** One turn, or one walk, at a time. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turns.then(work)
    this.#turns = done.catch(() => {})
    return done
  }

  #inBackground(work: () => Promise<void>): void {
    this.#inTurn(work).catch((error: unknown) =>
      this.#options.logger.error({ err: error }, 'what was due could not be done'),
    )
  }
}
