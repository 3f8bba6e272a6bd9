// Workspaces, as Airbyte's public API has them.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { tx } from '../../postgres/query.ts'
import { uuid } from '../../std/ids.ts'
import {
  deleteWorkspace,
  findWorkspace,
  insertWorkspace,
  listWorkspaces,
  updateWorkspace,
  type Workspace,
} from '../store/workspace.ts'
import { strict } from './body.ts'
import type { ApiContext } from './context.ts'
import { idParams, listOf, pageOf, PageQuery, paramOf } from './paging.ts'
import { failures, gone, notFound } from './problem.ts'
import { removeActor } from './removal.ts'
import { listShape, Workspace as Shape } from './shapes.ts'

const EVENTS = [
  'failure',
  'success',
  'connectionUpdate',
  'connectionUpdateActionRequired',
  'syncDisabled',
  'syncDisabledWarning',
]

const off = Type.Optional(
  Type.Object(
    { enabled: Type.Optional(Type.Literal(false)), url: Type.Optional(Type.String()) },
    strict,
  ),
)
/** Nobody is written to: only what is switched off can be asked for. */
const Notifications = Type.Optional(
  Type.Object(
    Object.fromEntries(
      EVENTS.map((event) => [
        event,
        Type.Optional(Type.Object({ email: off, webhook: off }, strict)),
      ]),
    ),
    strict,
  ),
)
const Create = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    notifications: Notifications,
    /** Airbyte's clients have to name an organization; whichever they do, there is one. */
    organizationId: Type.Optional(Type.String({ format: 'uuid' })),
  },
  strict,
)
const Update = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1 })),
    notifications: Notifications,
  },
  strict,
)

export function workspaceRoutes(app: FastifyInstance, { pool }: ApiContext): void {
  const params = idParams('workspaceId')

  const listed = {
    summary: 'Workspaces: groups of sources, destinations and connections',
    querystring: PageQuery,
    response: { 200: listShape(Shape) },
  }
  app.get('/workspaces', { schema: listed }, async (request) => {
    const page = pageOf(request)
    return listOf(request, page, (await listWorkspaces(pool, page)).map(response))
  })
  const one = { params, response: { 200: Shape, ...failures(404) } }
  const read = { ...one, summary: 'One workspace' }
  app.get('/workspaces/:workspaceId', { schema: read }, async (request) => {
    const id = paramOf(request, 'workspaceId')
    return response(found(await findWorkspace(pool, id), id))
  })
  const made = { summary: 'Makes a workspace', body: Create, response: { 200: Shape } }
  app.post('/workspaces', { schema: made }, async (request) => {
    const { name, notifications } = request.body as Static<typeof Create>
    const workspace = { workspaceId: uuid(), name, notifications: notifications ?? {} }
    return response(await insertWorkspace(pool, workspace))
  })
  const changed = { ...one, summary: 'Changes what is given of a workspace', body: Update }
  app.patch('/workspaces/:workspaceId', { schema: changed }, async (request) => {
    const id = paramOf(request, 'workspaceId')
    const { name, notifications } = request.body as Static<typeof Update>
    return response(found(await updateWorkspace(pool, id, { name, notifications }), id))
  })
  const removed = {
    summary: 'Deletes a workspace with its sources, destinations and connections',
    params,
    response: gone,
  }
  app.delete('/workspaces/:workspaceId', { schema: removed }, async (request, reply) => {
    const id = paramOf(request, 'workspaceId')
    await tx(pool, async (db) => {
      const actors = await deleteWorkspace(db, id)
      if (actors.length === 0) throw notFound('workspace', id)
      for (const { actorId } of actors) if (actorId !== null) await removeActor(db, actorId)
    })
    return reply.status(204).send()
  })
}

function found(workspace: Workspace | undefined, id: string): Workspace {
  if (!workspace) throw notFound('workspace', id)
  return workspace
}

function response(workspace: Workspace): Shape {
  const { workspaceId, name, notifications } = workspace
  const none = Object.fromEntries(
    EVENTS.map((event) => [event, { email: { enabled: false }, webhook: { enabled: false } }]),
  )
  return { workspaceId, name, dataResidency: 'auto', notifications: { ...none, ...notifications } }
}
