// Sources and destinations, as Airbyte's public API has them. Making one runs nothing but the
// connector's spec, against which the configuration is checked and its secrets are masked (L5).
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import type { Pool } from '../../postgres/pool.ts'
import { tx } from '../../postgres/query.ts'
import { uuid } from '../../std/ids.ts'
import { openConfiguration, sealConfiguration } from '../connector/actor-configuration.ts'
import {
  type Configuration,
  maskSecrets,
  mergePatch,
  restoreMasked,
} from '../connector/configuration.ts'
import { type ConnectorDefinition, definitionOf } from '../connector/definition.ts'
import { configurationErrors } from '../connector/validation.ts'
import {
  type Actor,
  type ActorKind,
  findActor,
  insertActor,
  listActors,
  updateActor,
} from '../store/actor.ts'
import { findWorkspace } from '../store/workspace.ts'
import { strict } from './body.ts'
import type { ApiContext } from './context.ts'
import { idParams, listOf, pageOf, PageQuery, paramOf } from './paging.ts'
import { ApiProblem, asProblem, failures, gone, notFound } from './problem.ts'
import { removeActor } from './removal.ts'
import { ChangeQuery, isDryRun, streamChangesOfActor } from './stream-changes.ts'
import { Destination, DestinationChanged, listShape, Source, SourceChanged } from './shapes.ts'

const Config = Type.Record(Type.String(), Type.Unknown())
const Name = Type.String({ minLength: 1 })
const Uuid = Type.String({ format: 'uuid' })
const Create = Type.Object(
  {
    name: Name,
    workspaceId: Uuid,
    definitionId: Type.Optional(Uuid),
    configuration: Config,
  },
  strict,
)
const Patch = Type.Object(
  { name: Type.Optional(Name), configuration: Type.Optional(Config) },
  strict,
)
const Put = Type.Object({ name: Name, configuration: Config }, strict)

const SHAPES = {
  source: { one: Source, changed: SourceChanged },
  destination: { one: Destination, changed: DestinationChanged },
}
const MADE =
  'Its configuration is checked against the connector’s specification; the connector is not run. ' +
  '422: it does not fit, and `data.errors` says where.'
const CHANGED =
  'A secret that comes back masked stays as it is; within a list it does where the rest of its ' +
  'entry is as it was, and no other one is like it. `streamChanges` says what the next sync does ' +
  'with each stream, `configurationChanged` whether there was anything to change, which masked ' +
  'secrets do not show; with dry_run=true nothing else is done.'

export function actorRoutes(app: FastifyInstance, context: ApiContext, kind: ActorKind): void {
  const { pool } = context
  const path = `/${kind}s`
  const idName = `${kind}Id`
  const one = `${path}/:${idName}`
  const params = idParams(idName)
  const shapes = SHAPES[kind]

  const listed = {
    summary: `The ${kind}s, with their secrets masked`,
    querystring: PageQuery,
    response: { 200: listShape(shapes.one) },
  }
  app.get(path, { schema: listed }, async (request) => {
    const page = pageOf(request)
    const actors = await listActors(pool, kind, page)
    return listOf(request, page, await Promise.all(actors.map((it) => response(context, it))))
  })
  const made = {
    summary: `Makes a ${kind}`,
    description: MADE,
    body: Create,
    response: { 200: shapes.one, ...failures(404, 422) },
  }
  app.post(path, { schema: made }, async (request) =>
    response(context, await create(context, kind, request.body as Static<typeof Create>)),
  )
  const read = {
    summary: `One ${kind}, with its secrets masked`,
    params,
    response: { 200: shapes.one, ...failures(404) },
  }
  app.get(one, { schema: read }, async (request) =>
    response(context, await actorOf(pool, kind, paramOf(request, idName))),
  )
  const changed = {
    description: CHANGED,
    params,
    querystring: ChangeQuery,
    response: { 200: shapes.changed, ...failures(404, 409, 422) },
  }
  const patched = { ...changed, summary: `Changes what is given of a ${kind}`, body: Patch }
  const replaced = { ...changed, summary: `Replaces what a ${kind} is`, body: Put }
  app.patch(one, { schema: patched }, async (request) => {
    const { name, configuration = {} } = request.body as Static<typeof Patch>
    const given = withoutType(configuration)
    const merged = (old: Configuration) => mergePatch(old, given) as Configuration
    const actorId = paramOf(request, idName)
    return change(context, { kind, actorId, name, patched: merged, dryRun: isDryRun(request) })
  })
  app.put(one, { schema: replaced }, async (request) => {
    const { name, configuration } = request.body as Static<typeof Put>
    const given = () => withoutType(configuration)
    const actorId = paramOf(request, idName)
    return change(context, { kind, actorId, name, patched: given, dryRun: isDryRun(request) })
  })
  const removed = { summary: `Deletes a ${kind} with its connections`, params, response: gone }
  app.delete(one, { schema: removed }, async (request, reply) => {
    const actor = await actorOf(pool, kind, paramOf(request, idName))
    await tx(pool, (db) => removeActor(db, actor.actorId))
    return reply.status(204).send()
  })
}

