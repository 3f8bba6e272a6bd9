// What a stream is. Everything that describes one to somebody derives from this value: the HTTP
// schemas, the OpenAPI document, Airbyte's catalog, `/schema/*`, the TypeScript type.
import type { TObject } from '../std/type.ts'

/**
 * How a reader learns that a subject is gone. `tombstone`: a row whose `field` holds when it went
 * (Airbyte's own name, so that its destinations delete too). `none`: it is of no Item, and stays.
 */
export type DeletionRule = { kind: 'tombstone'; field: typeof DELETED_AT } | { kind: 'none' }

export const DELETED_AT = '_ab_cdc_deleted_at'

export const tombstones: DeletionRule = { kind: 'tombstone', field: DELETED_AT }

/** Plaid's names of what may be asked of an Item beside its accounts. */
export const products = [
  'transactions',
  'recurring_transactions',
  'investments',
  'liabilities',
  'identity',
] as const
export type StreamProduct = (typeof products)[number]

export interface Stream {
  name: string
  doc: string
  schema: TObject
  primaryKey: readonly string[]
  /** The row's position in the feed. */
  cursorField: string
  deletion: DeletionRule
  /** Columns, in order, of the indexes that serve the queries people ask of this stream. */
  indexes: readonly (readonly string[])[]
  /** What has to be pulled for it; null: it comes with every Item. */
  product: StreamProduct | null
  /** How a connection is set up to bring it: what changed since, or all of it each time. */
  brings: 'changes' | 'whole'
  /** The column that bounds a list by `start_date` and `end_date`. */
  day?: string
  /**
   * Of a stream that only grows: what is older leaves the store without a tombstone, so that the
   * warehouse keeps it; a reader that is further behind gets 410.
   */
  daysKept?: number
  /** Why `./tartan verify` compares it with the warehouse, and not with the bank. */
  notAtBank?: string
}

interface DiscoveredStream {
  name: string
  json_schema: Record<string, unknown>
  supported_sync_modes: ('full_refresh' | 'incremental')[]
  source_defined_cursor: boolean
  default_cursor_field: string[]
  source_defined_primary_key: string[][]
  is_resumable: boolean
}

/** A stream as Airbyte's `discover` tells it. `x-indexes` is ours; others pass over it. */
export function airbyteStream(stream: Stream): DiscoveredStream {
  return {
    name: stream.name,
    json_schema: { ...jsonSchema(stream), 'x-indexes': stream.indexes },
    supported_sync_modes: ['full_refresh', 'incremental'],
    source_defined_cursor: true,
    default_cursor_field: [stream.cursorField],
    source_defined_primary_key: stream.primaryKey.map((field) => [field]),
    is_resumable: true,
  }
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
    product: stream.product,
    sync_modes: airbyteStream(stream).supported_sync_modes,
    deletion_rule: stream.deletion,
    indexes: stream.indexes,
    json_schema: jsonSchema(stream),
  }
}

export function propertyNames(schema: TObject): string[] {
  return Object.keys(schema.properties)
}
