// The connection that a set-up makes, as an Airbyte's public API tells it.
import type { Airbyte } from './client.ts'
import { connectionName } from './connection-yaml.ts'

export interface Connection {
  name: string
  connectionId: string
  sourceId: string
  destinationId: string
  status: string
  /** Why it is not active, where it was not made so by a person. */
  statusReason?: string
  schedule: { scheduleType: string; cronExpression?: string }
  /** Of ours. */
  followsSource?: true
}

/** The connection that `apply` made; undefined before the set-up. */
export async function findConnection(airbyte: Airbyte): Promise<Connection | undefined> {
  const name = await connectionName()
  const connections = await airbyte.list<Connection>('/connections')
  return connections.find((one) => one.name === name)
}
