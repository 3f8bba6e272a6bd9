// What time does without a request: Items that have a webhook are told what came at their bank,
// logins end, signing keys change, webhooks are tried again. A running clock is followed second by
// second; a clock that is moved is walked from instant to instant, so that everything happens in
// its order and at its own time.
import { setImmediate as otherWork } from 'node:timers/promises'
import type { Logger } from '../std/log.ts'
import type { Bank } from './bank/bank.ts'
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
/** Items of which it is known when something is next due. */
const dueMax = 20_000
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

/** What decides when something is next due at an Item. */
const FACTS = [
  'webhook',
  'error',
  'since',
  'toldAt',
  'loginAt',
  'disconnect',
  'consentExpiresAt',
  'products',
  'investmentsReadyAt',
] as const
type Due = Pick<ItemRecord, (typeof FACTS)[number]> & { at: number }

export class Ticker {
  readonly #options: TickerOptions
  readonly #due = new Map<string, Due>()
  /** Items at which something happened out of turn. */
  readonly #stirred = new Set<ItemRecord>()
  readonly #streams = new StreamNews()
  #turns: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: TickerOptions) {
    this.#options = options
    options.bank.onStir((item) => this.#stir(item))
  }

  start(): void {
    this.#soon()
    if (!this.#options.clock.stands) this.#follow()
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
    await this.#turn()
    await this.#options.webhooks.settled(patience)
  }

  #nextAt(): number {
    const { bank, webhooks } = this.#options
    let at = webhooks.nextAt
    for (const item of bank.items.all()) at = Math.min(at, this.#dueAt(item))
    return at
  }

  /** Does everything that is due by now. */
  async #turn(): Promise<void> {
    const { bank, clock, webhooks } = this.#options
    const now = clock.now()
    const rotated = webhooks.work()
    const due = bank.items
      .all()
      .filter((item) => this.#stirred.has(item) || this.#dueAt(item) <= now)
    this.#stirred.clear()
    for (const [i, item] of due.entries()) {
      if (this.#stopped) return
      if (i % ITEMS_AT_ONCE === ITEMS_AT_ONCE - 1) await otherWork()
      this.#lookAfter(item, now)
    }
    if (rotated || due.length > 0) await webhooks.save()
  }

  #lookAfter(item: ItemRecord, now: number): void {
    const { bank, webhooks, itemDays } = this.#options
    if (item.error === null && item.webhook !== null) {
      const warning = consentWarningAt(item)
      const warns = warning !== undefined && warning > item.toldAt && warning <= now
      const from = item.toldAt
      for (const payload of newsPayloads(item, bank.takeNews(item))) webhooks.queue(item, payload)
      for (const payload of this.#productNews(item, from, now)) webhooks.queue(item, payload)
      if (warns) webhooks.queue(item, pendingExpiration(item))
    }
    item.toldAt = now
    const end = loginEnd(item, itemDays)
    if (item.error !== null || end === undefined || end.at > now) return
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

  #dueAt(item: ItemRecord): number {
    const known = this.#due.get(item.itemId)
    if (known !== undefined && FACTS.every((fact) => known[fact] === item[fact])) return known.at
    const at = item.error === null ? this.#firstAt(item) : Infinity
    const { webhook, error, since, toldAt, loginAt, disconnect, consentExpiresAt } = item
    const { products, investmentsReadyAt } = item
    const login = { loginAt, disconnect, consentExpiresAt }
    const due = { at, webhook, error, since, toldAt, ...login, products, investmentsReadyAt }
    // removed Items leave theirs behind
    if (this.#due.size >= dueMax) this.#due.clear()
    this.#due.set(item.itemId, due)
    return at
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

  #follow(): void {
    if (this.#stopped) return
    const ms = Math.min(tickMsMax, Math.max(0, this.#nextAt() - this.#options.clock.now()))
    this.#timer = setTimeout(() => {
      this.#inBackground(async () => {
        if (this.#nextAt() <= this.#options.clock.now()) await this.#turn()
      })
      void this.#turns.then(() => this.#follow())
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
