// Which streams a connection carries and how: what the API was asked for, checked against what the
// source offers and the destination can do (pure). Everything wrong is said at the door.
import type { AirbyteCatalog, AirbyteStream } from '../../protocol/message.ts'
import { ConfigError, must } from '../../std/errors.ts'
import type { StreamChoice } from '../store/connection.ts'
import { descriptor, sameStream, streamKey } from './naming.ts'
import { type DestinationMeans, isOffered, modesOf, syncModes } from './sync-mode.ts'

export type StreamRequest = Partial<StreamChoice> & { mappers?: unknown[] }

/** No request means every stream, read whole and overwritten, as Airbyte does it. */
export function chooseStreams(
  catalog: AirbyteCatalog,
  requests: StreamRequest[] | undefined,
  means: DestinationMeans | undefined,
): StreamChoice[] {
  const wanted: StreamRequest[] = requests?.length
    ? requests
    : catalog.streams.map((stream) => descriptor(stream.name, stream.namespace))
  const seen = new Set<string>()
  return wanted.map((request) => {
    const choice = choose(catalog, request)
    const key = streamKey(choice)
    if (seen.has(key)) throw wrong(`Duplicate stream found in configuration for: ${choice.name}.`)
    seen.add(key)
    checkDestination(streamOf(catalog, choice), choice, means)
    return choice
  })
}

function choose(catalog: AirbyteCatalog, request: StreamRequest): StreamChoice {
  const stream = find(catalog, request)
  const syncMode = request.syncMode ?? 'full_refresh_overwrite'
  const choice: StreamChoice = {
    ...descriptor(stream.name, stream.namespace),
    syncMode,
    ...(request.cursorField?.length ? { cursorField: request.cursorField } : {}),
    ...(request.primaryKey?.length ? { primaryKey: request.primaryKey } : {}),
  }
  if (request.mappers?.length) {
    throw wrong(`Mappers are not run here; remove them from the stream ${stream.name}.`)
  }
  if (!syncModes.includes(syncMode)) {
    throw wrong(`Cannot set sync mode to ${syncMode} for stream ${stream.name}.`)
  }
  if (!stream.supported_sync_modes.includes(modesOf(choice)[0])) {
    throw wrong(
      `Cannot set sync mode to ${syncMode} for stream ${stream.name}: ` +
        `it supports ${stream.supported_sync_modes.join(', ')} only.`,
    )
  }
  checkCursor(stream, choice)
  checkPrimaryKey(stream, choice)
  return withFields(stream, choice, request.selectedFields)
}

/** Airbyte's own name for when a row was deleted at its origin. */
const DELETED_AT = '_ab_cdc_deleted_at'

/** With those that a sync cannot do without: key, cursor, and what says that a row is gone. */
function withFields(
  stream: AirbyteStream,
  choice: StreamChoice,
  asked: StreamChoice['selectedFields'],
): StreamChoice {
  if (!asked?.length) return choice
  for (const { fieldPath } of asked) {
    if (fieldPath.length === 1 && hasField(stream, fieldPath)) continue
    const what = fieldPath.length > 1 ? 'Only whole top-level fields can be' : 'Invalid field'
    throw wrong(`${what} selected for stream ${stream.name}: ${fieldPath.join('.')}.`)
  }
  const [read, write] = modesOf(choice)
  const deduplicates = write.endsWith('dedup')
  const needed = [
    ...(deduplicates ? primaryKeyOf(stream, choice) : []),
    // Of two rows with one key the cursor says which is newer.
    ...(deduplicates || read === 'incremental' ? [cursorOf(stream, choice)] : []),
    [DELETED_AT],
  ]
  const fields = new Set(asked.map(({ fieldPath }) => fieldPath[0] ?? ''))
  for (const [field = ''] of needed) if (hasField(stream, [field])) fields.add(field)
  return { ...choice, selectedFields: [...fields].map((field) => ({ fieldPath: [field] })) }
}

function find(catalog: AirbyteCatalog, request: StreamRequest): AirbyteStream {
  const { name, namespace } = request
  if (name === undefined) throw wrong('Every stream in the configuration needs its name.')
  const found =
    namespace === undefined || namespace === ''
      ? catalog.streams.filter((stream) => stream.name === name)
      : catalog.streams.filter((stream) => sameStream(stream, { name, namespace }))
  const [stream] = found
  if (!stream) {
    throw wrong(
      `Invalid stream found: ${name}. The source has the streams ` +
        `${catalog.streams.map((one) => one.name).join(', ')}.`,
    )
  }
  if (found.length > 1) throw wrong(`The stream ${name} exists twice: give its namespace.`)
  return stream
}

