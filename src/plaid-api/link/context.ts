// What linking works with.
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
  webhookUrl?: string
  onStep?: (step: string) => Promise<void>
}
