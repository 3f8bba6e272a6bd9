// Connections: which source goes to which destination, how and when.
import { type Db, exec, many, maybeOne, one, type Sql, sql } from '../../postgres/query.ts'
import type { AirbyteCatalog } from '../../protocol/message.ts'
import type { ConnectionStatus, SchemaBehavior, TimeUnit } from './shapes.ts'
import type { Page } from './workspace.ts'

export type Schedule =
  | { scheduleType: 'manual' }
  | { scheduleType: 'cron'; cronExpression: string }
  | { scheduleType: 'basic'; units: number; timeUnit: TimeUnit }

export interface StreamChoice {
  name: string
  namespace?: string
  syncMode: string
  cursorField?: string[]
  primaryKey?: string[][]
  selectedFields?: { fieldPath: string[] }[]
}

export interface NamingRule {
  namespaceDefinition: 'source' | 'destination' | 'custom_format'
  namespaceFormat: string | null
  prefix: string
}

/** Why a connection was made inactive by itself. */
export interface Pause {
  reason: string
  /** The source lost what the sync needs of it, a key for example. */
  breaking: boolean
}

export interface ConnectionSettings extends NamingRule {
  name: string
  status: ConnectionStatus
  schedule: Schedule
  /** It is synced when its source has news, too. */
  followsSource: boolean
  streams: StreamChoice[]
  /** The source's description of its streams when they were chosen. */
  catalog: AirbyteCatalog
  /** What becomes of the source's changes of them. */
  nonBreakingSchemaUpdatesBehavior: SchemaBehavior
  pause: Pause | null
  /** By its name, what runs after each sync. */
  postSyncCommand: string | null
}

export interface Connection extends ConnectionSettings {
  connectionId: string
  sourceId: string
  destinationId: string
  workspaceId: string
  /** Grows with every change. */
  version: number
  /** Seconds since the epoch. */
  createdAt: number
}

const columns = `connection.id as "connectionId", connection.name,
  source_id as "sourceId", destination_id as "destinationId",
  actor.workspace_id as "workspaceId", status, schedule,
  follows_source as "followsSource", streams, catalog,
  namespace_definition as "namespaceDefinition", namespace_format as "namespaceFormat", prefix,
  non_breaking_schema_updates_behavior as "nonBreakingSchemaUpdatesBehavior",
  pause, post_sync_command as "postSyncCommand", connection.version,
  extract(epoch from connection.created_at)::float8 as "createdAt"`

function withColumns(statement: Sql): Sql {
  return { ...statement, text: statement.text.replace('/*columns*/', columns) }
}

export function listConnections(db: Db, page: Page): Promise<Connection[]> {
  return many(
    db,
    withColumns(sql`select /*columns*/
        from engine.connection join engine.actor on actor.id = source_id
        where (${page.includeDeleted} or status <> 'deprecated')
          and (${page.workspaceIds}::uuid[] is null
               or actor.workspace_id = any(${page.workspaceIds}::uuid[]))
        order by connection.created_at, connection.id
        limit ${page.limit} offset ${page.offset}`),
  )
}

/** Deleted ones too: their jobs still name them. */
export function findConnection(db: Db, id: string): Promise<Connection | undefined> {
  return maybeOne(
    db,
    withColumns(sql`select /*columns*/
        from engine.connection join engine.actor on actor.id = source_id
        where connection.id = ${id}`),
  )
}

/** False when an end of it is deleted: nobody deletes one while a connection is made with it. */
export async function insertConnection(
  db: Db,
  connection: Pick<Connection, 'connectionId' | 'sourceId' | 'destinationId'> & ConnectionSettings,
  nextRunAtMs: number | undefined,
): Promise<boolean> {
  const made = await exec(
    db,
    sql`with ends as (
          select id from engine.actor
          where id in (${connection.sourceId}, ${connection.destinationId}) and not deleted
          for share
        )
        insert into engine.connection
          (id, source_id, destination_id, name, status, schedule, follows_source, streams, catalog,
           namespace_definition, namespace_format, prefix, non_breaking_schema_updates_behavior,
           pause, post_sync_command, next_run_at)
        select ${connection.connectionId}, ${connection.sourceId}::uuid,
          ${connection.destinationId}::uuid,
          ${connection.name}, ${connection.status}, ${JSON.stringify(connection.schedule)}::json,
          ${connection.followsSource},
          ${JSON.stringify(connection.streams)}::json,
          ${JSON.stringify(connection.catalog)}::json,
          ${connection.namespaceDefinition}, ${connection.namespaceFormat}, ${connection.prefix},
          ${connection.nonBreakingSchemaUpdatesBehavior}, ${json(connection.pause)}::json,
          ${connection.postSyncCommand},
          to_timestamp(${seconds(nextRunAtMs)}::float8)
        where (select count(*) from ends) = 2`,
  )
  return made > 0
}

