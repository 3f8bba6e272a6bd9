// Workspaces, as Airbyte's public API has them.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
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
import { notFound } from './problem.ts'
import { removeActor } from './removal.ts'

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
    /** Airbyte's default organization, the only one that there is. */
    organizationId: Type.Optional(Type.Literal('00000000-0000-0000-0000-000000000000')),
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

  app.get('/workspaces', { schema: { querystring: PageQuery } }, async (request) => {
    const page = pageOf(request)
    return listOf(request, page, (await listWorkspaces(pool, page)).map(response))
  })
  app.get('/workspaces/:workspaceId', { schema: { params } }, async (request) => {
    const id = paramOf(request, 'workspaceId')
    return response(found(await findWorkspace(pool, id), id))
  })
  app.post('/workspaces', { schema: { body: Create } }, async (request) => {
    const { name, notifications } = request.body as Static<typeof Create>
    const workspace = { workspaceId: uuid(), name, notifications: notifications ?? {} }
    return response(await insertWorkspace(pool, workspace))
  })
  app.patch('/workspaces/:workspaceId', { schema: { params, body: Update } }, async (request) => {
    const id = paramOf(request, 'workspaceId')
    const { name, notifications } = request.body as Static<typeof Update>
    return response(found(await updateWorkspace(pool, id, { name, notifications }), id))
  })
  app.delete('/workspaces/:workspaceId', { schema: { params } }, async (request, reply) => {
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

function response(workspace: Workspace) {
  const { workspaceId, name, notifications } = workspace
  const none = Object.fromEntries(
    EVENTS.map((event) => [event, { email: { enabled: false }, webhook: { enabled: false } }]),
  )
  return { workspaceId, name, dataResidency: 'auto', notifications: { ...none, ...notifications } }
}
