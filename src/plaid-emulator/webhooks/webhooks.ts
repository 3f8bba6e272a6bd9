// What the rest of the emulator knows of webhooks: `send`. It makes the event, which the outbox
// delivers, each attempt signed anew as Plaid documents it.
import { uuid } from '../../std/ids.ts'
import type { Clock } from '../../std/clock.ts'
import type { Logger } from '../../std/log.ts'
import type { Bank } from '../bank/bank.ts'
import type { WorldClock } from '../bank/clock.ts'
import type { ItemRecord, StateStore } from '../bank/state.ts'
import { Delivery } from './delivery.ts'
import { readJournal } from './journal.ts'
import { WebhookKeys } from './keys.ts'
import { Outbox } from './outbox.ts'

/** Plaid waits ten seconds for an answer. */
const ANSWER_MS_MAX = 10_000
const USER_AGENT = 'Plaid-Webhooks/1.0'

export interface WebhookPayload {
  webhook_type: string
  webhook_code: string
  [field: string]: unknown
}

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
  readonly outbox: Outbox
  readonly #bank: Bank
  readonly #clock: WorldClock
  readonly #delivery: Delivery

  static async open(options: WebhooksOptions): Promise<Webhooks> {
    const keys = new WebhookKeys(options)
    await options.store.save()
    const delivery = new Delivery({ msMax: options.answerMsMax ?? ANSWER_MS_MAX })
    const { clock, folder, logger } = options
    const outbox = new Outbox({
      clock,
      folder,
      logger,
      events: await readJournal(folder),
      attempt: ({ url, body }) =>
        delivery.post({
          url,
          body,
          headers: {
            'content-type': 'application/json',
            'plaid-verification': keys.sign(body),
            'user-agent': USER_AGENT,
          },
        }),
    })
    return new Webhooks({ keys, outbox, delivery, bank: options.bank, clock })
  }

  private constructor(parts: {
    keys: WebhookKeys
    outbox: Outbox
    delivery: Delivery
    bank: Bank
    clock: WorldClock
  }) {
    this.keys = parts.keys
    this.outbox = parts.outbox
    this.#delivery = parts.delivery
    this.#bank = parts.bank
    this.#clock = parts.clock
  }

  /** Resolves when the webhook will be delivered, even by another process; no URL, no webhook. */
  async send({ url, itemId }: Addressee, payload: WebhookPayload): Promise<void> {
    if (url === null) return
    const { webhook_type: type, webhook_code: code } = payload
    const now = this.#clock.now()
    const item = itemId === null ? undefined : this.#bank.byId(itemId)
    if (item !== undefined) item.lastWebhook = { at: now, code }
    await this.outbox.add({
      sequence: this.outbox.nextSequence,
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
    })
  }

  /** To the Item's own URL. */
  tell(item: ItemRecord, payload: WebhookPayload): Promise<void> {
    const { webhook_type, webhook_code, ...fields } = payload
    const body = { webhook_type, webhook_code, item_id: item.itemId, ...fields }
    return this.send({ url: item.webhook, itemId: item.itemId }, body)
  }

  async stop(): Promise<void> {
    const stopped = this.outbox.stop()
    this.#delivery.stop()
    await stopped
  }
}