/** False when it was changed since it was seen, or deleted: then nothing is written. */
export async function updateConnection(
  db: Db,
  seen: Pick<Connection, 'connectionId' | 'version'>,
  settings: ConnectionSettings,
  nextRunAtMs: number | undefined,
): Promise<boolean> {
  const updated = await exec(
    db,
    sql`update engine.connection
        set name = ${settings.name}, status = ${settings.status},
            schedule = ${JSON.stringify(settings.schedule)},
            follows_source = ${settings.followsSource},
            streams = ${JSON.stringify(settings.streams)},
            catalog = ${JSON.stringify(settings.catalog)},
            namespace_definition = ${settings.namespaceDefinition},
            namespace_format = ${settings.namespaceFormat}, prefix = ${settings.prefix},
            non_breaking_schema_updates_behavior = ${settings.nonBreakingSchemaUpdatesBehavior},
            pause = ${json(settings.pause)}::json,
            post_sync_command = ${settings.postSyncCommand},
            next_run_at = case when schedule::text = ${JSON.stringify(settings.schedule)}
              and status = ${settings.status} then next_run_at
              else to_timestamp(${seconds(nextRunAtMs)}::float8) end,
            version = version + 1
        where id = ${seen.connectionId} and version = ${seen.version}
          and status <> 'deprecated'`,
  )
  return updated > 0
}

export function deprecateConnection(db: Db, id: string): Promise<number> {
  return exec(
    db,
    sql`update engine.connection
        set status = 'deprecated', next_run_at = null, version = version + 1
        where id = ${id} and status <> 'deprecated'`,
  )
}

/** The living connections of a source or a destination. */
export function listConnectionsOfActor(db: Db, actorId: string): Promise<Connection[]> {
  return many(
    db,
    withColumns(sql`select /*columns*/
        from engine.connection join engine.actor on actor.id = source_id
        where ${actorId} in (source_id, destination_id) and status <> 'deprecated'
        order by connection.created_at, connection.id`),
  )
}

export interface DueConnection {
  connectionId: string
  schedule: Schedule
  /** As text, to compare with when the run is made. */
  nextRunAt: string
}

/** A connection whose job still runs stays due: its run starts afterwards, once. */
export function listDue(db: Db, limit: number): Promise<DueConnection[]> {
  return many(
    db,
    sql`select id as "connectionId", schedule, next_run_at as "nextRunAt"
        from engine.connection
        where status = 'active' and next_run_at <= clock_timestamp()
          and not exists (
            select 1 from engine.job where connection_id = connection.id
              and job.status in ('pending', 'running', 'incomplete'))
        order by next_run_at limit ${limit}`,
  )
}

/**
 * Makes the job of a due run and moves the time, both or neither: of many servers one succeeds.
 */
export async function startDue(
  db: Db,
  due: DueConnection,
  nextRunAtMs: number | undefined,
): Promise<boolean> {
  const row = await one<{ made: number }>(
    db,
    sql`with due as (
          select id from engine.connection
          where id = ${due.connectionId} and next_run_at = ${due.nextRunAt}::timestamptz
            and status = 'active'
          for no key update
        ), made as (
          insert into engine.job (connection_id, type, status, begun_by)
          select id, 'sync', 'pending', 'schedule' from due
          on conflict (connection_id) where status in ('pending', 'running', 'incomplete')
            do nothing
          returning connection_id
        ), moved as (
          update engine.connection set next_run_at = to_timestamp(${seconds(nextRunAtMs)}::float8)
          where id in (select connection_id from made)
        ), told as (
          select pg_notify('engine_job', connection_id::text) from made
        )
        select (select count(*) from told)::int as made`,
  )
  return row.made > 0
}

/** The database's clock, in milliseconds since the epoch: every time of a job is by this clock. */
export async function databaseNowMs(db: Db): Promise<number> {
  const row = await one<{ now: number }>(
    db,
    sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`,
  )
  return row.now
}

function json(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value)
}

function seconds(ms: number | undefined): number | null {
  return ms === undefined ? null : ms / 1000
}
