// What an Item's failure means for it: who must act, and when to try again (L7).
import { classify } from '../../std/errors.ts'
import { jitter } from '../../std/ids.ts'
import { backoffMs } from '../../std/retry.ts'
import { remedyFor } from '../../plaid/errors.ts'
import type { Failure } from '../store/item.ts'

const DAY_MS = 86_400_000
const RETRY = { triesMax: Infinity, firstDelayMs: 30_000, delayMsMax: 6 * 3_600_000, factor: 3 }

export function failureOf(error: unknown, failures: number, pollEveryMs: number): Failure {
  const { code, message, kind } = classify(error)
  const remedy = remedyFor(code)
  if (remedy === 'update_mode') {
    const sentence = `${message}. Its owner must log in at the bank and link it again`
    return { status: 'needs_user', code, message: sentence, nextInMs: DAY_MS }
  }
  if (remedy === 'new_link') {
    const sentence = `${message}. The Item is gone at Plaid: link the bank again`
    return { status: 'gone', code, message: sentence, nextInMs: DAY_MS }
  }
  // What only an operator can mend (credentials, say) is not worth hurrying for.
  const pause = kind === 'config' ? pollEveryMs : backoffMs(RETRY, failures)
  return { status: 'error', code, message, nextInMs: pause }
}

/** A new Item's first transactions are there within seconds, sometimes minutes. */
const NOT_READY_MS = 20_000

/**
 * Jittered, so that a hundred thousand Items do not come back together. `ready`: the bank has
 * given transactions, be it none.
 */
export function pauseAfterSuccessMs(pollEveryMs: number, ready: boolean): number {
  const pause = ready ? pollEveryMs : Math.min(pollEveryMs, NOT_READY_MS)
  return Math.round(pause * (0.75 + jitter() / 2))
}
