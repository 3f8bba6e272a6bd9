// What a source offers: asked of the connector, and kept for each of its configurations.
import type { Pool } from '../../postgres/pool.ts'
import type { AirbyteCatalog } from '../../protocol/message.ts'
import { type SealingKey, Secret } from '../../std/secrets.ts'
import { type Actor, findDiscovered, upsertDiscovered } from '../store/actor.ts'
import { openConfiguration } from './actor-configuration.ts'
import type { ConnectorCommands } from './command.ts'
import { type ConnectorDefinition, definitionOf } from './definition.ts'

export interface DiscoveryParts {
  pool: Pool
  sealingKey: SealingKey
  definitions: readonly ConnectorDefinition[]
  commands: ConnectorCommands
}

/**
 * `known`: what it said of this configuration, whenever that was. `present`: the same if it cannot
 * have changed since. `anew`: it is asked in any case.
 */
export type Freshness = 'known' | 'present' | 'anew'

export async function discoverStreams(
  parts: DiscoveryParts,
  source: Actor,
  freshness: Freshness,
  signal?: AbortSignal,
): Promise<AirbyteCatalog> {
  const definition = definitionOf(parts.definitions, 'source', source.definitionId)
  const { catalogVersion } = definition
  const asks = freshness === 'anew' || (freshness === 'present' && catalogVersion === undefined)
  const known = asks ? undefined : await findDiscovered(parts.pool, source, catalogVersion ?? '')
  if (known) return known.catalog
  const configuration = openConfiguration(parts.sealingKey, source)
  const config = new Secret(JSON.stringify(configuration))
  const catalog = await parts.commands.discover(definition, config, signal)
  await upsertDiscovered(parts.pool, source, catalogVersion ?? '', catalog)
  return catalog
}
