// How long an Item's login works: for ever, unless the emulator's option, the bank's consent or an
// announced disconnection says otherwise.
import type { ErrorCodeReason } from '../fault.ts'
import { DAY_MS } from '../world/calendar.ts'
import type { ItemRecord } from './state.ts'

/** Plaid warns this long before a login ends. */
const warnedBeforeMs = 7 * DAY_MS

interface LoginEnd {
  at: number
  reason: ErrorCodeReason | undefined
}

/** When the login ends first, and why; undefined where nothing ends it. */
export function loginEnd(item: ItemRecord, itemDays: number | undefined): LoginEnd | undefined {
  const { consentExpiresAt, disconnect } = item
  const ends: LoginEnd[] = []
  if (itemDays !== undefined) ends.push({ at: item.loginAt + itemDays * DAY_MS, reason: undefined })
  if (disconnect !== null) ends.push({ at: disconnect.at, reason: 'OAUTH_INVALID_TOKEN' })
  if (consentExpiresAt !== null)
    ends.push({ at: consentExpiresAt, reason: 'OAUTH_CONSENT_EXPIRED' })
  return ends.sort((a, b) => a.at - b.at)[0]
}

/** When the application is told that the consent will end. */
export function consentWarningAt({ consentExpiresAt }: ItemRecord): number | undefined {
  return consentExpiresAt === null ? undefined : consentExpiresAt - warnedBeforeMs
}
