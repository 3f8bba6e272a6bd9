// What an attempt asks of both connectors (pure): the configured catalog with its generations.
// A stream that is read from nothing gets a new generation in every attempt, so that nothing of
// an attempt that died half-way can be taken for the new one's (L4).
import type {
  AirbyteCatalog,
  AirbyteStream,
  ConfiguredCatalog,
  ConfiguredStream,
} from '../../protocol/message.ts'
import { must } from '../../std/errors.ts'
import type { NamedStream } from './naming.ts'
import { cursorOf, primaryKeyOf, streamOf } from './stream-choice.ts'
import { modesOf, withGenerations } from './sync-mode.ts'
import type { JobType } from '../store/job.ts'
import type { StreamChoice } from '../store/connection.ts'

export interface Generation {
  generationId: number
  /** Read from nothing until an attempt that did so succeeds. */
  truncating: boolean
}

/** Whether a stream's saved state is dropped and its generation bumped at the attempt's start. */
export function startsFromNothing(
  jobType: JobType,
  choice: StreamChoice,
  generation: Pick<Generation, 'truncating'>,
): boolean {
  return jobType === 'clear' || generation.truncating || modesOf(choice)[0] === 'full_refresh'
}

export interface PlannedStream {
  choice: StreamChoice
  /** Already bumped where the stream starts from nothing. */
  generation: Generation
}

export function configuredCatalog(
  jobType: JobType,
  jobId: number,
  catalog: AirbyteCatalog,
  streams: PlannedStream[],
): ConfiguredCatalog {
  return {
    streams: streams.map(({ choice, generation }) => {
      const stream = streamOf(catalog, choice)
      const [syncMode, destinationSyncMode] = modesOf(choice)
      const truncates =
        startsFromNothing(jobType, choice, generation) &&
        (destinationSyncMode.startsWith('overwrite') ||
          generation.truncating ||
          jobType === 'clear')
      return {
        stream: selected(stream, choice),
        sync_mode: syncMode,
        destination_sync_mode: destinationSyncMode,
        cursor_field: cursorOf(stream, choice),
        primary_key: primaryKeyOf(stream, choice),
        generation_id: generation.generationId,
        minimum_generation_id: truncates ? generation.generationId : 0,
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
