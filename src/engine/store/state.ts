// States as the destination returned them (L3), and the streams' generations. A connection holds
// states of one kind at a time, since a source that changes the kind starts anew.
import { type Db, exec, many, sql } from '../../postgres/query.ts'
import type { StreamDescriptor } from '../../protocol/message.ts'

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

export interface GenerationRow {
  name: string
  namespace: string
  generationId: number
  /** Refreshed by every attempt until one succeeds. */
  refreshing: boolean
}

export function listGenerations(db: Db, connectionId: string): Promise<GenerationRow[]> {
  return many(
    db,
    sql`select name, namespace, generation_id::float8 as "generationId", refreshing
        from engine.stream_generation where connection_id = ${connectionId}`,
  )
}

export async function upsertGenerations(
  db: Db,
  connectionId: string,
  rows: { name: string; namespace?: string; generationId: number }[],
): Promise<void> {
  await exec(
    db,
    sql`insert into engine.stream_generation (connection_id, name, namespace, generation_id)
        select ${connectionId}, name, namespace, generation_id
        from unnest(${rows.map((row) => row.name)}::text[],
                    ${rows.map((row) => row.namespace ?? '')}::text[],
                    ${rows.map((row) => row.generationId)}::bigint[])
          as given (name, namespace, generation_id)
        on conflict (connection_id, name, namespace) do update
        set generation_id = excluded.generation_id`,
  )
}

/** From now on every attempt refreshes the streams, until `endRefresh`. */
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
        on conflict (connection_id, name, namespace) do update set refreshing = true`,
  )
}

export async function endRefresh(
  db: Db,
  connectionId: string,
  streams: StreamDescriptor[],
): Promise<void> {
  await exec(
    db,
    sql`update engine.stream_generation set refreshing = false
        where connection_id = ${connectionId} and refreshing
          and (name, namespace) in (
            select given.name, given.namespace
            from unnest(${streams.map((stream) => stream.name)}::text[],
                        ${streams.map((stream) => stream.namespace ?? '')}::text[])
              as given (name, namespace))`,
  )
}
