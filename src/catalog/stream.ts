// What a stream is. Everything that describes one to somebody derives from this value: the HTTP
// schemas, the OpenAPI document, Airbyte's catalog, `/schema/*`, the TypeScript type.
import type { TObject } from 'typebox'

/**
 * How a reader learns that a subject is gone. `tombstone`: a row whose `field` holds when it went
 * (Airbyte's own name, so that its destinations delete too). `absence`: it is no longer in the
 * list.
 */
export type DeletionRule = { kind: 'tombstone'; field: typeof DELETED_AT } | { kind: 'absence' }

export const DELETED_AT = '_ab_cdc_deleted_at'

export interface Stream {
  name: string
  doc: string
  schema: TObject
  primaryKey: readonly string[]
  /** The row's position in the feed; null where the stream is always read whole. */
  cursorField: string | null
  deletion: DeletionRule
  /** Columns, in order, of the indexes that serve the queries people ask of this stream. */
  indexes: readonly (readonly string[])[]
}

interface DiscoveredStream {
  name: string
  json_schema: Record<string, unknown>
  supported_sync_modes: ('full_refresh' | 'incremental')[]
  source_defined_cursor?: boolean
  default_cursor_field?: string[]
  source_defined_primary_key: string[][]
  is_resumable: boolean
}

/** A stream as Airbyte's `discover` tells it. `x-indexes` is ours; others pass over it. */
export function airbyteStream(stream: Stream): DiscoveredStream {
  const shape: DiscoveredStream = {
    name: stream.name,
    json_schema: { ...jsonSchema(stream), 'x-indexes': stream.indexes },
    supported_sync_modes: ['full_refresh'],
    source_defined_primary_key: stream.primaryKey.map((field) => [field]),
    is_resumable: stream.cursorField !== null,
  }
  if (stream.cursorField !== null) {
    shape.supported_sync_modes.push('incremental')
    shape.source_defined_cursor = true
    shape.default_cursor_field = [stream.cursorField]
  }
  return shape
}

/** Plain JSON schema (draft 7), without the library's symbols. */
function jsonSchema(stream: Stream): Record<string, unknown> {
  const plain = JSON.parse(JSON.stringify(stream.schema)) as Record<string, unknown>
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    additionalProperties: true,
    ...plain,
  }
}

/** What `GET /schema/{stream}` answers. */
export function describeStream(stream: Stream): Record<string, unknown> {
  return {
    name: stream.name,
    description: stream.doc,
    primary_key: stream.primaryKey,
    cursor_field: stream.cursorField,
    sync_modes: airbyteStream(stream).supported_sync_modes,
    deletion_rule: stream.deletion,
    indexes: stream.indexes,
    json_schema: jsonSchema(stream),
  }
}

export function propertyNames(schema: TObject): string[] {
  return Object.keys(schema.properties)
}
