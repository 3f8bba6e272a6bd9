// What a product's reader is: it asks Plaid for all that an Item has of it, and makes rows.
import type { Stream, StreamProduct } from '../../../catalog/stream.ts'
import type { PlaidClient } from '../../../plaid/client.ts'
import { TransientError } from '../../../std/errors.ts'
import type { Secret } from '../../../std/secrets.ts'
import { isRecord, type Misfits } from '../../door.ts'
import type { StreamRow } from '../../stream-row.ts'

export interface Asked {
  itemId: string
  /** One call of an endpoint, for this Item; an answer that is no object is thrown. */
  ask(path: string, body?: object): Promise<Record<string, unknown>>
  misfits: Misfits
}

export interface Answered {
  stream: Stream
  rows: StreamRow[]
  /** The day from which on the answer is whole; undefined: from the beginning. */
  since?: string
}

export interface ProductReader {
  product: StreamProduct
  /** Whether Plaid names it among an Item's products, so that it need not be asked in vain. */
  isListed: boolean
  /** All that the Item has now: what is not among it is gone. */
  read(asked: Asked): Promise<Answered[]>
}

export function asker(plaid: PlaidClient, token: Secret, signal: AbortSignal): Asked['ask'] {
  return async (path, body = {}) =>
    recordOf(await plaid.productGet(path, token, body, signal), path)
}

/** An answer without its list is none (L7): nothing may be taken for gone. */
export function listOf(answer: Record<string, unknown>, field: string): unknown[] {
  const list = answer[field]
  if (Array.isArray(list)) return list
  throw invalid(`“${field}” is no list`)
}

export function recordOf(answer: unknown, what: string): Record<string, unknown> {
  if (isRecord(answer)) return answer
  throw invalid(`${what} is no object`)
}

function invalid(what: string): TransientError {
  return new TransientError('PLAID_ANSWER_INVALID', `Plaid’s answer is none: ${what}`)
}
