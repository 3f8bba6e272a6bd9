// Which connector a source or a destination is to be of, in whichever Airbyte: made there where it
// allows that, and where it does not, a sentence that says what a person has to do.
import { ConfigError, TartanError } from '../../std/errors.ts'
import { plaidSourceId, postgresDestinationId } from '../definitions.ts'
import type { Airbyte } from './client.ts'
import type { Actor } from './desired.ts'
import { type Difference, differences } from './difference.ts'
import { manifestName, manifestVersions, sourceManifest } from './manifest.ts'
import type { Target } from './target.ts'

export type Kind = 'source' | 'destination'

export interface Outcome {
  /** `rewritten`: as far as one sees it was so; its secrets, which nobody sees, are set again. */
  outcome: 'created' | 'updated' | 'unchanged' | 'rewritten'
  differences: Difference[]
}

/** Where a set-up is made. */
export interface Site {
  airbyte: Airbyte
  target: Target
  workspace: { workspaceId: string; name: string }
  /** Only says what would be done. */
  plan: boolean
}

export interface Definition extends Outcome {
  /** Undefined where a plan would have made it. */
  id?: string
  /** Undefined for a connector that is there anyway. */
  name?: string
}

interface Listed {
  id: string
  name: string
  manifest?: unknown
  dockerRepository?: string
  dockerImageTag?: string
}

export function definitionOf(site: Site, kind: Kind, actor: Actor): Promise<Definition> {
  const { kind: target } = site.target
  if (target === 'tartan') return Promise.resolve(present(ours[kind]))
  if (actor.image !== undefined && target !== 'cloud') return imageOf(site, kind, actor.image)
  return kind === 'source' ? manifestOf(site) : Promise.resolve(present(ours.destination))
}

const ours = { source: plaidSourceId, destination: postgresDestinationId }
const imageNames = { source: 'Plaid (Tartan image)', destination: 'Postgres (Tartan image)' }
const documentation = {
  source: 'https://plaid.com/docs/transactions/',
  destination: 'https://docs.airbyte.com/integrations/destinations/postgres',
}

function present(id: string): Definition {
  return { id, outcome: 'unchanged', differences: [] }
}

async function manifestOf(site: Site): Promise<Definition> {
  const path = definitionsPath(site, 'declarative_sources')
  const byHand =
    'in its web app, Builder, New custom connector, Import a YAML file: ' +
    `airbyte/source-plaid.yaml; then Publish it to the workspace as “${manifestName}”`
  const listed = await listedAt(site, path, byHand)
  const found = listed.find(({ name }) => name === manifestName)
  const wished = sourceManifest()
  if (!found) {
    if (site.plan) return { name: manifestName, outcome: 'created', differences: [] }
    const { id } = await publish(site, path, byHand)
    return { name: manifestName, id, outcome: 'created', differences: [] }
  }
  const { version, ...rest } = wished
  const differing = differences(found.manifest, rest)
  const outcome = differing.length === 0 ? 'unchanged' : 'updated'
  if (outcome === 'updated' && !site.plan) {
    // Each publication is another version of it there.
    const known = (found.manifest as { version?: string }).version ?? version
    const body = { manifest: sourceManifest(known) }
    await allowed(byHand, site, () => site.airbyte.publicApi('PUT', `${path}/${found.id}`, body))
  }
  return { name: manifestName, id: found.id, outcome, differences: differing }
}

/** An Airbyte that does not know a version yet takes an older one. */
async function publish(site: Site, path: string, byHand: string): Promise<Listed> {
  let refused: unknown
  for (const version of manifestVersions) {
    const body = { name: manifestName, manifest: sourceManifest(version) }
    try {
      return await allowed(byHand, site, () => site.airbyte.publicApi<Listed>('POST', path, body))
    } catch (error) {
      const isOfVersion = error instanceof TartanError && [409, 422, 500].includes(error.status)
      if (!isOfVersion) throw error
      refused ??= error
    }
  }
  throw refused
}

async function imageOf(site: Site, kind: Kind, image: string): Promise<Definition> {
  const path = definitionsPath(site, `${kind}s`)
  const name = imageNames[kind]
  const colon = image.lastIndexOf(':')
  const [dockerRepository, dockerImageTag] = [image.slice(0, colon), image.slice(colon + 1)]
  const menu = kind === 'source' ? 'Sources' : 'Destinations'
  const byHand = `in its web app, Settings, ${menu}, New connector, ${image} as “${name}”`
  const found = (await listedAt(site, path, byHand)).find(
    (one) => one.name === name && one.dockerRepository === dockerRepository,
  )
  if (!found) {
    if (site.plan) return { name, outcome: 'created', differences: [] }
    const body = { name, dockerRepository, dockerImageTag, documentationUrl: documentation[kind] }
    const make = () => site.airbyte.publicApi<Listed>('POST', path, body)
    return { name, id: (await allowed(byHand, site, make)).id, outcome: 'created', differences: [] }
  }
  const differing = differences(found, { dockerImageTag })
  const outcome = differing.length === 0 ? 'unchanged' : 'updated'
  if (outcome === 'updated' && !site.plan) {
    const body = { name, dockerImageTag }
    await allowed(byHand, site, () => site.airbyte.publicApi('PUT', `${path}/${found.id}`, body))
  }
  return { name, id: found.id, outcome, differences: differing }
}

function definitionsPath({ workspace }: Site, of: string): string {
  return `/workspaces/${workspace.workspaceId}/definitions/${of}`
}

/** The whole list, in one: it has no pages, whatever is asked. */
async function listedAt(site: Site, path: string, byHand: string): Promise<Listed[]> {
  const list = () => site.airbyte.publicApi<{ data: Listed[] }>('GET', path)
  return (await allowed(byHand, site, list)).data
}

async function allowed<T>(byHand: string, site: Site, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof TartanError) || ![403, 404].includes(error.status)) throw error
    const { name } = site.workspace
    const why =
      error.status === 403
        ? `the client may make no connectors in the workspace “${name}”: make it an editor there`
        : `${site.target.name} takes no connectors over its API: upgrade it to 1.6 or newer`
    const then = 'make one of it by the name in airbyte/connection.yaml, and run this again'
    const sentence = `${why}; or, by hand: ${byHand}, ${then}`
    throw new ConfigError('BY_HAND', sentence, { cause: error })
  }
}
