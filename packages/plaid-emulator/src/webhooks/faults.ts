// What the network does to webhooks, on order: the next so many are lost, come twice, come late or
// come in another order.
import type { StateStore, WebhookOrder } from '../bank/state.ts'
import { MINUTE_MS } from '../world/calendar.ts'
import type { WebhookEvent } from './event.ts'

export const WEBHOOK_FAULTS = [
  'drop',
  'duplicate',
  'delay',
  'reorder',
] as const satisfies WebhookOrder['fault'][]

/** Orders that wait at one time. */
export const webhookOrdersMax = 1_000
/** Webhooks that wait to be put in another order go anyway after this long. */
const reorderMsMax = MINUTE_MS

export class WebhookFaults {
  readonly #store: StateStore
  /** What waits for the last one of its order, to go behind it. */
  readonly #held = new WeakMap<WebhookOrder, WebhookEvent[]>()

  constructor({ store }: { store: StateStore }) {
    this.#store = store
  }

  get count(): number {
    return this.#store.state.webhookOrders.length
  }

  /** The caller saves. */
  add(order: WebhookOrder): void {
    this.#store.state.webhookOrders.push(order)
  }

  /** Does to a new webhook what was ordered; gives back those that go now, the last one first. */
  meet(event: WebhookEvent): WebhookEvent[] {
    const { state } = this.#store
    const order = state.webhookOrders.find((each) => isFor(each, event))
    if (order === undefined) return []
    order.times--
    if (order.times <= 0) {
      state.webhookOrders = state.webhookOrders.filter((each) => each !== order)
    }
    if (order.fault === 'drop') {
      event.attempts = 1
      event.lastAttemptAt = event.sentAt
      event.dueAt = null
    } else if (order.fault === 'duplicate') event.copies++
    else if (order.fault === 'delay') event.dueAt = event.sentAt + order.byMs
    else {
      event.dueAt = event.sentAt + reorderMsMax
      const held = [event, ...(this.#held.get(order) ?? [])]
      if (order.times <= 0) return held
      this.#held.set(order, held)
    }
    return []
  }
}

function isFor({ itemId, code }: WebhookOrder, event: WebhookEvent): boolean {
  return (itemId ?? event.itemId) === event.itemId && (code ?? event.code) === event.code
}
