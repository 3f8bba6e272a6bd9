// Airbyte's Config API: whether a source's or a destination's configuration works.
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { systemClock } from '../../std/clock.ts'
import { classify } from '../../std/errors.ts'
import { uuid } from '../../std/ids.ts'
import { Secret } from '../../std/secrets.ts'
import { openConfiguration } from '../connector/actor-configuration.ts'
import { definitionOf } from '../connector/definition.ts'
import { failureOfError } from '../connector/failure.ts'
import type { Actor, ActorKind } from '../store/actor.ts'
import { actorOf } from './actors.ts'
import { strict } from './body.ts'
import type { ApiContext } from './context.ts'

export function checkRoutes(app: FastifyInstance, context: ApiContext): void {
  for (const kind of ['source', 'destination'] as const) {
    const idName = `${kind}Id`
    const body = Type.Object({ [idName]: Type.String({ format: 'uuid' }) }, strict)
    app.post(`/${kind}s/check_connection`, { schema: { body } }, async (request) => {
      const id = (request.body as Record<string, string>)[idName] ?? ''
      return check(context, kind, await actorOf(context.pool, kind, id))
    })
  }
}

async function check(context: ApiContext, kind: ActorKind, actor: Actor) {
  const createdAt = systemClock.now()
  const answer = await ask(context, kind, actor)
  return {
    status: answer.ok ? 'succeeded' : 'failed',
    ...(answer.message === undefined ? {} : { message: answer.message }),
    jobInfo: {
      id: uuid(),
      configType: `check_connection_${kind}`,
      configId: actor.actorId,
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

async function ask(context: ApiContext, kind: ActorKind, actor: Actor) {
  const definition = definitionOf(context.definitions, kind, actor.definitionId)
  const configuration = openConfiguration(context.sealingKey, actor)
  try {
    const config = new Secret(JSON.stringify(configuration))
    const { status, message } = await context.commands.check(definition, config)
    return { ok: status === 'SUCCEEDED', message }
  } catch (error) {
    const failure = failureOfError(kind, error, systemClock.now())
    return { ok: false, message: classify(error).message, failure }
  }
}
