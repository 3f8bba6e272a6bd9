// What every route needs.
import type { Pool } from '../../postgres/pool.ts'
import type { Logger } from '../../std/log.ts'
import type { SealingKey } from '../../std/secrets.ts'
import type { ConnectorCommands } from '../connector/command.ts'
import type { ConnectorDefinition } from '../connector/definition.ts'

export interface ApiContext {
  pool: Pool
  sealingKey: SealingKey
  definitions: readonly ConnectorDefinition[]
  commands: ConnectorCommands
  log: Logger
}
