// What the routes share.
import type { Pool } from '../postgres/pool.ts'
import type { PullContext } from './ingest/pull.ts'
import type { Runs } from './ingest/runs.ts'
import type { LinkContext } from './link/context.ts'

export interface ServiceContext extends PullContext, LinkContext {
  /** For lists and searches, however many ask: they take no connection from pulls or the feed. */
  readers: Pool
  /** For the feed. */
  feedReaders: Pool
  runs: Runs
  /** GET requests from this machine need no key. The emulated world only (L10). */
  openReads: boolean
  /** Where Plaid is, for the health check. */
  plaidUrl: string
  /** Fires when the service stops. */
  stopping: AbortSignal
}
