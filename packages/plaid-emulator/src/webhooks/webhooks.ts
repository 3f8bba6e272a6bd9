// What the rest of the emulator knows of webhooks: they are queued here, and the outbox delivers
// them, each attempt signed anew as Plaid documents it.
import { uuid } from '../../../../src/std/ids.ts'
import type { Clock } from '../../../../src/std/clock.ts'
import type { Logger } from '../../../../src/std/log.ts'
import type { Bank } from '../bank/bank.ts'
import type { WorldClock } from '../bank/clock.ts'
import type { ItemRecord, StateStore } from '../bank/state.ts'
import { Delivery } from './delivery.ts'
import type { WebhookEvent } from './event.ts'
import { WebhookFaults } from './faults.ts'
import { readJournal } from './journal.ts'
import { WebhookKeys } from './keys.ts'
import { Outbox, type Patience } from './outbox.ts'
import type { WebhookPayload } from './payloads.ts'

/** Plaid waits ten seconds for an answer. */
const ANSWER_MS_MAX = 10_000
/** One `advance` waits in all so many times that long for receivers that were silent before. */
const PATIENCE = 3
const USER_AGENT = 'Plaid-Webhooks/1.0'

/** Where a webhook goes, and the Item that it is about, if it is about one. */
export interface Addressee {
  url: string | null
  itemId: string | null
}

export interface WebhooksOptions {
  store: StateStore
  bank: Bank
  clock: WorldClock
  /** The clock that verifiers have. */
  machine: Clock
  folder: string | undefined
  answerMsMax?: number
  logger: Logger
}

export class Webhooks {
  readonly keys: WebhookKeys
  readonly faults: WebhookFaults
  readonly #outbox: Outbox
  readonly #bank: Bank
  readonly #clock: WorldClock
  readonly #delivery: Delivery
  readonly #answerMsMax: number

  static async open(options: WebhooksOptions): Promise<Webhooks> {
    const keys = new WebhookKeys(options)
    await options.store.save()
    const answerMsMax = options.answerMsMax ?? ANSWER_MS_MAX
    const delivery = new Delivery({ msMax: answerMsMax })
    const { clock, folder, logger } = options
    const outbox = new Outbox({
      clock,
      folder,
      logger,
      events: await readJournal(folder),
      attempt: async ({ url, body }) =>
        delivery.post({
          url,
          body,
          headers: {
            'content-type': 'application/json',
            'plaid-verification': await keys.sign(body),
            'user-agent': USER_AGENT,
          },
        }),
    })
    const faults = new WebhookFaults(options)
    return new Webhooks({ keys, faults, outbox, delivery, answerMsMax, bank: options.bank, clock })
  }

  private constructor(parts: {
    keys: WebhookKeys
    faults: WebhookFaults
    outbox: Outbox
    delivery: Delivery
    answerMsMax: number
    bank: Bank
    clock: WorldClock
  }) {
    this.keys = parts.keys
    this.faults = parts.faults
    this.#outbox = parts.outbox
    this.#delivery = parts.delivery
    this.#answerMsMax = parts.answerMsMax
    this.#bank = parts.bank
    this.#clock = parts.clock
  }

  /** Queues a webhook and resolves when it will be delivered, even by another process. */
  async send(to: Addressee, payload: WebhookPayload): Promise<void> {
    this.#queue(to, payload)
    await this.save()
  }

  /** Tells of an Item what was changed of it; resolves when both are on disk. */
  async tell(item: ItemRecord, ...payloads: WebhookPayload[]): Promise<void> {
    for (const payload of payloads) this.queue(item, payload)
    await this.save()
  }

  /** Queues a webhook of an Item; it counts when the caller has saved. */
  queue({ itemId, webhook }: ItemRecord, payload: WebhookPayload): void {
    const { webhook_type, webhook_code, ...fields } = payload
    const body = { webhook_type, webhook_code, item_id: itemId, ...fields }
    this.#queue({ url: webhook, itemId }, body)
  }

  async save(): Promise<void> {
    await Promise.all([this.#bank.save(), this.#outbox.flush()])
  }

  /** The next instant at which something is to be done here. */
  get nextAt(): number {
    return Math.min(this.#outbox.nextAt, this.keys.rotatesAt)
  }

  /** Does what is due; true when the state must be saved. */
  work(): boolean {
    this.#outbox.work()
    if (this.keys.rotatesAt > this.#clock.now()) return false
    this.keys.rotate()
    return true
  }

  patience(): Patience {
    return { ms: PATIENCE * this.#answerMsMax }
  }

  /** Resolves when every webhook that is due was tried; see Outbox. */
  settled(patience: Patience): Promise<void> {
    return this.#outbox.settled(patience)
  }

  /** See Outbox. */
  get isCrowded(): boolean {
    return this.#outbox.isCrowded
  }

  /** In the order in which they were sent. */
  events(): Iterable<WebhookEvent> {
    return this.#outbox.events()
  }

  async stop(): Promise<void> {
    const stopped = this.#outbox.stop()
    this.#delivery.stop()
    await stopped
  }

  #queue({ url, itemId }: Addressee, payload: WebhookPayload): void {
    if (url === null) return
    const { webhook_type: type, webhook_code: code } = payload
    const now = this.#clock.now()
    const item = itemId === null ? undefined : this.#bank.items.byId(itemId)
    if (item !== undefined) item.lastWebhook = { at: now, code }
    const event: WebhookEvent = {
      sequence: this.#outbox.nextSequence,
      messageId: uuid(),
      url,
      itemId,
      type,
      code,
      // Plaid's bodies are indented by two spaces, and their hash is of these bytes
      body: JSON.stringify({ ...payload, environment: 'sandbox' }, null, 2),
      sentAt: now,
      attempts: 0,
      lastAttemptAt: null,
      lastStatus: null,
      dueAt: now,
      delivered: false,
      copies: 0,
    }
    const released = this.faults.meet(event)
    this.#outbox.add(event)
    for (const each of released) this.#outbox.reschedule(each, now)
  }
}
