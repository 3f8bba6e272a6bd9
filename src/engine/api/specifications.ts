// Airbyte's Config API: what a connector wants to be told, as it says itself. Forms are made of it.
import type { FastifyInstance } from 'fastify'
import { Type } from '../../std/type.ts'
import { definitionOf } from '../connector/definition.ts'
import { strict } from './body.ts'
import type { ApiContext } from './context.ts'
import { asProblem, failures } from './problem.ts'
import { DestinationSpecification, SourceSpecification } from './config-shapes.ts'

const Uuid = Type.String({ format: 'uuid' })

const SHAPES = { source: SourceSpecification, destination: DestinationSpecification }

export function specificationRoutes(app: FastifyInstance, context: ApiContext): void {
  for (const kind of ['source', 'destination'] as const) {
    const idName = `${kind}DefinitionId`
    const body = Type.Object({ [idName]: Uuid, workspaceId: Type.Optional(Uuid) }, strict)
    const path = `/${kind}_definition_specifications/get`
    const schema = {
      summary: `What a ${kind} connector wants to be told, as it says itself`,
      body,
      response: { 200: SHAPES[kind], ...failures(422) },
    }
    app.post(path, { schema }, async (request) => {
      const id = (request.body as Record<string, string>)[idName] ?? ''
      const definition = definitionOf(context.definitions, kind, id)
      const spec = await asProblem(context.commands.spec(definition))
      const modes = spec.supported_destination_sync_modes
      return {
        [idName]: definition.definitionId,
        connectionSpecification: spec.connectionSpecification,
        ...(kind === 'destination' ? { supportedDestinationSyncModes: modes ?? [] } : {}),
      }
    })
  }
}
