// Makes an Airbyte look like the desired state, through its public API only: what is missing is
// created, what differs is updated, the rest is left as it is. Running it again changes nothing.
// As a plan it asks the same questions, and says what it would do.
import { ConfigError, TartanError } from '../../std/errors.ts'
import type { Connection } from './connection.ts'
import { type Definition, definitionOf, type Kind, type Outcome, type Site } from './definition.ts'
import type { Actor, Desired } from './desired.ts'
import { type Difference, differences } from './difference.ts'
import { requireReach } from './target.ts'

export interface Applied {
  /** Undefined where a plan would have made it. */
  connectionId?: string
  outcomes: (Outcome & { what: string; name: string })[]
  /** What the change means for each stream, where something changed and the engine says so. */
  streams: StreamChange[]
}

export interface StreamChange {
  name: string
  namespace?: string
  decision: 'none' | 'read_again' | 'refuse'
  reason: string
}

interface Found {
  name: string
  definitionId: string
  configuration: Record<string, unknown>
  sourceId?: string
  sourceType?: string
  destinationId?: string
}

/** Our engine says more about a change than other Airbytes do. */
interface Changed {
  configurationChanged?: boolean
  streamChanges?: StreamChange[]
}

export async function apply(site: Site, desired: Desired): Promise<Applied> {
  requireReach(site.target, desired)
  const source = await applyActor(site, 'source', desired.source)
  const destination = await applyActor(site, 'destination', desired.destination)
  if (site.target.kind !== 'tartan') {
    await requireWorking(site, 'source', desired.source, source.id)
    await requireWorking(site, 'destination', desired.destination, destination.id)
  }
  const connection = await applyConnection(site, desired, source.id, destination.id)
  const moved = source.outcome === 'updated' || destination.outcome === 'updated'
  const { id: connectionId } = connection
  const streams =
    connection.streams ??
    (moved && connectionId !== undefined ? await whatItMeans(site, connectionId, desired) : [])
  return {
    ...(connectionId === undefined ? {} : { connectionId }),
    outcomes: [
      ...connectorOutcome(source.definition),
      { what: 'source', name: desired.source.name, ...source },
      ...connectorOutcome(destination.definition),
      { what: 'destination', name: desired.destination.name, ...destination },
      { what: 'connection', name: desired.connection.name, ...connection },
    ],
    streams,
  }
}

function connectorOutcome(definition: Definition) {
  const { name } = definition
  return name === undefined ? [] : [{ what: 'connector', ...definition, name }]
}

interface Done extends Outcome {
  id?: string
  /** Of a connection that was changed. */
  streams?: StreamChange[]
}

async function applyActor(
  site: Site,
  kind: Kind,
  actor: Actor,
): Promise<Done & { definition: Definition }> {
  const { airbyte, workspace, plan } = site
  const all = await airbyte.list<Found>(`/${kind}s?workspaceIds=${workspace.workspaceId}`)
  const found = all.find((one) => one.name === actor.name)
  const definition = await definitionOr(site, kind, actor, found)
  const { name, configuration } = actor
  if (!found) {
    const outcome = { outcome: 'created' as const, differences: [], definition }
    if (plan) return outcome
    const body = { name, configuration, definitionId: definition.id, ...ofWorkspace(site) }
    return { id: idOf(await airbyte.publicApi<Found>('POST', `/${kind}s`, body)), ...outcome }
  }
  if (found.definitionId.toLowerCase() !== definition.id) {
    const sentence =
      `a ${kind} “${name}” is there already, of another connector: rename it there, or ours in ` +
      'airbyte/connection.yaml'
    throw new ConfigError('NAME_TAKEN', sentence)
  }
  const id = idOf(found)
  const differing = differences(found.configuration, configuration)
  const changed = await patchActor(site, `/${kind}s/${id}`, { name, configuration })
  const outcome = outcomeOf(differing, changed)
  return { id, outcome, differences: differing, definition }
}

/**
 * Always sent: a secret comes back as stars, so whether it changed cannot be seen from here. Our
 * engine says whether it did.
 */
async function patchActor({ airbyte, target, plan }: Site, path: string, body: object) {
  if (plan && target.kind !== 'tartan') return {}
  return airbyte.publicApi<Changed>('PATCH', plan ? `${path}?dry_run=true` : path, body)
}

function outcomeOf(differing: Difference[], { configurationChanged }: Changed): Outcome['outcome'] {
  if (differing.length > 0 || configurationChanged === true) return 'updated'
  return configurationChanged === undefined ? 'rewritten' : 'unchanged'
}

