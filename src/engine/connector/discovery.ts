// What a source offers: asked of the connector once for each of its configurations.
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

export async function discoverStreams(
  parts: DiscoveryParts,
  source: Actor,
  ignoreCache = false,
): Promise<AirbyteCatalog> {
  const known = ignoreCache ? undefined : await findDiscovered(parts.pool, source)
  if (known) return known.catalog
  const definition = definitionOf(parts.definitions, 'source', source.definitionId)
  const configuration = openConfiguration(parts.sealingKey, source)
  const config = new Secret(JSON.stringify(configuration))
  const catalog = await parts.commands.discover(definition, config)
  await upsertDiscovered(parts.pool, source, catalog)
  return catalog
}
