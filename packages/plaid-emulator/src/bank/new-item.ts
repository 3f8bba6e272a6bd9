// An Item as it begins: what Link, or the Sandbox's own endpoint, asks for.
import { MINUTE_MS } from '../world/calendar.ts'
import type { ItemRecord } from './state.ts'
import { checkedHash } from './tokens.ts'

export interface NewItem {
  institutionId: string
  username: string
  password: string
  products: string[]
  /** Taken where the institution and its accounts have them. */
  wishedProducts: string[]
  /** What the person agreed to; null where nobody asked. */
  consented: string[] | null
  clientUserId: string | null
  userId: string | null
  webhook: string | null
  days: number
  publicToken: string
  /** The places of the accounts that the person chose (`offers`); all, where nobody asked. */
  selected?: number[] | null
}

/** A public token lives for half an hour. */
const PUBLIC_TOKEN_MS = 30 * MINUTE_MS

export type WaitingToken = NonNullable<ItemRecord['publicToken']>

export function waitingToken(publicToken: string, now: number): WaitingToken {
  return { hash: checkedHash('public', publicToken), expiresAt: now + PUBLIC_TOKEN_MS }
}

/** Without products: what it begins with depends on its accounts. */
export function newRecord(
  wanted: NewItem,
  { itemId, custom, now }: Pick<ItemRecord, 'itemId' | 'custom'> & { now: number },
): ItemRecord {
  return {
    itemId,
    custom,
    institutionId: wanted.institutionId,
    username: wanted.username,
    products: [],
    consented: wanted.consented,
    consentExpiresAt: null,
    clientUserId: wanted.clientUserId,
    userId: wanted.userId,
    webhook: wanted.webhook,
    createdAt: now,
    since: null,
    days: wanted.days,
    investmentsReadyAt: null,
    publicToken: waitingToken(wanted.publicToken, now),
    accessTokenHash: null,
    updateTokenHash: null,
    toldAt: now - 1,
    error: null,
    loginAt: now,
    disconnect: null,
    syncedAt: null,
    lastWebhook: null,
    removed: false,
    actions: wanted.selected ? [{ at: now, kind: 'select', places: wanted.selected }] : [],
  }
}
