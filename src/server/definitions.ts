// The connectors that come along, as they are told to the engine. The destination has the id of
// Airbyte's own Postgres destination, so that a set-up names the same thing here and there.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { ConnectorDefinition } from '../engine/connector/definition.ts'
import { discovered } from '../source-plaid/read.ts'
import { passingFlags } from './node-flags.ts'
import { projectFolder } from './settings.ts'

export const plaidSourceId = '5a6f0b3e-7d0c-4f0e-9a51-1c2f7f3a8d10'
export const postgresDestinationId = '25c5221d-dce2-4163-ade9-739ef790f503'

export const definitions: readonly ConnectorDefinition[] = [
  {
    definitionId: plaidSourceId,
    name: 'Plaid (Tartan)',
    kind: 'source',
    connectorType: '',
    command: program('source-plaid', passingFlags),
    supportsRefreshes: true,
    catalogVersion: sha256(JSON.stringify(discovered)),
  },
  {
    definitionId: postgresDestinationId,
    name: 'Postgres',
    kind: 'destination',
    connectorType: 'postgres',
    // It sees to its own memory (protocol/runner.ts), and is the one that has most to do.
    command: program('destination-postgres', ['--disable-warning=ExperimentalWarning']),
    supportsRefreshes: true,
  },
]

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function program(room: string, flags: string[]): string[] {
  const main = join(projectFolder, 'src', room, 'main.ts')
  return [process.execPath, ...flags, main]
}
