// What the routes share.
import type { EventLog } from '../std/event-log.ts'
import type { Secret } from '../std/secrets.ts'
import type { Pool } from '../postgres/pool.ts'
import type { PullContext } from './ingest/pull.ts'
import type { Runs } from './ingest/runs.ts'
import type { LinkContext } from './link/context.ts'
import type { WorkContext } from './webhook/work.ts'

export interface ServiceContext extends PullContext, LinkContext, WorkContext {
  /** For lists and searches, however many ask: they take no connection from pulls or the feed. */
  readers: Pool
  /** For the feed, and accounts as lines: whoever syncs reads both. */
  feedReaders: Pool
  runs: Runs
  /** What changes. */
  events: EventLog
  /** GET requests from this machine need no key. The emulated world only (L10). */
  openReads: boolean
  /** Opens /metrics and nothing else. */
  metricsToken: Secret | undefined
  /** Where Plaid is, for the health check. */
  plaidUrl: string
  /** Fires when the service stops. */
  stopping: AbortSignal
}
