// The Airbyte protocol's messages, as far as this project reads or writes them. Unknown keys pass
// through untouched: the protocol says `additionalProperties: true` everywhere.
// Source: airbyte-protocol v0.18.0, airbyte_protocol.yaml (MIT).

export type SyncMode = 'full_refresh' | 'incremental'
export type DestinationSyncMode = 'append' | 'overwrite' | 'append_dedup' | 'overwrite_dedup'
export type FailureType = 'config_error' | 'transient_error' | 'system_error'
export type LogLevel = 'FATAL' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG' | 'TRACE'

export interface StreamDescriptor {
  name: string
  namespace?: string
}

export interface AirbyteStream {
  name: string
  namespace?: string
  json_schema: Record<string, unknown>
  supported_sync_modes: SyncMode[]
  source_defined_cursor?: boolean
  default_cursor_field?: string[]
  source_defined_primary_key?: string[][]
  is_resumable?: boolean
}

export interface AirbyteCatalog {
  streams: AirbyteStream[]
  /** Ours: names of streams that are left out, since no database takes their names. */
  unnamable_streams?: string[]
}

export interface ConfiguredStream {
  stream: AirbyteStream
  sync_mode: SyncMode
  destination_sync_mode: DestinationSyncMode
  cursor_field?: string[]
  primary_key?: string[][]
  /**
   * Grows by one at every refresh of the stream; attempts of one job share it. Platforms from
   * before refreshes leave the three numbers out, and send no statuses either.
   */
  generation_id?: number | null
  /** Equal to generation_id: older rows go when the stream completes. Zero: they stay. */
  minimum_generation_id?: number | null
  sync_id?: number | null
  /**
   * Ours: what the destination sent with the state that this attempt starts from. Null: the stream
   * is read from the beginning. Absent: a platform that does not know of it.
   */
  destination_table?: DestinationTable | null
  /** Ours: of each stream it is said how it ended, so the end of the input alone says nothing. */
  ends_said?: boolean
}

/** A row by its id, and where it was. */
export interface Witness {
  raw_id: string
  place: string
}

/**
 * Ours: the table that a state was earned with. The destination puts it beside each state that it
 * returns; the platform keeps it with the state and gives it back in the configured catalog. A
 * destination that meets another table, or one with fewer commits, says `state_expired`.
 */
export interface DestinationTable {
  /** New whenever the table is made, its content replaced, or it is met as another one. */
  incarnation: string
  /** Transactions that changed the table, up to the one that made the state durable. */
  commits: number
  /** A row that the last of them wrote: who puts an older copy's rows back has not got it. */
  witness?: Witness
}

export interface ConfiguredCatalog {
  streams: ConfiguredStream[]
}

export interface StreamStats {
  recordCount: number
  /** Records that could not be taken: they are in no table, and nothing else stopped for them. */
  rejectedRecordCount?: number
}

export interface StateMessage {
  type?: 'STREAM' | 'GLOBAL' | 'LEGACY'
  stream?: { stream_descriptor: StreamDescriptor; stream_state?: Record<string, unknown> }
  global?: {
    shared_state?: Record<string, unknown>
    stream_states: { stream_descriptor: StreamDescriptor; stream_state?: Record<string, unknown> }[]
  }
  data?: Record<string, unknown>
  sourceStats?: StreamStats
  destinationStats?: StreamStats
  /** The platform's own number, echoed by the destination. */
  id?: number
  /** Ours, on a stream's state that comes back from the destination. */
  destination_table?: DestinationTable
  /** The same for a state that speaks for several streams. */
  destination_tables?: ({ stream_descriptor: StreamDescriptor } & DestinationTable)[]
}

export interface RecordMessage {
  stream: string
  namespace?: string
  data: Record<string, unknown>
  emitted_at: number
  meta?: { changes?: FieldChange[] }
}

export interface FieldChange {
  field: string
  change: 'NULLED' | 'TRUNCATED'
  reason: string
}

export interface TraceError {
  message: string
  internal_message?: string
  stack_trace?: string
  failure_type?: FailureType
  stream_descriptor?: StreamDescriptor
  /**
   * Ours: the saved state of `stream_descriptor` is worth nothing any more. A source says so when
   * the store was rebuilt, or the position is older than what is kept; a destination when the table
   * is not the one that the state was earned with. The engine answers with a truncating refresh.
   */
  state_expired?: boolean
}

export type StreamStatus = 'STARTED' | 'RUNNING' | 'COMPLETE' | 'INCOMPLETE'

export interface TraceMessage {
  type: 'ERROR' | 'ESTIMATE' | 'STREAM_STATUS' | 'ANALYTICS'
  emitted_at: number
  error?: TraceError
  stream_status?: { stream_descriptor: StreamDescriptor; status: StreamStatus }
  analytics?: { type: string; value: string }
}

/**
 * Ours: the type of the TRACE ANALYTICS that the destination sends after each commit. Its value is
 * the JSON text of a CommittedRecords: all of the stream since the process began, whether or not
 * the stream has states.
 */
export const committedRecordsType = 'destination_committed_records'

export interface CommittedRecords extends StreamStats {
  stream_descriptor: StreamDescriptor
  /** Values of committed records that became null, because their columns do not hold them. */
  nulled?: NulledValues[]
}

export interface NulledValues {
  field: string
  reason: string
  count: number
}

export interface ConnectorSpecification {
  connectionSpecification: Record<string, unknown>
  documentationUrl?: string
  supportsIncremental?: boolean
  supported_destination_sync_modes?: DestinationSyncMode[]
  protocol_version?: string
}

export interface ConnectionStatus {
  status: 'SUCCEEDED' | 'FAILED'
  message?: string
}

export type AirbyteMessage =
  | { type: 'RECORD'; record: RecordMessage }
  | { type: 'STATE'; state: StateMessage }
  | { type: 'LOG'; log: { level: LogLevel; message: string; stack_trace?: string } }
  | { type: 'SPEC'; spec: ConnectorSpecification }
  | { type: 'CONNECTION_STATUS'; connectionStatus: ConnectionStatus }
  | { type: 'CATALOG'; catalog: AirbyteCatalog }
  | { type: 'TRACE'; trace: TraceMessage }
  | { type: 'CONTROL'; control: { type: string; connectorConfig?: { config: unknown } } }