function checkCursor(stream: AirbyteStream, choice: StreamChoice): void {
  const { cursorField } = choice
  if (stream.source_defined_cursor === true) {
    const defined = stream.default_cursor_field ?? []
    if (cursorField && cursorField.join('.') !== defined.join('.')) {
      throw wrong(
        `Cursor Field ${cursorField.join('.')} is already defined by source for stream: ` +
          `${stream.name}. Do not include a cursor field configuration for this stream.`,
      )
    }
    // Of two rows with one key it says which is newer; what only adds needs it not.
    const compares = modesOf(choice)[1].endsWith('dedup') && defined.length > 0
    if (compares && !hasField(stream, defined)) {
      throw wrong(`The source’s cursor ${defined.join('.')} is no field of ${stream.name}.`)
    }
    return
  }
  if (modesOf(choice)[0] !== 'incremental') return
  const cursor = cursorOf(stream, choice)
  if (cursor.length === 0) {
    throw wrong(`No default cursor field found for stream: ${stream.name}. Give a cursorField.`)
  }
  if (!hasField(stream, cursor)) {
    throw wrong(`Invalid cursor field ${cursor.join('.')} for stream: ${stream.name}.`)
  }
}

function checkPrimaryKey(stream: AirbyteStream, choice: StreamChoice): void {
  const defined = stream.source_defined_primary_key ?? []
  const asked = choice.primaryKey
  if (asked && defined.length > 0 && JSON.stringify(asked) !== JSON.stringify(defined)) {
    throw wrong(
      `Primary key for stream: ${stream.name} is already pre-defined. ` +
        'Please remove the primaryKey or provide the value as the source defines it.',
    )
  }
  const key = primaryKeyOf(stream, choice)
  const missing = key.find((path) => !hasField(stream, path))
  if (missing) {
    throw wrong(`Invalid primary key ${missing.join('.')} for stream: ${stream.name}.`)
  }
  if (key.length === 0 && modesOf(choice)[1].endsWith('dedup')) {
    throw wrong(`No default primary key found for stream: ${stream.name}. Give a primaryKey.`)
  }
}

function checkDestination(
  stream: AirbyteStream,
  choice: StreamChoice,
  means: DestinationMeans | undefined,
): void {
  const mode = modesOf(choice)[1]
  if (means?.modes && !isOffered(mode, means.modes)) {
    throw wrong(
      `Cannot set sync mode to ${choice.syncMode} for stream ${choice.name}: ` +
        `the destination supports ${means.modes.join(', ')} only.`,
    )
  }
  // Those that know generations write columns, and compare rows by them; of the others, which may
  // keep JSON, nobody knows.
  if (!means?.supportsRefreshes || !mode.endsWith('dedup')) return
  const paths = [...primaryKeyOf(stream, choice), cursorOf(stream, choice)]
  const nested = paths.find((path) => path.length > 1)
  if (nested === undefined) return
  throw wrong(
    `Cannot set sync mode to ${choice.syncMode} for stream ${choice.name}: the destination ` +
      `compares rows by top-level fields only, and ${nested.join('.')} is none.`,
  )
}

function hasField(stream: AirbyteStream, path: string[]): boolean {
  const properties = stream.json_schema['properties']
  const [first] = path
  return (
    first !== undefined &&
    typeof properties === 'object' &&
    properties !== null &&
    Object.hasOwn(properties, first)
  )
}

function wrong(sentence: string): ConfigError {
  return new ConfigError('STREAM_CONFIGURATION_INVALID', sentence, {
    field: 'configurations.streams',
  })
}

export function streamOf(catalog: AirbyteCatalog, choice: StreamChoice): AirbyteStream {
  const wanted = descriptor(choice.name, choice.namespace)
  return must(
    catalog.streams.find((stream) => sameStream(stream, wanted)),
    `the stream ${choice.name} was chosen from this catalog`,
  )
}

export function cursorOf(stream: AirbyteStream, choice: StreamChoice): string[] {
  if (stream.source_defined_cursor === true) return stream.default_cursor_field ?? []
  if (choice.cursorField && choice.cursorField.length > 0) return choice.cursorField
  return stream.default_cursor_field ?? []
}

export function primaryKeyOf(stream: AirbyteStream, choice: StreamChoice): string[][] {
  const defined = stream.source_defined_primary_key ?? []
  return defined.length > 0 ? defined : (choice.primaryKey ?? [])
}
