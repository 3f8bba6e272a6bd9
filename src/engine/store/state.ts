// States as the destination returned them (L3), and the streams' generations. A connection holds
// states of one kind at a time, since a source that changes the kind starts anew.
import { type Db, exec, many, sql } from '../../postgres/query.ts'
import type { DestinationTable, StreamDescriptor } from '../../protocol/message.ts'

export type StateKind = 'stream' | 'shared' | 'legacy'

export interface StateRow {
  kind: StateKind
  name: string
  namespace: string
  /** JSON text, untouched. */
  state: string
}

export function listStates(db: Db, connectionId: string): Promise<StateRow[]> {
  return many(
    db,
    sql`select kind, name, namespace, state::text as state from engine.stream_state
        where connection_id = ${connectionId} order by kind, name, namespace`,
  )
}

export async function upsertState(
  db: Db,
  connectionId: string,
  attemptId: string,
  row: StateRow,
): Promise<void> {
  await exec(
    db,
    sql`insert into engine.stream_state
          (connection_id, kind, name, namespace, state, attempt_id)
        values (${connectionId}, ${row.kind}, ${row.name}, ${row.namespace}, ${row.state}::json,
                ${attemptId})
        on conflict (connection_id, kind, name, namespace) do update
        set state = excluded.state, attempt_id = excluded.attempt_id,
            updated_at = clock_timestamp()`,
  )
}

/** States of other kinds than the given ones. */
export async function deleteStatesExcept(
  db: Db,
  connectionId: string,
  kinds: StateKind[],
): Promise<void> {
  await exec(
    db,
    sql`delete from engine.stream_state
        where connection_id = ${connectionId} and kind <> all(${kinds}::text[])`,
  )
}

export async function deleteStreamStates(
  db: Db,
  connectionId: string,
  streams: StreamDescriptor[],
): Promise<void> {
  await exec(
    db,
    sql`delete from engine.stream_state
        where connection_id = ${connectionId} and kind = 'stream'
          and (name, namespace) in (
            select given.name, given.namespace
            from unnest(${streams.map((stream) => stream.name)}::text[],
                        ${streams.map((stream) => stream.namespace ?? '')}::text[])
              as given (name, namespace))`,
  )
}

export async function deleteStates(db: Db, connectionId: string): Promise<void> {
  await exec(db, sql`delete from engine.stream_state where connection_id = ${connectionId}`)
}

/** What a stream is: where its rows land, and which rows and columns. */
export interface StreamVersion {
  sourceId: string
  destinationId: string
  /** A hash of the destination's configuration without its secrets. */
  configuration: string
  /** As the destination knows it. */
  stream: StreamDescriptor
  syncMode: string
  primaryKey: string[][]
  cursorField: string[]
  /** The selected fields and their types. */
  fields: Record<string, string>
}

export interface GenerationRow {
  name: string
  namespace: string
  generationId: number
  /** Refreshed by every attempt until one succeeds. */
  refreshing: boolean
  /** What the rows that are there, and the state, were earned with; null for none to trust. */
  earned: StreamVersion | null
  /** As the destination returned it; null from one that does not. */
  destinationTable: DestinationTable | null
}

export function listGenerations(db: Db, connectionId: string): Promise<GenerationRow[]> {
  return many(
    db,
    sql`select name, namespace, generation_id::float8 as "generationId", refreshing, earned,
               destination_table as "destinationTable"
        from engine.stream_generation where connection_id = ${connectionId}`,
  )
}

/** Streams of which nothing that is there can be trusted until an attempt gets through. */
export async function openGenerations(
  db: Db,
  connectionId: string,
  rows: { name: string; namespace?: string; generationId: number }[],
): Promise<void> {
  await exec(
    db,
    sql`insert into engine.stream_generation
          (connection_id, name, namespace, generation_id, refreshing)
        select ${connectionId}, name, namespace, generation_id, true
        from unnest(${rows.map((row) => row.name)}::text[],
                    ${rows.map((row) => row.namespace ?? '')}::text[],
                    ${rows.map((row) => row.generationId)}::bigint[])
          as given (name, namespace, generation_id)
        on conflict (connection_id, name, namespace) do update
        set generation_id = excluded.generation_id, refreshing = true, earned = null,
            destination_table = null`,
  )
}

export async function setGenerations(
  db: Db,
  connectionId: string,
  rows: { name: string; namespace?: string; generationId: number }[],
): Promise<void> {
  await exec(
    db,
    sql`update engine.stream_generation set generation_id = given.generation_id
        from unnest(${rows.map((row) => row.name)}::text[],
                    ${rows.map((row) => row.namespace ?? '')}::text[],
                    ${rows.map((row) => row.generationId)}::bigint[])
          as given (name, namespace, generation_id)
        where connection_id = ${connectionId} and stream_generation.name = given.name
          and stream_generation.namespace = given.namespace`,
  )
}

/** From now on every attempt refreshes the streams, until one succeeds. */
export async function startRefresh(
  db: Db,
  connectionId: string,
  streams: StreamDescriptor[],
): Promise<void> {
  await exec(
    db,
    sql`insert into engine.stream_generation (connection_id, name, namespace, refreshing)
        select ${connectionId}, name, namespace, true
        from unnest(${streams.map((stream) => stream.name)}::text[],
                    ${streams.map((stream) => stream.namespace ?? '')}::text[])
          as given (name, namespace)
        on conflict (connection_id, name, namespace) do update
        set refreshing = true, earned = null, destination_table = null`,
  )
}

export interface EarnedRow {
  name: string
  namespace?: string
  /** Null: there are no rows. */
  earned: StreamVersion | null
  /** Undefined: what is known stays. */
  destinationTable: DestinationTable | null | undefined
  /** Whether a refresh goes on. */
  refreshing: boolean
}

/** What rows and states are worth from now on. */
export async function saveEarned(db: Db, connectionId: string, rows: EarnedRow[]): Promise<void> {
  const json = (value: object | null | undefined) => (value ? JSON.stringify(value) : null)
  await exec(
    db,
    sql`update engine.stream_generation
        set earned = given.earned::json,
            refreshing = stream_generation.refreshing and given.going,
            destination_table = case when given.kept then stream_generation.destination_table
                                     else given.destination_table::json end
        from unnest(${rows.map((row) => row.name)}::text[],
                    ${rows.map((row) => row.namespace ?? '')}::text[],
                    ${rows.map((row) => json(row.earned))}::text[],
                    ${rows.map((row) => json(row.destinationTable))}::text[],
                    ${rows.map((row) => row.destinationTable === undefined)}::boolean[],
                    ${rows.map((row) => row.refreshing)}::boolean[])
          as given (name, namespace, earned, destination_table, kept, going)
        where connection_id = ${connectionId} and stream_generation.name = given.name
          and stream_generation.namespace = given.namespace`,
  )
}

/** The destination changed its configuration itself: what was earned is as good as before. */
export async function replaceEarnedConfiguration(
  db: Db,
  destinationId: string,
  before: string,
  after: string,
): Promise<void> {
  await exec(
    db,
    sql`update engine.stream_generation
        set earned = jsonb_set(earned::jsonb, '{configuration}', to_jsonb(${after}::text))::json
        from engine.connection
        where connection.id = connection_id and destination_id = ${destinationId}
          and earned ->> 'configuration' = ${before}`,
  )
}
