// The connectors that this engine can run. It knows nothing else of them than what stands here and
// what they say themselves over the protocol.
import { ConfigError } from '../../std/errors.ts'
import type { ActorKind } from '../store/actor.ts'

export interface ConnectorDefinition {
  definitionId: string
  name: string
  kind: ActorKind
  /** Airbyte's name of the connector (`postgres`); empty for a custom one. */
  connectorType: string
  /** Program and first arguments; the protocol's verb and files follow. */
  command: readonly string[]
  dockerImageTag?: string
  /** A destination that is steered by generation ids and COMPLETE messages. */
  supportsRefreshes: boolean
  /**
   * Of a source that offers the same as long as this and its configuration stay the same: it is
   * not asked before every sync. Any other may change its mind.
   */
  catalogVersion?: string
}

export function definitionOf(
  definitions: readonly ConnectorDefinition[],
  kind: ActorKind,
  definitionId: string,
): ConnectorDefinition {
  const found = definitions.find(
    (one) => one.kind === kind && one.definitionId.toLowerCase() === definitionId.toLowerCase(),
  )
  if (found) return found
  throw new ConfigError(
    'CONNECTOR_UNKNOWN',
    `there is no ${kind} connector with the definition ${definitionId} here`,
    { field: 'definitionId' },
  )
}
