// What the destination's tests write with: a configuration for a test's database, catalogs and
// messages.
import {
  type AirbyteMessage,
  type AirbyteStream,
  type CommittedRecords,
  committedRecordsType,
  type ConfiguredStream,
  type DestinationSyncMode,
  type StateMessage,
} from '../../src/protocol/message.ts'
import { type ConnectorResult, runConnector } from './connector.ts'
import type { TestDatabase } from './database.ts'

export function warehouseConfig(db: TestDatabase, more: object = {}): object {
  const url = new URL(db.url.reveal())
  return {
    host: url.hostname,
    port: Number(url.port),
    database: db.name,
    schema: 'w',
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    ssl_mode: { mode: 'disable' },
    tunnel_method: { tunnel_method: 'NO_TUNNEL' },
    ...more,
  }
}

export const instant = { type: 'string', format: 'date-time' }
const DELETED_AT = '_ab_cdc_deleted_at'

/** `id` is the key, `at` the cursor, `note` what people read; deletions are followed. */
export const things: AirbyteStream = {
  name: 'things',
  json_schema: {
    type: 'object',
    properties: {
      id: { type: 'string' },
      at: { type: ['integer', 'null'] },
      note: { type: ['string', 'null'] },
      [DELETED_AT]: { ...instant, type: ['string', 'null'] },
    },
  },
  supported_sync_modes: ['full_refresh', 'incremental'],
  source_defined_primary_key: [['id']],
  default_cursor_field: ['at'],
}

export function dedup(stream = things, more: Partial<ConfiguredStream> = {}): ConfiguredStream {
  return {
    ...configured(stream, 'append_dedup'),
    sync_mode: 'incremental',
    cursor_field: ['at'],
    primary_key: [['id']],
    ...more,
  }
}

/** As platforms that refresh say it: append, and everything older goes. */
export function overwrite(stream = things, generation = 1): ConfiguredStream {
  return refreshed(append(stream), generation)
}

/** The same, deduplicated. */
export function snapshot(stream = things, generation = 1): ConfiguredStream {
  return refreshed(configured(stream, 'append_dedup'), generation)
}

function refreshed(stream: ConfiguredStream, generation: number): ConfiguredStream {
  return { ...stream, generation_id: generation, minimum_generation_id: generation }
}

export function append(stream = things): ConfiguredStream {
  return configured(stream, 'append')
}

function configured(stream: AirbyteStream, mode: DestinationSyncMode): ConfiguredStream {
  return {
    stream,
    sync_mode: 'full_refresh',
    destination_sync_mode: mode,
    generation_id: 0,
    minimum_generation_id: 0,
    sync_id: 7,
  }
}

export function record(data: object, stream = 'things', emitted_at = 1_700_000_000_000): object {
  return { type: 'RECORD', record: { stream, emitted_at, data } }
}

export function row(id: string, at: number, note = `${id}@${at}`): object {
  return record({ id, at, note, [DELETED_AT]: null })
}

export function tombstone(id: string, at: number): object {
  return record({ id, at, [DELETED_AT]: '2026-01-01T00:00:00Z' })
}

export function state(value: number, stream = 'things'): object {
  const stream_descriptor = { name: stream }
  return {
    type: 'STATE',
    state: { type: 'STREAM', stream: { stream_descriptor, stream_state: { value } }, id: value },
  }
}

export function complete(stream = 'things', status = 'COMPLETE'): object {
  const stream_status = { stream_descriptor: { name: stream }, status }
  return { type: 'TRACE', trace: { type: 'STREAM_STATUS', emitted_at: 1, stream_status } }
}

/** What the destination said last of the records that it committed of a stream. */
export function committed(
  result: { messages: AirbyteMessage[] },
  stream = 'things',
): CommittedRecords | undefined {
  return result.messages
    .flatMap((message) => (message.type === 'TRACE' ? [message.trace.analytics] : []))
    .filter((analytics) => analytics?.type === committedRecordsType)
    .map((analytics) => JSON.parse(analytics?.value ?? '') as CommittedRecords)
    .findLast(({ stream_descriptor: { name } }) => name === stream)
}

/** The state values that came back, in order. */
export function values(states: StateMessage[]): unknown[] {
  return states.map(({ stream }) => stream?.stream_state?.['value'])
}

/** One run of the destination, with these lines, into the test's database. */
export function write(
  db: TestDatabase,
  streams: object[],
  input: (object | string)[],
  more: object = {},
): Promise<ConnectorResult> {
  const inputs = { config: warehouseConfig(db, more), catalog: { streams } }
  return runConnector('destination-postgres', 'write', inputs, input)
}

/** The same with one stream, to its end. */
export function writeWhole(
  db: TestDatabase,
  stream: ConfiguredStream,
  input: object[],
  more: object = {},
): Promise<ConnectorResult> {
  return write(db, [stream], [...input, state(1), complete()], more)
}