/** Where the Airbyte lets nobody look, a person has made one by hand of what they published. */
async function definitionOr(
  site: Site,
  kind: Kind,
  actor: Actor,
  found: Found | undefined,
): Promise<Definition> {
  try {
    return await definitionOf(site, kind, actor)
  } catch (error) {
    const isByHand = error instanceof TartanError && error.code === 'BY_HAND'
    if (!isByHand || !found || (kind === 'source' && found.sourceType !== '')) throw error
    return { id: found.definitionId.toLowerCase(), outcome: 'unchanged', differences: [] }
  }
}

interface Checked {
  status: string
  message?: string
}

/** Asked of one elsewhere, which has to reach what we reach: its own answer says what it met. */
async function requireWorking(
  { airbyte, target, plan }: Site,
  kind: Kind,
  { name }: Actor,
  id: string | undefined,
): Promise<void> {
  if (plan) return
  const path = `/${kind}s/check_connection`
  const { status, message = 'no reason given' } = await airbyte
    .configApi<Checked>(path, { [`${kind}Id`]: id })
    .catch(unasked)
  if (status !== 'failed') return
  const sentence = `${target.name} has the ${kind} “${name}”, and it does not work: ${message}`
  throw new ConfigError('CHECK_FAILED', sentence)
}

/** Where the client may not ask, making the connection says the same later. */
function unasked(error: unknown): Checked {
  if (error instanceof TartanError && [401, 403, 404].includes(error.status)) return { status: '' }
  throw error
}

function idOf({ sourceId, destinationId }: Found): string {
  return sourceId ?? destinationId ?? ''
}

function ofWorkspace({ workspace }: Site) {
  return { workspaceId: workspace.workspaceId }
}

async function applyConnection(
  site: Site,
  { connection }: Desired,
  sourceId: string | undefined,
  destinationId: string | undefined,
): Promise<Done> {
  const { airbyte, workspace, plan } = site
  const wished = connectionAt(site, connection)
  const path = `/connections?workspaceIds=${workspace.workspaceId}`
  const all = await airbyte.list<Joining>(path)
  const found = all.find((one) => one.name === connection.name)
  if (found && found.sourceId === sourceId && found.destinationId === destinationId) {
    const id = found.connectionId
    const differing = differences(found, wished)
    if (differing.length === 0) return { id, outcome: 'unchanged', differences: [] }
    const streams = await patchConnection(site, id, wished)
    return { id, outcome: 'updated', differences: differing, streams }
  }
  requireOnly(all, connection, sourceId, destinationId)
  const outcome = { outcome: found ? ('updated' as const) : ('created' as const), differences: [] }
  if (plan) return outcome
  // One that joins other ends cannot be turned: it goes, its tables stay.
  if (found) await airbyte.publicApi('DELETE', `/connections/${found.connectionId}`)
  const body = { ...wished, sourceId, destinationId }
  const made = await airbyte.publicApi<Connection>('POST', '/connections', body)
  return { id: made.connectionId, ...outcome }
}

interface Joining extends Connection {
  prefix?: string
  namespaceDefinition?: string
  configurations: { streams: { name: string }[] }
}

/** Under another name it may be there already: two would write the same tables. */
function requireOnly(
  all: Joining[],
  { name, prefix, namespaceDefinition, configurations }: Desired['connection'],
  sourceId: string | undefined,
  destinationId: string | undefined,
): void {
  const names = configurations.streams.map((stream) => stream.name)
  const other = all.find(
    (one) =>
      one.name !== name &&
      one.sourceId === sourceId &&
      one.destinationId === destinationId &&
      (one.prefix ?? '') === prefix &&
      (one.namespaceDefinition ?? namespaceDefinition) === namespaceDefinition &&
      one.configurations.streams.some((stream) => names.includes(stream.name)),
  )
  if (!other) return
  const sentence =
    `the connection “${other.name}” writes these tables already: rename it to “${name}” there, ` +
    `or write “${other.name}” for “${name}” in airbyte/connection.yaml`
  throw new ConfigError('TABLES_TAKEN', sentence)
}

/** Of a change at one of its ends: the connection itself stays as it is. */
function whatItMeans(site: Site, id: string, { connection }: Desired): Promise<StreamChange[]> {
  return patchConnection({ ...site, plan: true }, id, connectionAt(site, connection))
}

async function patchConnection(site: Site, id: string, body: object): Promise<StreamChange[]> {
  const { airbyte, target, plan } = site
  if (plan && target.kind !== 'tartan') return []
  const path = `/connections/${id}${plan ? '?dry_run=true' : ''}`
  return (await airbyte.publicApi<Changed>('PATCH', path, body)).streamChanges ?? []
}

/** To follow its source, and a step after the sync, are ours alone. */
function connectionAt({ target }: Site, connection: Desired['connection']): object {
  if (target.kind === 'tartan') return connection
  const { postSyncCommand: _step, followsSource: _follows, ...rest } = connection
  return rest
}
