// What linking works with.
import type { StreamProduct } from '../../catalog/stream.ts'
import type { PlaidClient } from '../../plaid/client.ts'
import type { SealingKey } from '../../std/secrets.ts'
import type { LifeContext } from '../item/note.ts'

export interface LinkContext extends LifeContext {
  plaid: PlaidClient
  key: SealingKey
  clientName: string
  daysRequested: number
  countryCodes: string[]
  language: string
  /** Where Plaid sends webhooks to; empty: nowhere; undefined: Items keep what they have. */
  webhook: string | undefined
  products: readonly StreamProduct[]
  onStep?: (step: string) => Promise<void>
}
