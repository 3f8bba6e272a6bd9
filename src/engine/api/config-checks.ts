// Airbyte's Config API: whether a source's or a destination's configuration works, the one that is
// there or one that somebody is writing.
import type { FastifyInstance } from 'fastify'
import { Type } from '../../std/type.ts'
import { systemClock } from '../../std/clock.ts'
import { classify } from '../../std/errors.ts'
import { uuid } from '../../std/ids.ts'
import { Secret } from '../../std/secrets.ts'
import { openConfiguration } from '../connector/actor-configuration.ts'
import { type Configuration, restoreMasked } from '../connector/configuration.ts'
import { type ConnectorDefinition, definitionOf } from '../connector/definition.ts'
import { failureOfError } from '../connector/failure.ts'
import { configurationErrors } from '../connector/validation.ts'
import type { ActorKind } from '../store/actor.ts'
import { actorOf, withoutType } from './actors.ts'
import { strict } from './body.ts'
import type { ApiContext } from './context.ts'
import { asProblem, failures } from './problem.ts'
import { Checked } from './config-shapes.ts'
import type { Failure } from '../store/shapes.ts'

const Uuid = Type.String({ format: 'uuid' })
const Config = Type.Record(Type.String(), Type.Unknown())

export function checkRoutes(app: FastifyInstance, context: ApiContext): void {
  for (const kind of ['source', 'destination'] as const) {
    const idName = `${kind}Id`
    const definitionId = `${kind}DefinitionId`
    const body = Type.Object({ [idName]: Uuid }, strict)
    const response = { 200: Checked, ...failures(404, 422) }
    const kept = {
      summary: `Whether a ${kind} works: its connector is asked`,
      body,
      response,
    }
    app.post(`/${kind}s/check_connection`, { schema: kept }, async (request) => {
      const id = (request.body as Record<string, string>)[idName] ?? ''
      const actor = await actorOf(context.pool, kind, id)
      const definition = definitionOf(context.definitions, kind, actor.definitionId)
      const configuration = openConfiguration(context.sealingKey, actor)
      return told(kind, id, () => ask(context, kind, { definition, configuration }))
    })
    const draft = Type.Object(
      {
        [definitionId]: Uuid,
        connectionConfiguration: Config,
        workspaceId: Type.Optional(Uuid),
      },
      strict,
    )
    const drafted = {
      summary: `Whether a ${kind} would work that is not there yet`,
      body: draft,
      response,
    }
    app.post(`/scheduler/${kind}s/check_connection`, { schema: drafted }, (request) => {
      const given = request.body as Record<string, unknown>
      const definition = definitionOf(context.definitions, kind, String(given[definitionId]))
      const configuration = withoutType(given['connectionConfiguration'] as Configuration)
      return checkDraft(context, kind, { definition, configuration })
    })
    const update = Type.Object(
      {
        [idName]: Uuid,
        connectionConfiguration: Config,
        name: Type.Optional(Type.String({ minLength: 1 })),
      },
      strict,
    )
    const path = `/${kind}s/check_connection_for_update`
    const updated = {
      summary: `Whether a ${kind} would work with another configuration`,
      body: update,
      response,
    }
    app.post(path, { schema: updated }, async (request) => {
      const given = request.body as Record<string, unknown>
      const actor = await actorOf(context.pool, kind, String(given[idName]))
      const definition = definitionOf(context.definitions, kind, actor.definitionId)
      const wished = withoutType(given['connectionConfiguration'] as Configuration)
      const old = openConfiguration(context.sealingKey, actor)
      const configuration = restoreMasked(old, wished) as Configuration
      return checkDraft(context, kind, { definition, configuration }, actor.actorId)
    })
  }
}

interface Draft {
  definition: ConnectorDefinition
  configuration: Configuration
}

/** Every field that is wrong first: the connector is asked of what fits its specification. */
async function checkDraft(
  context: ApiContext,
  kind: ActorKind,
  draft: Draft,
  id?: string,
): Promise<Checked> {
  const spec = await asProblem(context.commands.spec(draft.definition))
  const errors = await configurationErrors(spec.connectionSpecification, draft.configuration)
  if (errors.length === 0) return told(kind, id, () => ask(context, kind, draft))
  const message = 'The configuration does not fit the connector.'
  return { ...(await told(kind, id, async () => ({ ok: false, message }))), errors }
}

interface CheckAnswer {
  ok: boolean
  message: string | undefined
  failure?: Failure
}

async function told(
  kind: ActorKind,
  id: string | undefined,
  check: () => Promise<CheckAnswer>,
): Promise<Checked> {
  const createdAt = systemClock.now()
  const answer = await check()
  return {
    status: answer.ok ? 'succeeded' : 'failed',
    ...(answer.message === undefined ? {} : { message: answer.message }),
    jobInfo: {
      id: uuid(),
      configType: `check_connection_${kind}`,
      ...(id === undefined ? {} : { configId: id }),
      createdAt: Math.floor(createdAt / 1000),
      endedAt: Math.floor(systemClock.now() / 1000),
      // The check itself ran, whatever it found.
      succeeded: answer.failure === undefined,
      connectorConfigurationUpdated: false,
      logType: 'formatted',
      logs: { logLines: [] },
      ...(answer.failure === undefined ? {} : { failureReason: answer.failure }),
    },
  }
}

async function ask(
  context: ApiContext,
  kind: ActorKind,
  { definition, configuration }: Draft,
): Promise<CheckAnswer> {
  try {
    const config = new Secret(JSON.stringify(configuration))
    const { status, message } = await context.commands.check(definition, config)
    return { ok: status === 'SUCCEEDED', message }
  } catch (error) {
    const failure = failureOfError(kind, error, systemClock.now())
    return { ok: false, message: classify(error).message, failure }
  }
}
