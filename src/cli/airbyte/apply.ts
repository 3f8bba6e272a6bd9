// Makes an Airbyte look like the desired state, through its public API only: what is missing is
// created, what differs is updated, the rest is left as it is. Running it again changes nothing.
import { must } from '../../std/errors.ts'
import type { Airbyte } from './client.ts'
import type { Actor, Desired } from './desired.ts'

export type Outcome = 'created' | 'updated' | 'unchanged'

export interface Applied {
  connectionId: string
  outcomes: { what: string; name: string; outcome: Outcome }[]
  /** What the change means for each stream, where something changed and the engine says so. */
  streams: StreamChange[]
}

export interface StreamChange {
  name: string
  namespace?: string
  decision: 'none' | 'read_again' | 'refuse'
  reason: string
}

interface Named {
  name: string
  configuration?: Record<string, unknown>
}
type Source = Named & { sourceId: string }
type Destination = Named & { destinationId: string }

export interface Connection extends Named {
  connectionId: string
  sourceId: string
  destinationId: string
  status: string
  /** Why it is not active, where it was not made so by a person. */
  statusReason?: string
  schedule: { scheduleType: string; cronExpression?: string }
}

export async function apply(airbyte: Airbyte, desired: Desired): Promise<Applied> {
  const workspaces = await airbyte.list<{ workspaceId: string }>('/workspaces')
  const { workspaceId } = must(workspaces[0], 'an Airbyte has at least one workspace')
  const source = await applyActor(airbyte, 'sources', workspaceId, desired.source)
  const destination = await applyActor(airbyte, 'destinations', workspaceId, desired.destination)
  const connection = await applyConnection(airbyte, workspaceId, desired, {
    sourceId: source.id,
    destinationId: destination.id,
  })
  const moved = source.outcome === 'updated' || destination.outcome === 'updated'
  const streams =
    connection.streams ?? (moved ? await whatItMeans(airbyte, connection.id, desired) : [])
  return {
    connectionId: connection.id,
    outcomes: [
      { what: 'source', name: desired.source.name, outcome: source.outcome },
      { what: 'destination', name: desired.destination.name, outcome: destination.outcome },
      { what: 'connection', name: desired.connection.name, outcome: connection.outcome },
    ],
    streams,
  }
}

/** The connection that `apply` made; undefined before the set-up. */
export async function findConnection(airbyte: Airbyte, name: string) {
  const connections = await airbyte.list<Connection>('/connections')
  return connections.find((one) => one.name === name)
}

/** Of a change at one of its ends: the connection itself stays as it is. */
async function whatItMeans(
  airbyte: Airbyte,
  connectionId: string,
  { connection }: Desired,
): Promise<StreamChange[]> {
  const path = `/connections/${connectionId}?dry_run=true`
  return (await airbyte.publicApi<Changed>('PATCH', path, connection)).streamChanges ?? []
}

interface Done {
  id: string
  outcome: Outcome
  /** Of a connection that was changed. */
  streams?: StreamChange[]
}

/** Our engine says beside the connection what becomes of its streams; other Airbytes do not. */
interface Changed {
  streamChanges?: StreamChange[]
}

async function applyActor(
  airbyte: Airbyte,
  kind: 'sources' | 'destinations',
  workspaceId: string,
  actor: Actor,
): Promise<Done> {
  const all = await airbyte.list<Source | Destination>(`/${kind}?workspaceIds=${workspaceId}`)
  const found = all.find((one) => one.name === actor.name)
  if (!found) {
    const made = await airbyte.publicApi<Source | Destination>('POST', `/${kind}`, {
      ...actor,
      workspaceId,
    })
    return { id: idOf(made), outcome: 'created' }
  }
  // Always sent: a secret comes back as stars, so whether it changed cannot be seen from here.
  const { name, configuration } = actor
  await airbyte.publicApi('PATCH', `/${kind}/${idOf(found)}`, { name, configuration })
  const same = holds(found.configuration ?? {}, configuration)
  return { id: idOf(found), outcome: same ? 'unchanged' : 'updated' }
}

function idOf(actor: Source | Destination): string {
  return 'sourceId' in actor ? actor.sourceId : actor.destinationId
}

async function applyConnection(
  airbyte: Airbyte,
  workspaceId: string,
  { connection }: Desired,
  ends: { sourceId: string; destinationId: string },
): Promise<Done> {
  const all = await airbyte.list<Connection>(`/connections?workspaceIds=${workspaceId}`)
  const found = all.find((one) => one.name === connection.name)
  if (found && found.sourceId === ends.sourceId && found.destinationId === ends.destinationId) {
    if (holds(found, connection)) return { id: found.connectionId, outcome: 'unchanged' }
    const path = `/connections/${found.connectionId}`
    const { streamChanges = [] } = await airbyte.publicApi<Changed>('PATCH', path, connection)
    return { id: found.connectionId, outcome: 'updated', streams: streamChanges }
  }
  // One that joins other ends cannot be turned: it goes, its tables stay.
  if (found) await airbyte.publicApi('DELETE', `/connections/${found.connectionId}`)
  const made = await airbyte.publicApi<Connection>('POST', '/connections', {
    ...connection,
    ...ends,
  })
  return { id: made.connectionId, outcome: found ? 'updated' : 'created' }
}

const MASKED = '**********'
/** Told by us, never told back: the real server strips the connector's name. */
const UNTOLD = new Set(['destinationType', 'sourceType'])

/** Whether everything wished for is in what is there. Lists of named things go by name. */
export function holds(actual: unknown, wished: unknown): boolean {
  if (actual === MASKED) return true
  if (wished === '' && actual === undefined) return true
  if (Array.isArray(wished)) {
    if (!Array.isArray(actual) || actual.length !== wished.length) return false
    return wished.every((one, i) => holds(sameNamed(actual, one) ?? actual[i], one))
  }
  if (typeof wished !== 'object' || wished === null) return actual === wished
  if (typeof actual !== 'object' || actual === null) return false
  const have = actual as Record<string, unknown>
  return Object.entries(wished).every(([key, value]) => UNTOLD.has(key) || holds(have[key], value))
}

function sameNamed(list: unknown[], wished: unknown): unknown {
  const name = nameOf(wished)
  return name === undefined ? undefined : list.find((one) => nameOf(one) === name)
}

function nameOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined
}
