// The test connectors, as they are told to the engine.
import { resolve } from 'node:path'
import type { ConnectorDefinition } from '../../src/engine/connector/definition.ts'

export const sourceDefinitionId = '11111111-1111-4111-8111-111111111111'
export const destinationDefinitionId = '22222222-2222-4222-8222-222222222222'
export const scriptedDefinitionId = '33333333-3333-4333-8333-333333333333'
export const postgresDefinitionId = '44444444-4444-4444-8444-444444444444'

const connector = (name: string) => [
  process.execPath,
  resolve(import.meta.dirname, `connectors/${name}.ts`),
]
export const definitions: ConnectorDefinition[] = [
  {
    definitionId: sourceDefinitionId,
    name: 'Test source',
    kind: 'source',
    connectorType: '',
    command: connector('source'),
    supportsRefreshes: true,
  },
  {
    definitionId: destinationDefinitionId,
    name: 'Test destination',
    kind: 'destination',
    connectorType: 'postgres',
    command: connector('destination'),
    supportsRefreshes: true,
    dockerImageTag: '3.0.0',
  },
]

/** What lives are made of. */
export const livesDefinitions: ConnectorDefinition[] = [
  {
    definitionId: scriptedDefinitionId,
    name: 'Scripted source',
    kind: 'source',
    connectorType: '',
    command: connector('scripted'),
    supportsRefreshes: true,
  },
  {
    definitionId: postgresDefinitionId,
    name: 'PostgreSQL',
    kind: 'destination',
    connectorType: '',
    command: connector('postgres'),
    supportsRefreshes: true,
  },
]
