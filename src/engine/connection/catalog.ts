// What an attempt asks of both connectors (pure): the configured catalog, to the source under its
// own names and to the destination under the connection's.
import type {
  AirbyteCatalog,
  AirbyteStream,
  ConfiguredCatalog,
  ConfiguredStream,
  DestinationSyncMode,
} from '../../protocol/message.ts'
import { must } from '../../std/errors.ts'
import type { StreamChoice } from '../store/connection.ts'
import type { NamedStream } from './naming.ts'
import { cursorOf, primaryKeyOf, streamOf } from './stream-choice.ts'
import type { StreamStart } from './stream-life.ts'
import { type DestinationMeans, isOffered, modesOf, withGenerations } from './sync-mode.ts'

export function configuredCatalog(
  jobId: number,
  catalog: AirbyteCatalog,
  streams: StreamStart[],
): ConfiguredCatalog {
  return {
    streams: streams.map(({ choice, generationId, minimumGenerationId }) => {
      const stream = streamOf(catalog, choice)
      const [syncMode, destinationSyncMode] = modesOf(choice)
      return {
        stream: selected(stream, choice),
        sync_mode: syncMode,
        destination_sync_mode: destinationSyncMode,
        cursor_field: cursorOf(stream, choice),
        primary_key: primaryKeyOf(stream, choice),
        generation_id: generationId,
        minimum_generation_id: minimumGenerationId,
        sync_id: jobId,
      }
    }),
  }
}

/** The same for the source, which knows the protocol's modes: overwrite_dedup is none of them. */
export function sourceCatalog(
  catalog: ConfiguredCatalog,
  { supportsRefreshes }: DestinationMeans,
): ConfiguredCatalog {
  return {
    streams: catalog.streams.map((configured) => ({
      ...configured,
      destination_sync_mode: withGenerations(configured.destination_sync_mode, supportsRefreshes),
    })),
  }
}

/**
 * The same for the destination: under its names, with the tables that the states were earned with,
 * and, where generations say what to overwrite, in the modes that Airbyte's platform sends then.
 */
export function destinationCatalog(
  catalog: ConfiguredCatalog,
  names: NamedStream[],
  streams: StreamStart[],
  means: DestinationMeans,
): ConfiguredCatalog {
  return {
    streams: catalog.streams.map((configured, i): ConfiguredStream => {
      const { name, namespace } = must(names[i], 'every stream has its names').destination
      const { table, minimumGenerationId } = must(streams[i], 'every stream is started')
      const { namespace: _dropped, ...stream } = configured.stream
      const mode = configured.destination_sync_mode
      return {
        ...configured,
        stream: { ...stream, name, ...(namespace === undefined ? {} : { namespace }) },
        destination_sync_mode: modeFor(mode, minimumGenerationId > 0, means),
        ...(means.supportsRefreshes ? { ends_said: true } : {}),
        ...(table === undefined ? {} : { destination_table: table }),
      }
    }),
  }
}

/** A destination that knows no generations truncates where its mode says so, if it can. */
function modeFor(
  mode: DestinationSyncMode,
  truncates: boolean,
  means: DestinationMeans,
): DestinationSyncMode {
  const overwrites = truncates && !means.supportsRefreshes && canTruncate(means)
  return overwrites ? 'overwrite' : withGenerations(mode, means.supportsRefreshes)
}

/** Whether rows that are there go when a stream is read again, or its table is cleared. */
export function canTruncate({ supportsRefreshes, modes }: DestinationMeans): boolean {
  return supportsRefreshes || isOffered('overwrite', modes)
}

/** Without the fields that were not selected: the destination makes no columns of them. */
export function selected(stream: AirbyteStream, choice: StreamChoice): AirbyteStream {
  const properties = stream.json_schema['properties']
  if (!choice.selectedFields?.length || typeof properties !== 'object' || properties === null) {
    return stream
  }
  const keep = new Set(choice.selectedFields.map((field) => field.fieldPath[0]))
  const kept = Object.entries(properties).filter(([name]) => keep.has(name))
  return { ...stream, json_schema: { ...stream.json_schema, properties: Object.fromEntries(kept) } }
}
