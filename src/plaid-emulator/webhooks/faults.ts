// What the network does to webhooks, on order: the next so many are lost, come twice, come late or
// come in another order.
import { MINUTE_MS } from '../world/calendar.ts'
import type { WebhookEvent } from './event.ts'

export const WEBHOOK_FAULTS = ['drop', 'duplicate', 'delay', 'reorder'] as const

export interface WebhookOrder {
  fault: (typeof WEBHOOK_FAULTS)[number]
  times: number
  itemId: string | undefined
  code: string | undefined
  /** How late a delayed one comes. */
  byMs: number
}

/** Orders that wait at one time. */
export const webhookOrdersMax = 1_000
/** Webhooks that wait to be put in another order go anyway after this long. */
const reorderMsMax = MINUTE_MS

export class WebhookFaults {
  readonly #orders = new Map<WebhookOrder, WebhookEvent[]>()

  get count(): number {
    return this.#orders.size
  }

  add(order: WebhookOrder): void {
    this.#orders.set({ ...order }, [])
  }

  /** Does to a new webhook what was ordered; gives back those that go now, the last one first. */
  meet(event: WebhookEvent): WebhookEvent[] {
    const [order, held] = [...this.#orders].find(([each]) => isFor(each, event)) ?? []
    if (order === undefined || held === undefined) return []
    order.times--
    if (order.times <= 0) this.#orders.delete(order)
    if (order.fault === 'drop') {
      event.attempts = 1
      event.lastAttemptAt = event.sentAt
      event.dueAt = null
    } else if (order.fault === 'duplicate') event.copies++
    else if (order.fault === 'delay') event.dueAt = event.sentAt + order.byMs
    else {
      event.dueAt = event.sentAt + reorderMsMax
      held.push(event)
      if (order.times <= 0) return held.reverse()
    }
    return []
  }
}

function isFor({ itemId, code }: WebhookOrder, event: WebhookEvent): boolean {
  return (itemId ?? event.itemId) === event.itemId && (code ?? event.code) === event.code
}
