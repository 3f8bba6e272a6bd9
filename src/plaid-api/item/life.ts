// An Item's life as a pure state machine: (life, event) → life. What is said of an Item, whether it
// is pulled and when again follow from here and nowhere else (L7). ARCHITECTURE.md has the table,
// which a test makes from this file.
import type { ErrorKind } from '../../std/errors.ts'
import { remedyFor } from '../../plaid/errors.ts'
import { type ItemStatus, pulledStatuses } from '../shapes.ts'

/** When the Item is looked at again, `kept`: when it was to be; the shell makes times of it. */
export type Pause = 'kept' | 'now' | 'soon' | 'poll' | 'backoff' | 'day' | 'never'

export interface Life {
  status: ItemStatus
  /** What failed last, in Plaid's words. */
  code: string | null
  message: string | null
  /** In a row. */
  failures: number
  /** Instants as text; null where nothing ends. */
  consentEndsAt: string | null
  disconnectAt: string | null
  /** The bank has accounts that the Item could show too. */
  newAccounts: boolean
  pause: Pause
}

export type ItemEvent =
  /** `ready`: the bank has given transactions, be it none. `now` in milliseconds. */
  | { kind: 'pulled'; ready: boolean; now: number }
  | { kind: 'failed'; code: string; message: string; error: ErrorKind }
  /** Announced by Plaid: PENDING_EXPIRATION, PENDING_DISCONNECT, NEW_ACCOUNTS_AVAILABLE. */
  | { kind: 'consent_ends'; at: string }
  | { kind: 'disconnect_announced'; at: string }
  | { kind: 'new_accounts' }
  /** Its owner was there: Link's update mode, or LOGIN_REPAIRED. */
  | { kind: 'repaired' }
  /** It is a second link of what its owner has; somebody chooses. */
  | { kind: 'duplicate' }
  | { kind: 'released' }
  /** Another Item takes its place, or after all does not. */
  | { kind: 'replaced' }
  | { kind: 'restored'; hasToken: boolean }
  /** Asked for by a person: the intent, and that it is done. */
  | { kind: 'disconnect' }
  | { kind: 'erase' }
  | { kind: 'done' }

/** How long before a consent's end it is told: as long as Plaid does. */
const warnedBeforeMs = 7 * 86_400_000

const pulled: ReadonlySet<ItemStatus> = new Set(pulledStatuses)

export function isPulled(status: ItemStatus): boolean {
  return pulled.has(status)
}

export function isEnded(status: ItemStatus): boolean {
  return status === 'removed' || status === 'erased'
}

/** An event that does not fit where the Item is changes nothing. */
export function live(life: Life, event: ItemEvent): Life {
  switch (event.kind) {
    case 'disconnect':
    case 'erase':
    case 'done':
      return leave(life, event.kind)
    case 'released':
      return life.status === 'held' ? begin(life) : life
    case 'repaired':
      return life.status === 'held' || isPulled(life.status) ? repaired(life) : life
    case 'replaced':
      return isPulled(life.status) || life.status === 'removed' ? still(life, 'replaced') : life
    case 'restored':
      if (life.status !== 'replaced') return life
      return event.hasToken ? begin(life) : still(life, 'removed')
    case 'failed':
      return isPulled(life.status) ? failed(life, event) : delayed(life, event)
    default:
      return isPulled(life.status) ? seen(life, event) : life
  }
}

type Seen = Extract<
  ItemEvent,
  {
    kind: 'pulled' | 'consent_ends' | 'disconnect_announced' | 'new_accounts' | 'duplicate'
  }
>

function seen(life: Life, event: Seen): Life {
  switch (event.kind) {
    case 'pulled':
      return {
        ...life,
        ...WELL,
        status: warned(life, event.now),
        pause: event.ready ? 'poll' : 'soon',
      }
    case 'consent_ends': {
      const told = { ...life, consentEndsAt: event.at }
      return life.status === 'healthy' ? { ...told, status: 'consent_ends' } : told
    }
    case 'disconnect_announced': {
      const told = { ...life, disconnectAt: event.at }
      return life.status === 'healthy' || life.status === 'consent_ends'
        ? { ...told, status: 'disconnect_announced' }
        : told
    }
    case 'new_accounts':
      return { ...life, newAccounts: true }
    default:
      return still(life, 'held')
  }
}

/** One that is held is looked at anew: its owner may have chosen other accounts. */
function repaired(life: Life): Life {
  return begin({ ...life, consentEndsAt: null, disconnectAt: null, newAccounts: false })
}

const WELL = { code: null, message: null, failures: 0 }

/** Linked, or as good as: what comes next is a pull. */
function begin(life: Life): Life {
  return { ...life, ...WELL, status: 'linked', pause: 'now' }
}

function still(life: Life, status: ItemStatus): Life {
  return { ...life, ...WELL, status, pause: 'never' }
}

function warned({ consentEndsAt, disconnectAt }: Life, now: number): ItemStatus {
  if (disconnectAt !== null) return 'disconnect_announced'
  if (consentEndsAt === null) return 'healthy'
  return Date.parse(consentEndsAt) - now <= warnedBeforeMs ? 'consent_ends' : 'healthy'
}

type Failed = Extract<ItemEvent, { kind: 'failed' }>

function failed(life: Life, { code, message, error }: Failed): Life {
  const next = { ...life, code, message, failures: life.failures + 1 }
  const remedy = remedyFor(code)
  // Looked at again each day: what Plaid said may have been for a moment only.
  if (remedy === 'update_mode') return { ...next, status: 'needs_user', pause: 'day' }
  if (code === REVOKED) return { ...next, status: 'revoked', pause: 'day' }
  if (remedy === 'new_link') return { ...next, status: 'gone', pause: 'day' }
  // What only an operator can mend (credentials, say) is not worth hurrying for.
  return { ...next, status: 'error', pause: error === 'config' ? 'poll' : 'backoff' }
}

const REVOKED = 'USER_PERMISSION_REVOKED'

/** What is to end and cannot yet is tried again; the rest has nothing to fail. */
function delayed(life: Life, { code, message }: Failed): Life {
  if (life.status !== 'disconnecting' && life.status !== 'erasing') return life
  return { ...life, code, message, failures: life.failures + 1, pause: 'backoff' }
}

function leave(life: Life, kind: 'disconnect' | 'erase' | 'done'): Life {
  const { status } = life
  if (status === 'erased') return life
  if (kind === 'done') {
    if (status === 'disconnecting') return still(life, 'removed')
    return status === 'erasing' ? still(life, 'erased') : life
  }
  if (kind === 'erase') return { ...life, ...WELL, status: 'erasing', pause: 'now' }
  if (status === 'removed' || status === 'erasing') return life
  return { ...life, ...WELL, status: 'disconnecting', pause: 'now' }
}
