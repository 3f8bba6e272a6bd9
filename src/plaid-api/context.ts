// What the routes share.
import type { PullContext } from './ingest/pull.ts'
import type { Runs } from './ingest/runs.ts'
import type { LinkContext } from './link/session.ts'

export interface ServiceContext extends PullContext, LinkContext {
  runs: Runs
  /** GET requests from this machine need no key. The emulated world only (L10). */
  openReads: boolean
  /** Where Plaid is, for the health check. */
  plaidUrl: string
  /** Fires when the service stops. */
  stopping: AbortSignal
}
