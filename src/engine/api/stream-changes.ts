// What the next sync does with each stream after a change of its connection or of one of its ends:
// told beside the answer to the change, or, with `dry_run=true`, without making it. It is asked of
// the same function that the attempt asks (connection/change.ts).
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { decideAll, removals } from '../connection/change.ts'
import { descriptor } from '../connection/naming.ts'
import { type Plan, versionsOf } from '../connection/stream-version.ts'
import { openConfiguration } from '../connector/actor-configuration.ts'
import { type Configuration, fingerprint } from '../connector/configuration.ts'
import { definitionOf } from '../connector/definition.ts'
import { type Actor, findActor } from '../store/actor.ts'
import { listConnectionsOfActor } from '../store/connection.ts'
import { listGenerations, listStates } from '../store/state.ts'
import type { ApiContext } from './context.ts'
import { asProblem, notFound } from './problem.ts'
import type { StreamChange } from '../store/shapes.ts'

export const ChangeQuery = Type.Object({ dry_run: Type.Optional(Type.Boolean()) })

export function isDryRun(request: FastifyRequest): boolean {
  return (request.query as Static<typeof ChangeQuery>).dry_run === true
}

type End = Pick<Actor, 'definitionId'> & { configuration: Configuration }

/** `before`: the streams that the connection had until now. */
export async function streamChangesOf(
  context: ApiContext,
  connection: Plan & { connectionId: string },
  destination: End,
  before: Plan['streams'],
): Promise<StreamChange[]> {
  const definition = definitionOf(context.definitions, 'destination', destination.definitionId)
  const spec = await asProblem(context.commands.spec(definition))
  const print = fingerprint(spec.connectionSpecification, destination.configuration)
  const wanted = versionsOf(connection, print).map((version, i) => {
    const { name = '', namespace } = connection.streams[i] ?? {}
    return { stream: descriptor(name, namespace), version }
  })
  const rows = await listGenerations(context.pool, connection.connectionId)
  const states = await listStates(context.pool, connection.connectionId)
  const oneState = states.some((row) => row.kind === 'legacy')
  const decided = decideAll(rows, wanted, oneState)
  return [
    ...wanted.flatMap(({ stream }, i) => (decided[i] ? [{ ...stream, ...decided[i] }] : [])),
    ...removals(
      before.map(({ name, namespace }) => descriptor(name, namespace)),
      wanted,
    ),
  ]
}

/** Of every connection that the actor is an end of, with the configuration that it would have. */
export async function streamChangesOfActor(
  context: ApiContext,
  actor: Actor,
  configuration: Configuration,
): Promise<(StreamChange & { connectionId: string })[]> {
  const changes: (StreamChange & { connectionId: string })[] = []
  for (const connection of await listConnectionsOfActor(context.pool, actor.actorId)) {
    const { connectionId, streams } = connection
    const destination =
      actor.kind === 'destination'
        ? { ...actor, configuration }
        : await destinationOf(context, connection.destinationId)
    const told = await streamChangesOf(context, connection, destination, streams)
    changes.push(...told.map((one) => ({ connectionId, ...one })))
  }
  return changes
}

export async function destinationOf(context: ApiContext, actorId: string): Promise<End> {
  const actor = await findActor(context.pool, 'destination', actorId)
  if (!actor) throw notFound('destination', actorId)
  return { ...actor, configuration: openConfiguration(context.sealingKey, actor) }
}
