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
}

export interface ConfiguredStream {
  stream: AirbyteStream
  sync_mode: SyncMode
  destination_sync_mode: DestinationSyncMode
  cursor_field?: string[]
  primary_key?: string[][]
  /** Grows by one at every refresh of the stream; attempts of one job share it. */
  generation_id: number
  /** Equal to generation_id: older rows go when the stream completes. Zero: they stay. */
  minimum_generation_id: number
  sync_id: number
}

export interface ConfiguredCatalog {
  streams: ConfiguredStream[]
}

export interface StreamStats {
  recordCount: number
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
   * Ours: the saved state of `stream_descriptor` is worth nothing any more (the store was
   * rebuilt, or the position is older than what is kept). The engine answers with a truncating
   * refresh of the stream.
   */
  state_expired?: boolean
}

export type StreamStatus = 'STARTED' | 'RUNNING' | 'COMPLETE' | 'INCOMPLETE'

export interface TraceMessage {
  type: 'ERROR' | 'ESTIMATE' | 'STREAM_STATUS' | 'ANALYTICS'
  emitted_at: number
  error?: TraceError
  stream_status?: { stream_descriptor: StreamDescriptor; status: StreamStatus }
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
