// Workspaces: groups of sources, destinations and connections. One is made with the schema.
import type { Db } from '../../postgres/query.ts'
import { many, maybeOne, one, sql } from '../../postgres/query.ts'

export interface Workspace {
  workspaceId: string
  name: string
  notifications: Record<string, unknown>
}

export interface Page {
  workspaceIds: string[] | null
  includeDeleted: boolean
  limit: number
  offset: number
}

export function listWorkspaces(db: Db, page: Page): Promise<Workspace[]> {
  return many(
    db,
    sql`select id as "workspaceId", name, notifications from engine.workspace
        where (${page.includeDeleted} or not deleted)
          and (${page.workspaceIds}::uuid[] is null or id = any(${page.workspaceIds}::uuid[]))
        order by created_at, id limit ${page.limit} offset ${page.offset}`,
  )
}

export function findWorkspace(db: Db, id: string): Promise<Workspace | undefined> {
  return maybeOne(
    db,
    sql`select id as "workspaceId", name, notifications from engine.workspace
        where id = ${id} and not deleted`,
  )
}

export function insertWorkspace(db: Db, workspace: Workspace): Promise<Workspace> {
  return one(
    db,
    sql`insert into engine.workspace (id, name, notifications)
        values (${workspace.workspaceId}, ${workspace.name},
                ${JSON.stringify(workspace.notifications)})
        returning id as "workspaceId", name, notifications`,
  )
}

export function updateWorkspace(
  db: Db,
  id: string,
  change: { name: string | undefined; notifications: Record<string, unknown> | undefined },
): Promise<Workspace | undefined> {
  const notifications = change.notifications && JSON.stringify(change.notifications)
  return maybeOne(
    db,
    sql`update engine.workspace
        set name = coalesce(${change.name ?? null}, name),
            notifications = coalesce(${notifications ?? null}::json, notifications)
        where id = ${id} and not deleted
        returning id as "workspaceId", name, notifications`,
  )
}

/** The sources and destinations that go with it. */
export function deleteWorkspace(db: Db, id: string): Promise<{ actorId: string | null }[]> {
  return many(
    db,
    sql`with gone as (
          update engine.workspace set deleted = true where id = ${id} and not deleted returning id
        )
        select actor.id as "actorId" from gone
        left join engine.actor on actor.workspace_id = gone.id and not actor.deleted`,
  )
}
