// Sources and destinations: the same thing in two roles. Their configurations are sealed by
// whoever calls (L5).
import { type Db, exec, many, maybeOne, one, sql } from '../../postgres/query.ts'
import type { AirbyteCatalog } from '../../protocol/message.ts'
import type { Page } from './workspace.ts'

export type ActorKind = 'source' | 'destination'

export interface Actor {
  actorId: string
  kind: ActorKind
  workspaceId: string
  definitionId: string
  name: string
  /** Sealed, with the actor's id as its owner. */
  configuration: string
  configurationVersion: number
  /** Seconds since the epoch. */
  createdAt: number
}

export type NewActor = Omit<Actor, 'configurationVersion' | 'createdAt'>

export function listActors(db: Db, kind: ActorKind, page: Page): Promise<Actor[]> {
  return many(
    db,
    sql`select id as "actorId", kind, workspace_id as "workspaceId",
               definition_id as "definitionId", name, configuration,
               configuration_version as "configurationVersion",
               extract(epoch from created_at)::float8 as "createdAt"
        from engine.actor
        where kind = ${kind} and (${page.includeDeleted} or not deleted)
          and (${page.workspaceIds}::uuid[] is null
               or workspace_id = any(${page.workspaceIds}::uuid[]))
        order by created_at, id limit ${page.limit} offset ${page.offset}`,
  )
}

export function findActor(db: Db, kind: ActorKind, id: string): Promise<Actor | undefined> {
  return maybeOne(
    db,
    sql`select id as "actorId", kind, workspace_id as "workspaceId",
               definition_id as "definitionId", name, configuration,
               configuration_version as "configurationVersion",
               extract(epoch from created_at)::float8 as "createdAt"
        from engine.actor where id = ${id} and kind = ${kind} and not deleted`,
  )
}

export function insertActor(db: Db, actor: NewActor): Promise<Actor> {
  return one(
    db,
    sql`insert into engine.actor (id, kind, workspace_id, definition_id, name, configuration)
        values (${actor.actorId}, ${actor.kind}, ${actor.workspaceId}, ${actor.definitionId},
                ${actor.name}, ${actor.configuration})
        returning id as "actorId", kind, workspace_id as "workspaceId",
               definition_id as "definitionId", name, configuration,
               configuration_version as "configurationVersion",
               extract(epoch from created_at)::float8 as "createdAt"`,
  )
}

/**
 * Fails to match when the configuration changed since `seen` was read: two updates at once must
 * not each keep half of the other's secrets.
 */
export function updateActor(
  db: Db,
  seen: Actor,
  change: { name: string; configuration: string | undefined },
): Promise<Actor | undefined> {
  const changed = change.configuration === undefined ? 0 : 1
  return maybeOne(
    db,
    sql`update engine.actor
        set name = ${change.name},
            configuration = coalesce(${change.configuration ?? null}, configuration),
            configuration_version = configuration_version + ${changed}
        where id = ${seen.actorId} and not deleted
          and configuration_version = ${seen.configurationVersion}
        returning id as "actorId", kind, workspace_id as "workspaceId",
               definition_id as "definitionId", name, configuration,
               configuration_version as "configurationVersion",
               extract(epoch from created_at)::float8 as "createdAt"`,
  )
}

/** A connector's own change of its configuration (CONTROL). */
export async function replaceConfiguration(
  db: Db,
  actorId: string,
  configuration: string,
): Promise<void> {
  await exec(
    db,
    sql`update engine.actor
        set configuration = ${configuration}, configuration_version = configuration_version + 1
        where id = ${actorId}`,
  )
}

/** The row stays for its history; the configuration, which nobody needs any more, does not. */
export function deleteActor(db: Db, id: string): Promise<number> {
  return exec(
    db,
    sql`update engine.actor set deleted = true, configuration = ''
        where id = ${id} and not deleted`,
  )
}

export function findDiscovered(
  db: Db,
  actor: Pick<Actor, 'actorId' | 'configurationVersion'>,
  programVersion: string,
): Promise<{ catalog: AirbyteCatalog } | undefined> {
  return maybeOne(
    db,
    sql`select catalog from engine.discovered_catalog
        where actor_id = ${actor.actorId}
          and configuration_version = ${actor.configurationVersion}
          and program_version = ${programVersion}`,
  )
}

export async function upsertDiscovered(
  db: Db,
  actor: Pick<Actor, 'actorId' | 'configurationVersion'>,
  programVersion: string,
  catalog: AirbyteCatalog,
): Promise<void> {
  await exec(
    db,
    sql`insert into engine.discovered_catalog
          (actor_id, configuration_version, program_version, catalog)
        values (${actor.actorId}, ${actor.configurationVersion}, ${programVersion},
                ${JSON.stringify(catalog)})
        on conflict (actor_id) do update
        set configuration_version = excluded.configuration_version,
            program_version = excluded.program_version, catalog = excluded.catalog,
            discovered_at = clock_timestamp()`,
  )
}
