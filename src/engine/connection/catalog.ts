// What an attempt asks of both connectors (pure): the configured catalog, to the source under its
// own names and to the destination under the connection's.
import type {
  AirbyteCatalog,
  AirbyteStream,
  ConfiguredCatalog,
  ConfiguredStream,
} from '../../protocol/message.ts'
import { must } from '../../std/errors.ts'
import type { StreamChoice } from '../store/connection.ts'
import type { NamedStream } from './naming.ts'
import { cursorOf, primaryKeyOf, streamOf } from './stream-choice.ts'
import type { StreamStart } from './stream-life.ts'
import { modesOf, withGenerations } from './sync-mode.ts'

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

/**
 * The same for the destination: under its names, and, where generations say what to overwrite, in
 * the modes that Airbyte's platform sends then.
 */
export function destinationCatalog(
  catalog: ConfiguredCatalog,
  names: NamedStream[],
  supportsRefreshes: boolean,
): ConfiguredCatalog {
  return {
    streams: catalog.streams.map((configured, i): ConfiguredStream => {
      const { name, namespace } = must(names[i], 'every stream has its names').destination
      const { namespace: _dropped, ...stream } = configured.stream
      return {
        ...configured,
        stream: { ...stream, name, ...(namespace === undefined ? {} : { namespace }) },
        destination_sync_mode: withGenerations(configured.destination_sync_mode, supportsRefreshes),
      }
    }),
  }
}

/** Without the fields that were not selected: the destination makes no columns of them. */
function selected(stream: AirbyteStream, choice: StreamChoice): AirbyteStream {
  const properties = stream.json_schema['properties']
  if (!choice.selectedFields?.length || typeof properties !== 'object' || properties === null) {
    return stream
  }
  const keep = new Set(choice.selectedFields.map((field) => field.fieldPath[0]))
  const kept = Object.entries(properties).filter(([name]) => keep.has(name))
  return { ...stream, json_schema: { ...stream.json_schema, properties: Object.fromEntries(kept) } }
}
