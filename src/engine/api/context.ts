// What every route needs.
import type { Pool } from '../../postgres/pool.ts'
import type { EventLog } from '../../std/event-log.ts'
import type { Logger } from '../../std/log.ts'
import type { SealingKey, Secret } from '../../std/secrets.ts'
import type { ServerTls } from '../../std/server-tls.ts'
import type { PostSyncCommand } from '../connection/post-sync.ts'
import type { ConnectorCommands } from '../connector/command.ts'
import type { ConnectorDefinition } from '../connector/definition.ts'

export interface ApiContext {
  pool: Pool
  sealingKey: SealingKey
  tls?: ServerTls | undefined
  definitions: readonly ConnectorDefinition[]
  commands: ConnectorCommands
  /** What a connection may run after its syncs. */
  postSync: readonly PostSyncCommand[]
  /** Opens /metrics and nothing else. */
  metricsToken?: Secret | undefined
  log: Logger
  /** What changes. */
  events: EventLog
}
