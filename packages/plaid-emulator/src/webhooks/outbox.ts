// The webhooks that wait, and their delivery: in order for each Item, many Items at once, retries
// at their own instants of the world's clock. Everything here is bounded (L9): how much waits, how
// much is remembered, how many deliveries run, and how many of them for receivers that do not
// answer.
import { messageOf, must } from '../../../../src/std/errors.ts'
import { monotonicMs } from '../../../../src/std/clock.ts'
import type { Logger } from '../../../../src/std/log.ts'
import { Agenda } from '../bank/agenda.ts'
import type { WorldClock } from '../bank/clock.ts'
import type { PostResult } from './delivery.ts'
import { attempted, Rejections, type WebhookEvent, webhooksKeptMs } from './event.ts'
import { Journal } from './journal.ts'

/** Deliveries that run at one time, and those of them that may be to silent receivers. */
const deliveriesMax = 32
const silentDeliveriesMax = 8
/** Silent receivers that are known as such. */
const silentMax = 1_000
/** Webhooks that wait for an attempt. */
const waitingMax = 10_000
/** Webhooks that are due, before who makes more of them waits. */
const dueMax = 2_000
/** Webhooks that are remembered; every so many new ones the oldest are forgotten. */
const eventsMax = 20_000
const FORGET_EVERY = 1_000

export interface OutboxOptions {
  clock: WorldClock
  folder: string | undefined
  /** What an earlier process remembered. */
  events: WebhookEvent[]
  /** One attempt. */
  attempt(event: WebhookEvent): Promise<PostResult>
  logger: Logger
}

/** How long somebody still waits for receivers that have been silent before. */
export interface Patience {
  ms: number
}

export class Outbox {
  readonly #options: OutboxOptions
  readonly #journal: Journal
  /** In the order in which they were sent. */
  #events: WebhookEvent[] = []
  /** Due events by lane, each lane in order and one event of it at a time. */
  readonly #lanes = new Map<string, WebhookEvent[]>()
  readonly #busy = new Set<string>()
  readonly #later = new Agenda<WebhookEvent>()
  readonly #rejections = new Rejections()
  /** The URLs whose last attempt had no answer. */
  readonly #silent = new Set<string>()
  #silentRunning = 0
  #sequence = 0
  /** How many events the lanes hold. */
  #due = 0
  #full = false
  /** Who waits for an attempt to end. */
  #waiters: (() => void)[] = []
  #stopped = false

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#journal = new Journal(options.folder, () => this.#events)
    for (const event of options.events) this.#know(event)
    this.work()
  }

  /** In the order in which they were sent. */
  events(): readonly WebhookEvent[] {
    return this.#events
  }

  get nextSequence(): number {
    return this.#sequence + 1
  }

  /** The instant of the next attempt that the clock must reach first. */
  get nextAt(): number {
    return this.#later.nextAt
  }

  /** It counts when the caller has flushed. */
  add(event: WebhookEvent): void {
    if (event.dueAt !== null && !this.#hasRoom()) event.dueAt = null
    this.#know(event)
    if (event.sequence % FORGET_EVERY === 0) this.#forget()
    this.#journal.write(event)
    this.work()
  }

  flush(): Promise<void> {
    return this.#journal.flush()
  }

  /** The event waits for another instant than it did. */
  reschedule(event: WebhookEvent, dueAt: number): void {
    if (!this.#later.has(event)) return
    event.dueAt = dueAt
    this.#later.put(event, dueAt)
    this.work()
  }

  /** Starts what is due and has room. */
  work(): void {
    const now = this.#options.clock.now()
    for (let event = this.#later.take(now); event; event = this.#later.take(now)) {
      this.#toLane(event)
    }
    for (const [lane, [event]] of this.#lanes) {
      if (this.#busy.size >= deliveriesMax || this.#stopped) return
      if (event === undefined || this.#busy.has(lane)) continue
      const silent = this.#silent.has(event.url)
      if (!silent || this.#silentRunning < silentDeliveriesMax) void this.#run(lane, event, silent)
    }
  }

  /**
   * Resolves when everything that is due had its attempt. For receivers that were silent before it
   * waits as long as there is patience, which it uses up; then their attempts go on without it.
   */
  async settled(patience: Patience): Promise<void> {
    while (this.#lanes.size > 0 && !this.#stopped) {
      const from = monotonicMs()
      const answering = [...this.#lanes.values()].some(
        ([event]) => event !== undefined && !this.#silent.has(event.url),
      )
      if (answering) await this.#progress()
      else if (patience.ms <= 0) break
      else {
        await this.#progress(patience.ms)
        patience.ms -= monotonicMs() - from
      }
    }
    await this.#journal.flush()
  }

  /** So much is due that who sends more should wait, until all is settled. */
  get isCrowded(): boolean {
    return this.#due >= dueMax
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#progressed()
    await this.#journal.flush()
  }

  async #run(lane: string, event: WebhookEvent, silent: boolean): Promise<void> {
    const { clock, attempt, logger } = this.#options
    this.#busy.add(lane)
    if (silent) this.#silentRunning++
    const at = clock.now()
    const result = await attempt(event)
    // an attempt that our own end cut short says nothing: the next process makes it again
    if (this.#stopped) return
    if (silent) this.#silentRunning--
    if (result !== 'silence') this.#silent.delete(event.url)
    else if (this.#silent.size < silentMax) this.#silent.add(event.url)
    const status = typeof result === 'number' ? result : null
    attempted(event, { at, status, rejections: this.#rejections })
    this.#journal.write(event)
    this.#leaveLane(lane, event)
    this.work()
    this.#progressed()
    if (this.#lanes.size > 0) return
    await this.#journal.flush().catch((error: unknown) => logger.error(messageOf(error)))
  }

  /** Resolves when an attempt has ended, or after `msMax`. */
  #progress(msMax?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = msMax === undefined ? undefined : setTimeout(resolve, msMax)
      this.#waiters.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #progressed(): void {
    for (const resolve of this.#waiters.splice(0)) resolve()
  }

  #leaveLane(lane: string, event: WebhookEvent): void {
    const events = must(this.#lanes.get(lane), 'a lane that runs has events')
    events.shift()
    if (events.length === 0) this.#lanes.delete(lane)
    this.#busy.delete(lane)
    this.#due--
    this.#enqueue(event)
  }

  #know(event: WebhookEvent): void {
    this.#events.push(event)
    this.#sequence = event.sequence
    this.#enqueue(event)
  }

  #enqueue(event: WebhookEvent): void {
    if (event.dueAt !== null) this.#later.put(event, event.dueAt)
  }

  #toLane(event: WebhookEvent): void {
    this.#due++
    const name = event.itemId ?? event.url
    const lane = this.#lanes.get(name)
    if (lane === undefined) this.#lanes.set(name, [event])
    else lane.push(event)
  }

  /** A queue that has filled up is told of once, until it has emptied. */
  #hasRoom(): boolean {
    const waiting = this.#due + this.#later.size
    if (waiting === 0) this.#full = false
    if (waiting < waitingMax) return true
    if (!this.#full) {
      this.#options.logger.warn({ waitingMax }, 'too many webhooks wait: new ones are not sent')
    }
    this.#full = true
    return false
  }

  /** Drops what is too old or too much; what still waits stays, and so does the newest. */
  #forget(): void {
    const horizon = this.#options.clock.now() - webhooksKeptMs
    let excess = this.#events.length - eventsMax
    this.#events = this.#events.filter(
      (event) =>
        event.dueAt !== null ||
        event.sequence === this.#sequence ||
        (event.sentAt >= horizon && excess-- <= 0),
    )
  }
}
