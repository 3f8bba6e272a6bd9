// A connection of a test's own: the same source into a schema of its own.
import { desiredOf } from '../../src/server/airbyte/site.ts'
import { followJob, jobFailure, startSync } from '../../src/server/airbyte/job.ts'
import { plaidSourceId, postgresDestinationId } from '../../src/server/definitions.ts'
import type { System } from './system.ts'

/** Transactions as changes, or whole each time. Returns the connection's id. */
export async function connect(
  system: System,
  schema: string,
  mode: 'incremental' | 'overwrite' = 'incremental',
): Promise<string> {
  const wish = await desiredOf(system.settings)
  const api = system.airbyte.publicApi
  const [workspace] = (await api<{ data: { workspaceId: string }[] }>('GET', '/workspaces')).data
  const workspaceId = workspace?.workspaceId
  const source = await api<{ sourceId: string }>('POST', '/sources', {
    ...wish.source,
    definitionId: plaidSourceId,
    workspaceId,
  })
  const destination = await api<{ destinationId: string }>('POST', '/destinations', {
    ...wish.destination,
    definitionId: postgresDestinationId,
    configuration: { ...wish.destination.configuration, schema },
    workspaceId,
  })
  const streams = wish.connection.configurations.streams.map((stream) =>
    mode === 'overwrite'
      ? { name: stream.name, syncMode: 'full_refresh_overwrite_deduped' }
      : stream,
  )
  const connection = await api<{ connectionId: string }>('POST', '/connections', {
    ...wish.connection,
    configurations: { streams },
    name: schema,
    sourceId: source.sourceId,
    destinationId: destination.destinationId,
  })
  return connection.connectionId
}

/** Runs a sync to its end; rejects when it failed. */
export async function sync(system: System, connectionId: string): Promise<void> {
  const { jobId } = await startSync(system.airbyte, connectionId)
  const info = await followJob(system.airbyte, jobId, () => {})
  const failure = jobFailure(info)
  if (failure) throw failure
}
