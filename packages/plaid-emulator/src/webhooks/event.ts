// One webhook on its way: what is sent, where to, and how its attempts went. The schedule is
// Plaid's: a first retry after half a minute, each next delay four times longer, for a day.
import type { WebhookEventDeliveryStatus } from 'plaid'
import { DAY_MS, HOUR_MS } from '../world/calendar.ts'

export type DeliveryStatus = `${WebhookEventDeliveryStatus}`

/** Plaid lists the webhooks of a week. */
export const webhooksKeptMs = 7 * DAY_MS

export interface WebhookEvent {
  /** Its place in the order of all. */
  sequence: number
  messageId: string
  url: string
  itemId: string | null
  type: string
  code: string
  /** The request's body, byte for byte: its hash is signed. */
  body: string
  sentAt: number
  attempts: number
  lastAttemptAt: number | null
  /** The HTTP status of the last attempt; null where there was no answer. */
  lastStatus: number | null
  /** When it is tried next; null when nothing more is tried. */
  dueAt: number | null
  delivered: boolean
  /** Deliveries that are ordered beyond the first. */
  copies: number
}

/** Any other status, and silence, is a rejection. */
const ACCEPTED = 200
const FIRST_RETRY_MS = 30_000
const RETRY_FACTOR = 4
const RETRIES_MS_MAX = DAY_MS

export function statusOf({ delivered, dueAt }: WebhookEvent): DeliveryStatus {
  if (delivered) return 'DELIVERED'
  return dueAt === null ? 'FAILED' : 'PENDING'
}

/** When an event whose attempt at `at` failed is tried again; null when its day is over. */
function retryAt(event: WebhookEvent, at: number): number | null {
  const next = at + FIRST_RETRY_MS * RETRY_FACTOR ** (event.attempts - 1)
  return next - event.sentAt > RETRIES_MS_MAX ? null : next
}

/** What an attempt at `at` changes. */
export function attempted(
  event: WebhookEvent,
  { at, status, rejections }: { at: number; status: number | null; rejections: Rejections },
): void {
  event.lastAttemptAt = at
  event.lastStatus = status
  event.attempts++
  if (event.delivered) {
    event.copies--
  } else {
    event.delivered = status === ACCEPTED
    rejections.note(event, event.delivered)
  }
  if (event.delivered) event.dueAt = event.copies > 0 ? at : null
  else event.dueAt = rejections.forbid(event.url, at) ? null : retryAt(event, at)
}

/** Webhooks that must have been sent to a receiver before its rejections count. */
const judgedWebhooksMin = 10
const REJECTED_SHARE_MAX = 0.9
/** Receivers whose rejections are counted. */
const receiversMax = 1_000

interface Count {
  sent: number
  rejected: number
}

/** Who rejected more than nine of ten webhooks of the last day is not tried again. */
export class Rejections {
  /** By receiver, then by the hour in which the webhooks were sent. */
  readonly #counts = new Map<string, Map<number, Count>>()

  /** After an attempt, counted by its webhook's latest outcome. */
  note(event: WebhookEvent, accepted: boolean): void {
    const hour = Math.floor(event.sentAt / HOUR_MS)
    if (event.attempts === 1) {
      const count = this.#countOf(event.url, hour)
      count.sent++
      if (!accepted) count.rejected++
    } else if (accepted) {
      this.#countOf(event.url, hour).rejected--
    }
  }

  forbid(url: string, now: number): boolean {
    let [sent, rejected] = [0, 0]
    const oldest = Math.floor((now - DAY_MS) / HOUR_MS)
    const hours = this.#counts.get(url) ?? new Map<number, Count>()
    for (const [hour, count] of hours) {
      if (hour < oldest) {
        hours.delete(hour)
        continue
      }
      sent += count.sent
      rejected += count.rejected
    }
    return sent >= judgedWebhooksMin && rejected > sent * REJECTED_SHARE_MAX
  }

  #countOf(url: string, hour: number): Count {
    let hours = this.#counts.get(url)
    if (hours === undefined) {
      // a receiver that was forgotten begins anew, which only means that it is tried again
      if (this.#counts.size >= receiversMax) this.#counts.clear()
      hours = new Map()
      this.#counts.set(url, hours)
    }
    let count = hours.get(hour)
    if (count === undefined) {
      count = { sent: 0, rejected: 0 }
      hours.set(hour, count)
    }
    return count
  }
}
