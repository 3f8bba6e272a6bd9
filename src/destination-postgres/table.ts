// What a configured stream becomes: a table, its columns, key and indexes, and the way that rows
// go into it. Pure; everything that cannot work is said here, before any row is read.
import type { ConfiguredStream, StreamDescriptor } from '../protocol/message.ts'
import { ConfigError } from '../std/errors.ts'
import type { DestinationConfig } from './config.ts'
import { identifier, identifiers, indexName } from './naming.ts'

/** Column types, by PostgreSQL's short names (numbers are not cut). */
export type ColumnType =
  | 'varchar'
  | 'bigint'
  | 'numeric'
  | 'boolean'
  | 'date'
  | 'timestamptz'
  | 'timestamp'
  | 'timetz'
  | 'time'
  | 'jsonb'

export interface Column {
  /** The key in a record's data. */
  field: string
  name: string
  type: ColumnType
}

/**
 * append: rows are added. dedup: the newest row of each key, deletions followed. overwrite: what
 * this sync brings, and nothing else, once the stream is COMPLETE (L8).
 */
export type WriteMode = 'append' | 'dedup' | 'overwrite'

export interface Table {
  stream: StreamDescriptor
  schema: string
  name: string
  columns: readonly Column[]
  /** The primary key; empty where rows have none. */
  key: readonly Column[]
  /** Of two rows with one key the one with the greater cursor is newer. */
  cursor: Column | undefined
  /** A record in which this field is not null deletes its key. */
  deletedField: string | undefined
  mode: WriteMode
  generationId: number
  syncId: number
  indexes: readonly { name: string; columns: readonly string[] }[]
}

export const META_COLUMNS = [
  { name: '_airbyte_raw_id', definition: 'varchar not null' },
  { name: '_airbyte_extracted_at', definition: 'timestamptz not null' },
  { name: '_airbyte_meta', definition: 'jsonb not null' },
  { name: '_airbyte_generation_id', definition: 'bigint' },
] as const

/** Airbyte's own name for when a row was deleted at its origin. */
const DELETED_AT = '_ab_cdc_deleted_at'

export const STAGE_ORDER = '_tartan_order'
export const STAGE_DELETED = '_tartan_deleted'
export const STAGE_PLACE = '_tartan_place'

/** PostgreSQL's system columns, and ours. */
const RESERVED = new Set<string>([
  ...META_COLUMNS.map(({ name }) => name),
  STAGE_ORDER,
  STAGE_DELETED,
  STAGE_PLACE,
  'tableoid',
  'xmin',
  'cmin',
  'xmax',
  'cmax',
  'ctid',
])

export function tableOf(configured: ConfiguredStream, config: DestinationConfig): Table {
  const { stream } = configured
  const mode = modeOf(configured)
  const keyPaths = keyOf(configured, mode)
  const properties = propertiesOf(stream.json_schema)
  const deletes = keyPaths.length > 0 && !config.softDelete && DELETED_AT in properties
  const fields = Object.keys(properties).filter((field) => !(deletes && field === DELETED_AT))
  const names = identifiers(fields, RESERVED)
  const columns = fields.map((field) => ({
    field,
    name: names.get(field) ?? field,
    type: columnType(properties[field]),
  }))
  const find = (path: readonly string[], what: string) => column(columns, path, what, stream.name)
  const name = identifier(stream.name)
  const cursorPath = configured.cursor_field?.length
    ? configured.cursor_field
    : (stream.default_cursor_field ?? [])
  return {
    stream: descriptorOf(configured),
    schema: identifier(stream.namespace ?? config.schema),
    name,
    columns,
    key: keyPaths.map((path) => find(path, 'primary key')),
    // Without a key no two rows are compared.
    cursor: keyPaths.length > 0 && cursorPath.length > 0 ? find(cursorPath, 'cursor') : undefined,
    deletedField: deletes ? DELETED_AT : undefined,
    mode,
    generationId: configured.generation_id,
    syncId: configured.sync_id,
    indexes: indexesOf(stream.json_schema, name, names),
  }
}