export async function actorOf(pool: Pool, kind: ActorKind, id: string): Promise<Actor> {
  const actor = await findActor(pool, kind, id)
  if (!actor) throw notFound(kind, id)
  return actor
}

async function create(
  context: ApiContext,
  kind: ActorKind,
  body: Static<typeof Create>,
): Promise<Actor> {
  const { workspaceId, name } = body
  if (!(await findWorkspace(context.pool, workspaceId))) throw notFound('workspace', workspaceId)
  const definition = requestedDefinition(context, kind, body)
  const configuration = withoutType(body.configuration)
  await checkConfiguration(context, definition, configuration)
  const actorId = uuid()
  return insertActor(context.pool, {
    actorId,
    kind,
    workspaceId,
    definitionId: definition.definitionId,
    name,
    configuration: sealConfiguration(context.sealingKey, actorId, configuration),
  })
}

interface Change {
  kind: ActorKind
  actorId: string
  name: string | undefined
  /** The configuration that is asked for, made of the one that is there. */
  patched(old: Configuration): Configuration
  dryRun: boolean
}

/** Of so many changes at once the last is told to try again (L9). */
const triesMax = 10

/**
 * Secrets that come back masked are the ones that are there. Two changes at once must not each keep
 * half of the other's: whoever comes second applies his to what the first one left.
 */
async function change(context: ApiContext, { kind, actorId, name, patched, dryRun }: Change) {
  for (let tries = 1; tries <= triesMax; tries++) {
    const seen = await actorOf(context.pool, kind, actorId)
    const old = openConfiguration(context.sealingKey, seen)
    const configuration = restoreMasked(old, patched(old)) as Configuration
    const same = JSON.stringify(configuration) === JSON.stringify(old)
    if (!same) {
      const definition = definitionOf(context.definitions, kind, seen.definitionId)
      await checkConfiguration(context, definition, configuration)
    }
    const sealed = sealConfiguration(context.sealingKey, actorId, configuration)
    const settings = { name: name ?? seen.name, configuration: same ? undefined : sealed }
    const streamChanges = await streamChangesOfActor(context, seen, configuration)
    const wished = { ...seen, name: settings.name, configuration: sealed }
    const changed = dryRun ? wished : await updateActor(context.pool, seen, settings)
    if (changed) {
      return { ...(await response(context, changed)), configurationChanged: !same, streamChanges }
    }
  }
  throw new ApiProblem('state-conflict', `The ${kind} is being changed by others: try again.`)
}

function requestedDefinition(
  context: ApiContext,
  kind: ActorKind,
  body: Static<typeof Create>,
): ConnectorDefinition {
  if (body.definitionId !== undefined) {
    return definitionOf(context.definitions, kind, body.definitionId)
  }
  const type = body.configuration[`${kind}Type`]
  if (typeof type !== 'string') {
    throw new ApiProblem(
      'unprocessable-entity',
      `One of configuration.${kind}Type or definitionId must be provided.`,
    )
  }
  const found = context.definitions.find((it) => it.kind === kind && it.connectorType === type)
  if (found && type !== '') return found
  throw new ApiProblem('value-not-found', `Could not find a ${kind} connector of type ${type}.`, {
    type: `${kind}Type`,
    value: type,
  })
}

export function withoutType(configuration: Configuration): Configuration {
  const { sourceType: _source, destinationType: _destination, ...rest } = configuration
  return rest
}

/** Says where it is wrong, never what stands there: it may be a secret. */
async function checkConfiguration(
  context: ApiContext,
  definition: ConnectorDefinition,
  configuration: Configuration,
): Promise<void> {
  const spec = await asProblem(context.commands.spec(definition))
  const errors = await configurationErrors(spec.connectionSpecification, configuration)
  const [first] = errors
  if (!first) return
  const where = first.pointer || 'it'
  const sentence = `The configuration does not fit the connector: ${where} ${first.message}.`
  throw new ApiProblem('unprocessable-entity', sentence, { errors })
}

async function response(context: ApiContext, actor: Actor) {
  const { kind, actorId, name, definitionId, workspaceId, createdAt } = actor
  const definition = context.definitions.find(
    (it) => it.kind === kind && it.definitionId.toLowerCase() === definitionId,
  )
  const type = definition?.connectorType ?? ''
  const configuration = await shown(context, definition, actor)
  return {
    [`${kind}Id`]: actorId,
    name,
    [`${kind}Type`]: type,
    definitionId,
    workspaceId,
    // Clients tell destinations apart by the name inside; for sources the name breaks them.
    configuration:
      kind === 'destination' && type !== ''
        ? { ...configuration, destinationType: type }
        : configuration,
    createdAt: Math.floor(createdAt),
  }
}

async function shown(
  context: ApiContext,
  definition: ConnectorDefinition | undefined,
  actor: Actor,
): Promise<Configuration> {
  if (actor.configuration === '') return {}
  const configuration = openConfiguration(context.sealingKey, actor)
  const spec = definition && (await context.commands.spec(definition).catch(() => undefined))
  return maskSecrets(spec?.connectionSpecification, configuration)
}
