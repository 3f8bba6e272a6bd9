// The webhooks that wait, and their delivery: in order for each Item, many Items at once, retries
// at their own instants of the world's clock. Everything here is bounded (L9): how much waits, how
// much is remembered, how many deliveries run.
import { messageOf, must } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import type { WorldClock } from '../bank/clock.ts'
import { attempted, Rejections, type WebhookEvent, webhooksKeptMs } from './event.ts'
import { Journal } from './journal.ts'

/** Deliveries that run at one time. */
const deliveriesMax = 32
/** Webhooks that wait for an attempt. */
const waitingMax = 10_000
/** Webhooks that are remembered. */
const eventsMax = 20_000

export interface OutboxOptions {
  clock: WorldClock
  folder: string | undefined
  /** What an earlier process remembered. */
  events: WebhookEvent[]
  /** One attempt: the status of the answer; null where there was none. */
  attempt(event: WebhookEvent): Promise<number | null>
  logger: Logger
}

export class Outbox {
  readonly #options: OutboxOptions
  readonly #journal: Journal
  readonly #events = new Map<number, WebhookEvent>()
  /** Due events by lane, each lane in order and one event of it at a time. */
  readonly #lanes = new Map<string, WebhookEvent[]>()
  readonly #busy = new Set<string>()
  /** Events of later, the next one first. */
  readonly #later: WebhookEvent[] = []
  readonly #rejections = new Rejections()
  #last: WebhookEvent | undefined
  #waiting = 0
  #idle: (() => void)[] = []
  #stopped = false

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#journal = new Journal(options.folder, () => this.#events.values())
    for (const event of options.events) this.#know(event)
    this.work()
  }

  /** In the order in which they were sent. */
  events(): Iterable<WebhookEvent> {
    return this.#events.values()
  }

  get nextSequence(): number {
    return 1 + (this.#last?.sequence ?? 0)
  }

  /** The instant of the next attempt that the clock must reach first. */
  get nextAt(): number {
    return this.#later[0]?.dueAt ?? Infinity
  }

  get waiting(): number {
    return this.#waiting
  }

  /** It counts when the caller has flushed. */
  add(event: WebhookEvent): void {
    if (event.dueAt !== null && this.#waiting >= waitingMax) {
      this.#options.logger.warn({ waitingMax }, 'too many webhooks wait: one was not sent')
      event.dueAt = null
    }
    this.#know(event)
    this.#forget()
    this.#journal.write(event)
    this.work()
  }

  flush(): Promise<void> {
    return this.#journal.flush()
  }

  /** The event waits for another instant than it did. */
  reschedule(event: WebhookEvent, dueAt: number): void {
    const at = this.#later.indexOf(event)
    if (at === -1) return
    this.#later.splice(at, 1)
    this.#waiting--
    event.dueAt = dueAt
    this.#enqueue(event)
    this.work()
  }

  /** Starts what is due and has room. */
  work(): void {
    const now = this.#options.clock.now()
    while (this.nextAt <= now) this.#toLane(must(this.#later.shift(), 'the next one is there'))
    for (const lane of this.#lanes.keys()) {
      if (this.#busy.size >= deliveriesMax || this.#stopped) return
      if (!this.#busy.has(lane)) void this.#run(lane)
    }
  }

  /** Resolves when everything that is due had its attempt, or after that many milliseconds. */
  async settled(msMax: number): Promise<void> {
    if (this.#lanes.size > 0 && msMax > 0) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        timer = setTimeout(resolve, msMax)
        this.#idle.push(resolve)
      })
      clearTimeout(timer)
    }
    await this.#journal.flush()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const resolve of this.#idle.splice(0)) resolve()
    await this.#journal.flush()
  }

  async #run(lane: string): Promise<void> {
    const { clock, attempt, logger } = this.#options
    this.#busy.add(lane)
    const events = must(this.#lanes.get(lane), 'a lane that runs has events')
    const event = must(events[0], 'a lane that runs has events')
    const at = clock.now()
    const status = await attempt(event)
    // an attempt that our own end cut short says nothing: the next process makes it again
    if (this.#stopped) return
    attempted(event, { at, status, rejections: this.#rejections })
    this.#journal.write(event)
    events.shift()
    this.#waiting--
    if (events.length === 0) this.#lanes.delete(lane)
    this.#busy.delete(lane)
    this.#enqueue(event)
    this.work()
    if (this.#lanes.size > 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
    await this.#journal.flush().catch((error: unknown) => logger.error(messageOf(error)))
  }

  #know(event: WebhookEvent): void {
    this.#events.set(event.sequence, event)
    this.#last = event
    this.#enqueue(event)
  }

  /** Behind those that are due at the same instant. */
  #enqueue(event: WebhookEvent): void {
    const { dueAt } = event
    if (dueAt === null) return
    this.#waiting++
    let [low, high] = [0, this.#later.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#later[middle]?.dueAt ?? 0) <= dueAt) low = middle + 1
      else high = middle
    }
    this.#later.splice(low, 0, event)
  }

  #toLane(event: WebhookEvent): void {
    const name = event.itemId ?? event.url
    const lane = this.#lanes.get(name)
    if (lane === undefined) this.#lanes.set(name, [event])
    else lane.push(event)
  }

  /** Drops what is too old or too much; what still waits stays, and so does the newest. */
  #forget(): void {
    const horizon = this.#options.clock.now() - webhooksKeptMs
    const [oldest] = this.#events.values()
    const tooMany = this.#events.size > eventsMax
    if (!tooMany && (oldest?.sentAt ?? horizon) >= horizon) return
    let excess = tooMany ? this.#events.size - eventsMax + SWEEP_EVENTS : 0
    for (const [sequence, event] of this.#events) {
      if (excess <= 0 && event.sentAt >= horizon) break
      if (event.dueAt !== null || event === this.#last) continue
      this.#events.delete(sequence)
      excess--
    }
  }
}

/** A sweep makes room for so many. */
const SWEEP_EVENTS = 2_000
