// The webhooks of the last week as /beta/webhook_events/list pages through them.
import type { BetaWebhookEventsListRequest, WebhookEvent as Listed } from 'plaid'
import { PlaidFault } from '../fault.ts'
import { instantText } from '../world/calendar.ts'
import { type DeliveryStatus, statusOf, type WebhookEvent, webhooksKeptMs } from './event.ts'

export interface ListingQuery extends Omit<
  BetaWebhookEventsListRequest,
  'client_id' | 'secret' | 'delivery_statuses'
> {
  delivery_statuses?: DeliveryStatus[]
}

interface Page {
  webhook_events: Listed[]
  has_more: boolean
  next_cursor: string
}

/** The last event that was read, and when: a cursor that nobody uses for a week is void. */
interface Position {
  sequence: number
  at: number
}

export const listedMax = 100

export function listing(known: Iterable<WebhookEvent>, query: ListingQuery, now: number): Page {
  const horizon = now - webhooksKeptMs
  const { after, from } = startOf(query, horizon)
  const events: WebhookEvent[] = []
  let position: Position = { sequence: after, at: now }
  for (const event of known) {
    if (event.sequence <= after || event.sentAt < from) continue
    if (isWanted(event, query)) {
      const last = events.at(-1)
      if (last !== undefined && events.length === (query.count ?? listedMax)) {
        position = { sequence: last.sequence, at: last.sentAt }
        return { webhook_events: events.map(listed), has_more: true, next_cursor: encode(position) }
      }
      events.push(event)
    }
    position = { sequence: event.sequence, at: now }
  }
  return { webhook_events: events.map(listed), has_more: false, next_cursor: encode(position) }
}

function startOf(query: ListingQuery, horizon: number): { after: number; from: number } {
  const { cursor, start_time: start = null } = query
  if (cursor !== undefined && start !== null) {
    throw new PlaidFault('INVALID_FIELD', 'send either cursor or start_time, not both')
  }
  if (cursor !== undefined) {
    const { sequence, at } = decode(cursor)
    if (at < horizon) throw new PlaidFault('WEBHOOK_EVENTS_CURSOR_EXPIRED')
    return { after: sequence, from: horizon }
  }
  const from = start === null ? horizon : Date.parse(start)
  if (Number.isNaN(from)) {
    throw new PlaidFault('INVALID_FIELD', 'start_time must be an ISO-8601 timestamp')
  }
  if (from < horizon) throw new PlaidFault('WEBHOOK_EVENTS_START_TIME_OUT_OF_RANGE')
  return { after: 0, from }
}

function isWanted(event: WebhookEvent, query: ListingQuery): boolean {
  const { webhook_types, webhook_codes, item_ids, delivery_statuses } = query
  return (
    webhook_types?.includes(event.type) !== false &&
    webhook_codes?.includes(event.code) !== false &&
    item_ids?.includes(event.itemId ?? '') !== false &&
    delivery_statuses?.includes(statusOf(event)) !== false
  )
}

function listed(event: WebhookEvent): Listed {
  return {
    webhook_message_id: event.messageId,
    webhook_type: event.type,
    webhook_code: event.code,
    item_id: event.itemId,
    sent_time: instantText(event.sentAt),
    payload: JSON.parse(event.body) as Listed['payload'],
    destination_url: event.url,
    delivery_status: statusOf(event) as Listed['delivery_status'],
    last_http_status_code: event.lastStatus,
    attempt_count: event.attempts,
    last_attempt_time: event.lastAttemptAt === null ? null : instantText(event.lastAttemptAt),
  }
}

function encode({ sequence, at }: Position): string {
  return Buffer.from(`${sequence}.${at}`).toString('base64url')
}

function decode(cursor: string): Position {
  const text = Buffer.from(cursor, 'base64url').toString()
  const [, sequence, at] = /^(\d{1,15})\.(\d{1,15})$/.exec(text) ?? []
  if (sequence === undefined) throw new PlaidFault('INVALID_FIELD', 'cursor is not valid')
  return { sequence: Number(sequence), at: Number(at) }
}
