// The test connectors, as they are told to the engine.
import { resolve } from 'node:path'
import type { ConnectorDefinition } from '../../src/engine/connector/definition.ts'

export const sourceDefinitionId = '11111111-1111-4111-8111-111111111111'
export const destinationDefinitionId = '22222222-2222-4222-8222-222222222222'

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
