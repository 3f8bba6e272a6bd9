// What a configured stream becomes: a table, its columns, key and indexes, and the way that rows
// go into it. Pure; everything that cannot work is said here, before any row is read.
import type { ConfiguredStream, DestinationTable, StreamDescriptor } from '../protocol/message.ts'
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

export interface Table {
  stream: StreamDescriptor
  schema: string
  name: string
  columns: readonly Column[]
  /** One row a key, the newest. Empty without deduplication: every record is a row. */
  key: readonly Column[]
  /** Of two rows with one key the one with the greater cursor is newer. */
  cursor: Column | undefined
  /** A record in which this field is not null deletes its key, whatever fields were selected. */
  deletedField: string | undefined
  /** Soft deletion: a deleted row stays, and has the instant here. */
  deletedMark: Column | undefined
  /** The mode itself says that what comes takes the place of what is there. */
  overwrites: boolean
  /**
   * The platform says of every stream how it ended: it promises so, or it numbers generations, as
   * those do. What one promises no configuration takes back (L8).
   */
  saysEnds: 'promised' | 'likely' | 'no'
  generationId: number
  /** Rows of older generations go once the stream is COMPLETE (L8); 0: they stay. */
  minimumGeneration: number
  syncId: number
  /** See ConfiguredStream.destination_table. */
  state: DestinationTable | null | undefined
  indexes: readonly { name: string; columns: readonly string[] }[]
}

export const META_COLUMNS = [
  { name: '_airbyte_raw_id', type: 'varchar', isRequired: true },
  { name: '_airbyte_extracted_at', type: 'timestamptz', isRequired: true },
  { name: '_airbyte_meta', type: 'jsonb', isRequired: true },
  { name: '_airbyte_generation_id', type: 'bigint', isRequired: false },
] as const

/** Airbyte's own name for when a row was deleted at its origin. */
const DELETED_AT = '_ab_cdc_deleted_at'

/** The destination's own table, in its internal schema. */
export const FENCE = 'fence'

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
  const deduplicates = deduplicatesOf(configured)
  const keyPaths = deduplicates ? keyOf(configured) : []
  const fields = stream.json_schema ?? {}
  const { columns, names } = columnsOf(fields, deduplicates, config.softDelete)
  const find = (path: readonly string[], what: string) => column(columns, path, what, stream.name)
  const name = identifier(stream.name)
  const cursorPath = configured.cursor_field?.length
    ? configured.cursor_field
    : (stream.default_cursor_field ?? [])
  if (!isPath(cursorPath)) throw notPaths('cursor_field', stream.name)
  const mark = columns.find(({ field }) => field === DELETED_AT)
  const schema = identifier(descriptorOf(configured).namespace ?? config.schema)
  if (schema === config.internalSchema && name === FENCE) throw ours(stream.name, schema)
  return {
    stream: descriptorOf(configured),
    schema,
    name,
    columns,
    key: keyPaths.map((path) => find(path, 'primary key')),
    // Without a key no two rows are compared.
    cursor: deduplicates && cursorPath.length > 0 ? find(cursorPath, 'cursor') : undefined,
    deletedField: deduplicates ? DELETED_AT : undefined,
    deletedMark: deduplicates ? mark : undefined,
    overwrites: configured.destination_sync_mode.startsWith('overwrite'),
    ...generationsOf(configured, config),
    state: stateOf(configured),
    indexes: indexesOf(fields, name, names),
  }
}

/** A column for each field. What deletes rows is no column; what marks them always is one. */
function columnsOf(schema: JsonSchema, deduplicates: boolean, soft: boolean) {
  const properties = propertiesOf(schema)
  if (deduplicates && soft) properties[DELETED_AT] ??= { type: 'string', format: 'date-time' }
  const fields = Object.keys(properties).filter(
    (field) => !(deduplicates && !soft && field === DELETED_AT),
  )
  const names = identifiers(fields, RESERVED)
  const columns = fields.map((field) => ({
    field,
    name: names.get(field) ?? field,
    type: columnType(properties[field]),
  }))
  return { columns, names }
}

/** What each stream of a catalog wants, or why it cannot be had: that stops no other (L7). */
export type Wanted = { stream: StreamDescriptor } & ({ table: Table } | { refused: ConfigError })

export function tablesOf(streams: readonly ConfiguredStream[], config: DestinationConfig) {
  const wanted = streams.map((configured): Wanted => {
    const stream = descriptorOf(configured)
    try {
      return { stream, table: tableOf(configured, config) }
    } catch (error) {
      if (error instanceof ConfigError) return { stream, refused: error }
      throw error
    }
  })
  const names = new Map<string, string[]>()
  for (const one of wanted) {
    if (!('table' in one)) continue
    const place = placeOf(one.table)
    names.set(place, [...(names.get(place) ?? []), one.stream.name])
  }
  return wanted.map((one): Wanted => {
    const { stream } = one
    const sharing = 'table' in one ? (names.get(placeOf(one.table)) ?? []) : []
    return sharing.length > 1 && 'table' in one
      ? { stream, refused: taken(placeOf(one.table), sharing) }
      : one
  })
}

