// The keys that Plaid signs webhooks with, by their id: asked for once, asked for again now and
// then since a key may have expired meanwhile, and kept, also over a restart. Anybody may send a
// key id: one that Plaid does not know is remembered too, and new ones are asked for at most so
// often, of each address less: a stranger's made-up ids keep no real one out (L7, L9).
import type { WebhookVerificationKeyGetResponse } from 'plaid'
import { importJWK } from 'jose'
import { type Clock, systemClock } from '../std/clock.ts'
import { classify, isAbort, TransientError } from '../std/errors.ts'

type VerifyingKey = Awaited<ReturnType<typeof importJWK>>

export interface WebhookKey {
  /** Undefined: Plaid knows no such key. */
  key: VerifyingKey | undefined
  /** Milliseconds since the epoch; null while it is in use. */
  expiredAt: number | null
}

export interface WebhookKeys {
  /** `from`: who names it. Rejects with a TransientError where it cannot be known now. */
  find(kid: string, from: string): Promise<WebhookKey>
}

/** As Plaid gave it. */
export interface SigningKey {
  kid: string
  jwk: { kty: string; crv: string; x: string; y: string }
  /** Milliseconds since the epoch, as `askedAt`; null while it is in use. */
  expiredAt: number | null
  askedAt: number
}

/** Where keys outlive this process. */
export interface KeptKeys {
  all(keysMax: number): Promise<SigningKey[]>
  keep(key: SigningKey, keysMax: number): Promise<void>
  forget(kid: string): Promise<void>
}

type Ask = (kid: string, signal: AbortSignal) => Promise<WebhookVerificationKeyGetResponse>

interface Known extends WebhookKey {
  askedAt: number
  /** Not asked about before. */
  askAgainAt: number
}

/** A key in use is asked about again after so long, and trusted without an answer for a day. */
const freshMs = 10 * 60_000
const trustedMs = 86_400_000
const silentMs = 30_000
const unknownMs = 60 * 60_000
/** Of either kind; the oldest goes. */
const keysMax = 100
const unknownMax = 1_000
/** Ids that are new here, in a minute: of all, and of one address. */
const asksMax = 60
const asksOfOneMax = 10
const minuteMs = 60_000
/** Plaid waits ten seconds for our answer. */
const askMsMax = 5_000

export function createWebhookKeys(
  ask: Ask,
  kept: KeptKeys,
  clock: Clock = systemClock,
): WebhookKeys {
  const keys = new Map<string, Known>()
  const unknown = new Map<string, Known>()
  const asking = new Map<string, Promise<WebhookKey>>()
  const mayAsk = createShares(clock)
  let loading: Promise<void> | undefined

  return {
    find: async (kid, from) => {
      await (loading ??= load())
      const now = clock.now()
      const known = keys.get(kid) ?? unknown.get(kid)
      if (known && now < known.askAgainAt) return known
      const running = asking.get(kid)
      if (running) return running
      if (!known?.key && !mayAsk(from)) throw heldBack()
      const answer = look(kid, known).finally(() => asking.delete(kid))
      asking.set(kid, answer)
      return answer
    },
  }

  /** Where they cannot be read now, the next one tries. */
  async function load(): Promise<void> {
    try {
      const newestFirst = await kept.all(keysMax)
      for (const one of newestFirst.toReversed()) put(keys, keysMax, one.kid, await knownOf(one))
    } catch (error) {
      loading = undefined
      throw unanswered(error)
    }
  }

  async function look(kid: string, known: Known | undefined): Promise<WebhookKey> {
    try {
      const { key } = await ask(kid, AbortSignal.timeout(askMsMax))
      const expiredAt = key.expired_at === null ? null : key.expired_at * 1_000
      const { kty, crv, x, y } = key
      const told = { kid, jwk: { kty, crv, x, y }, expiredAt, askedAt: clock.now() }
      const found = await knownOf(told)
      unknown.delete(kid)
      await kept.keep(told, keysMax)
      return put(keys, keysMax, kid, found)
    } catch (error) {
      if (NO_KEY.has(classify(error).code)) {
        if (keys.delete(kid)) await kept.forget(kid)
        const none = { key: undefined, expiredAt: null, ...times(unknownMs) }
        return put(unknown, unknownMax, kid, none)
      }
      if (!known?.key || clock.now() - known.askedAt > trustedMs) throw unanswered(error)
      const { askAgainAt } = times(silentMs)
      return put(keys, keysMax, kid, { ...known, askAgainAt })
    }
  }

  function times(ms: number): { askedAt: number; askAgainAt: number } {
    const askedAt = clock.now()
    return { askedAt, askAgainAt: askedAt + ms }
  }
}

async function knownOf({ jwk, expiredAt, askedAt }: SigningKey): Promise<Known> {
  const key = await importJWK(jwk, 'ES256')
  return { key, expiredAt, askedAt, askAgainAt: askedAt + freshMs }
}

/** Whether one more id may be asked for, for whom; then it counts. */
function createShares(clock: Clock): (from: string) => boolean {
  let asked: { at: number; from: string }[] = []
  return (from) => {
    const at = clock.now()
    asked = asked.filter((one) => at - one.at < minuteMs)
    if (asked.length >= asksMax) return false
    if (asked.filter((one) => one.from === from).length >= asksOfOneMax) return false
    asked.push({ at, from })
    return true
  }
}

/** What Plaid says of an id that is no key's, or not of this environment. */
const NO_KEY = new Set(['INVALID_WEBHOOK_VERIFICATION_KEY_ID', 'INVALID_FIELD'])

function put(map: Map<string, Known>, max: number, kid: string, known: Known): Known {
  map.delete(kid)
  map.set(kid, known)
  const [oldest] = map.keys()
  if (map.size > max && oldest !== undefined) map.delete(oldest)
  return known
}

function heldBack(): TransientError {
  const sentence =
    'too many unknown signing keys were named from this address in the last minute; send it again'
  return new TransientError('WEBHOOK_KEYS_HELD_BACK', sentence, {
    status: 429,
    retryAfterMs: minuteMs,
  })
}

function unanswered(cause: unknown): TransientError {
  const why = isAbort(cause) ? `no answer in ${askMsMax} ms` : classify(cause).message
  const sentence = `the signing key could not be asked for: ${why}`
  return new TransientError('WEBHOOK_KEY_UNANSWERED', sentence, { cause })
}