/** All tables of a catalog; two streams that would share one are refused. */
export function tablesOf(streams: readonly ConfiguredStream[], config: DestinationConfig): Table[] {
  const tables = streams.map((stream) => tableOf(stream, config))
  const owner = new Map<string, string>()
  for (const table of tables) {
    const place = `${table.schema}.${table.name}`
    const other = owner.get(place)
    if (other !== undefined) {
      throw new ConfigError(
        'TABLE_NAME_TAKEN',
        `the streams ${other} and ${table.stream.name} would both go to the table ${place}; ` +
          'give them prefixes or namespaces of their own',
      )
    }
    owner.set(place, table.stream.name)
  }
  return tables
}

function descriptorOf({ stream }: ConfiguredStream): StreamDescriptor {
  const { name, namespace } = stream
  return namespace === undefined ? { name } : { name, namespace }
}

function modeOf(configured: ConfiguredStream): WriteMode {
  const { destination_sync_mode: mode, generation_id, minimum_generation_id } = configured
  if (minimum_generation_id !== 0 && minimum_generation_id !== generation_id) {
    throw new ConfigError(
      'GENERATIONS_MIXED',
      `the stream ${configured.stream.name} asks to keep generations from ` +
        `${minimum_generation_id} to ${generation_id}; clear it, or refresh it again`,
    )
  }
  if (minimum_generation_id > 0) return 'overwrite'
  if (mode === 'overwrite' || mode === 'overwrite_dedup') return 'overwrite'
  return mode === 'append_dedup' ? 'dedup' : 'append'
}

/**
 * A history (append) has no key. A snapshot has the source's own even where the platform gives
 * none: it cannot hold a row twice.
 */
function keyOf(configured: ConfiguredStream, mode: WriteMode): readonly (readonly string[])[] {
  const { stream, primary_key: given = [], destination_sync_mode, sync_mode } = configured
  if (mode === 'append') return []
  const deduplicates = destination_sync_mode.endsWith('dedup')
  const key = given.length > 0 ? given : (stream.source_defined_primary_key ?? [])
  if (deduplicates && key.length === 0) {
    throw new ConfigError(
      'PRIMARY_KEY_MISSING',
      `the stream ${stream.name} is deduplicated but has no primary key; choose one`,
    )
  }
  return deduplicates || sync_mode === 'full_refresh' ? key : []
}

function column(
  columns: readonly Column[],
  path: readonly string[],
  what: string,
  stream: string,
): Column {
  const [field] = path
  const found = path.length === 1 ? columns.find((column) => column.field === field) : undefined
  if (found) return found
  throw new ConfigError(
    'COLUMN_MISSING',
    `the ${what} ${path.join('.')} of the stream ${stream} is not a top-level field of its schema`,
  )
}

type JsonSchema = Record<string, unknown>

function propertiesOf(schema: JsonSchema): Record<string, unknown> {
  const properties = schema['properties']
  return typeof properties === 'object' && properties !== null ? { ...properties } : {}
}

export function columnType(property: unknown): ColumnType {
  const schema = (typeof property === 'object' && property !== null ? property : {}) as JsonSchema
  const types = [schema['type']].flat().filter((type) => type !== 'null')
  if (types.length !== 1 || 'oneOf' in schema || 'anyOf' in schema) return 'jsonb'
  switch (types[0]) {
    case 'string':
      return stringType(schema)
    case 'integer':
      return 'bigint'
    case 'number':
      return schema['airbyte_type'] === 'integer' ? 'bigint' : 'numeric'
    case 'boolean':
      return 'boolean'
    default:
      return 'jsonb'
  }
}

function stringType(schema: JsonSchema): ColumnType {
  const airbyteType = schema['airbyte_type']
  switch (schema['format']) {
    case 'date':
      return 'date'
    case 'date-time':
      return airbyteType === 'timestamp_without_timezone' ? 'timestamp' : 'timestamptz'
    case 'time':
      return airbyteType === 'time_with_timezone' ? 'timetz' : 'time'
    default:
      return 'varchar'
  }
}

function indexesOf(
  schema: JsonSchema,
  table: string,
  names: ReadonlyMap<string, string>,
): { name: string; columns: string[] }[] {
  const wanted = schema['x-indexes']
  if (!Array.isArray(wanted)) return []
  return wanted.flatMap((fields: unknown) => {
    if (!Array.isArray(fields)) return []
    const columns = fields.flatMap((field: unknown) => names.get(String(field)) ?? [])
    if (columns.length === 0 || columns.length !== fields.length) return []
    return [{ name: indexName(table, columns), columns }]
  })
}