function placeOf({ schema, name }: Table): string {
  return `${schema}.${name}`
}

/** Of two streams that would share a table neither can say that it is its own. */
function taken(place: string, streams: string[]): ConfigError {
  return new ConfigError(
    'TABLE_NAME_TAKEN',
    `the streams ${streams.join(' and ')} would both go to the table ${place}; ` +
      'give them prefixes or namespaces of their own',
  )
}

/** The internal schema may be the one that the streams go to. */
function ours(stream: string, schema: string): ConfigError {
  return new ConfigError(
    'TABLE_NAME_TAKEN',
    `the stream ${stream} would go to the table ${schema}.${FENCE}, which is the destination’s ` +
      'own; give it a prefix, or the destination a raw_data_schema of its own',
  )
}

function descriptorOf({ stream }: ConfiguredStream): StreamDescriptor {
  const { name, namespace } = stream
  return namespace ? { name, namespace } : { name }
}

const MODES = new Set(['append', 'overwrite', 'append_dedup', 'overwrite_dedup'])

/** Only where it is asked for: that a source has a key does not promise that it is there once. */
function deduplicatesOf({ stream, destination_sync_mode: mode }: ConfiguredStream): boolean {
  if (MODES.has(mode)) return mode.endsWith('dedup')
  throw new ConfigError(
    'SYNC_MODE_UNSUPPORTED',
    `the stream ${stream.name} asks for the mode ${mode}; here are ${[...MODES].join(', ')}`,
  )
}

function generationsOf(configured: ConfiguredStream, { completeAtEnd }: DestinationConfig) {
  const { generation_id, minimum_generation_id, sync_id, stream, ends_said: said } = configured
  const generationId = generation_id ?? 0
  const minimumGeneration = minimum_generation_id ?? 0
  const syncId = sync_id ?? 0
  if (![generationId, minimumGeneration, syncId].every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new ConfigError(
      'GENERATION_INVALID',
      `the generations and the sync of the stream ${stream.name} must be whole numbers from 0`,
    )
  }
  if (minimumGeneration !== 0 && minimumGeneration !== generationId) {
    throw new ConfigError(
      'GENERATIONS_MIXED',
      `the stream ${stream.name} asks to keep generations from ` +
        `${minimumGeneration} to ${generationId}; clear it, or refresh it again`,
    )
  }
  const likely = typeof generation_id === 'number' && !completeAtEnd
  const saysEnds: Table['saysEnds'] = said === true ? 'promised' : likely ? 'likely' : 'no'
  return { saysEnds, generationId, minimumGeneration, syncId }
}

function stateOf(configured: ConfiguredStream): DestinationTable | null | undefined {
  const { destination_table: given, stream } = configured
  if (given === null || given === undefined) return given
  if (typeof given.incarnation === 'string' && Number.isSafeInteger(given.commits)) return given
  throw new ConfigError(
    'DESTINATION_TABLE_INVALID',
    `the destination_table of the stream ${stream.name} must be {"incarnation", "commits"}`,
  )
}

function keyOf({ stream, primary_key: given }: ConfiguredStream): readonly (readonly string[])[] {
  const key = given?.length ? given : (stream.source_defined_primary_key ?? [])
  if (!Array.isArray(key) || !key.every(isPath)) throw notPaths('primary_key', stream.name)
  if (key.length > 0) return key
  throw new ConfigError(
    'PRIMARY_KEY_MISSING',
    `the stream ${stream.name} is deduplicated but has no primary key; choose one`,
  )
}

/** A catalog is somebody else's: it may hold anything. */
function isPath(path: unknown): path is string[] {
  return Array.isArray(path) && path.every((name) => typeof name === 'string')
}

function notPaths(what: string, stream: string): ConfigError {
  const sentence = `the ${what} of the stream ${stream} is not made of lists of names`
  return new ConfigError('CATALOG_INVALID', sentence)
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
  const types = [schema['type'] ?? []].flat().filter((type) => type !== 'null')
  if (types.length === 0) return alternativesType(schema)
  if (types.length > 1) return 'jsonb'
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

/** Of alternatives that are one but for null: some languages write an optional text so. */
function alternativesType(schema: JsonSchema): ColumnType {
  const given = schema['oneOf'] ?? schema['anyOf'] ?? schema['allOf']
  const alternatives = Array.isArray(given) ? given.filter((one) => !isNull(one)) : []
  const types = new Set(alternatives.map(columnType))
  const [type = 'jsonb'] = types
  return types.size > 1 ? 'jsonb' : type
}

function isNull(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'null'
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
