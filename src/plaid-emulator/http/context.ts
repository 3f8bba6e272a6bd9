// What the endpoints work with.
import type { Secret } from '../../std/secrets.ts'
import type { Bank } from '../bank/bank.ts'
import type { WorldClock } from '../bank/clock.ts'
import type { OrderedFaults } from '../control/faults.ts'
import type { Links } from '../bank/links.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'

export interface Context {
  bank: Bank
  links: Links
  clock: WorldClock
  faults: OrderedFaults
  webhooks: Webhooks
  /** Where the Hosted Link page is reached. */
  publicUrl(): string
  /** Undefined takes any credentials that are not empty. */
  keys: { clientId: string; secret: Secret } | undefined
}
