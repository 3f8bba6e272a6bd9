// What a new connection begins with (pure): each stream in the mode that suits it, which is what
// the usual set-up has: changes where there is a cursor, one row a key where there is a key. Or all
// of it as another connection has it.
import type { Actor, Connection, ConnectionStream, OfferedStream } from '../api/engine.ts'

export const left = 'left'

function suiting(stream: OfferedStream): string {
  const { syncModes, defaultCursorField, sourceDefinedCursorField } = stream
  const hasKey = stream.sourceDefinedPrimaryKey.length > 0
  const hasCursor = sourceDefinedCursorField || defaultCursorField.length > 0
  const wished = [
    ...(hasCursor && hasKey ? ['incremental_deduped_history'] : []),
    ...(hasKey ? ['full_refresh_overwrite_deduped'] : []),
    'full_refresh_overwrite',
  ]
  return wished.find((mode) => syncModes.includes(mode)) ?? syncModes[0] ?? left
}

type Chosen = ConnectionStream[] | undefined

/** How a stream is carried: as somebody chose, as the model has it, or as it suits. */
export function modesOf(modes: Record<string, string>, model: Chosen) {
  return (stream: OfferedStream): string => {
    const there = model?.find((one) => isOf(one, stream))
    const begun = model === undefined ? suiting(stream) : (there?.syncMode ?? left)
    return modes[keyOf(stream)] ?? begun
  }
}

/** What the source defines itself is not said again. */
export function chosenStreams(
  offered: OfferedStream[],
  modes: Record<string, string>,
  model?: Chosen,
): Partial<ConnectionStream>[] {
  const modeOf = modesOf(modes, model)
  return offered.flatMap((stream) => {
    const { streamName: name, streamnamespace: namespace, defaultCursorField } = stream
    const syncMode = modeOf(stream)
    if (syncMode === left) return []
    const named = { name, syncMode, ...(namespace === undefined ? {} : { namespace }) }
    const there = model?.find((one) => isOf(one, stream))
    if (there !== undefined) {
      const { cursorField, primaryKey, selectedFields } = there
      const fields = selectedFields.length === 0 ? {} : { selectedFields }
      return [{ ...named, cursorField, primaryKey, ...fields }]
    }
    const needsCursor = syncMode.startsWith('incremental') && !stream.sourceDefinedCursorField
    const cursorField =
      needsCursor && defaultCursorField.length > 0 ? defaultCursorField : undefined
    return [{ ...named, ...(cursorField === undefined ? {} : { cursorField }) }]
  })
}

function isOf(chosen: ConnectionStream, { streamName, streamnamespace = '' }: OfferedStream) {
  return chosen.name === streamName && (chosen.namespace ?? '') === streamnamespace
}

export function keyOf({ streamName, streamnamespace = '' }: OfferedStream): string {
  return JSON.stringify([streamnamespace, streamName])
}

export const hourly = '0 0 * * * ?'
export const manual = 'manual'

/** What stands in the fields at first. */
export function usualOf(source: Actor, destination: Actor, model: Connection | undefined) {
  if (model === undefined) {
    return {
      name: `${source.name} to ${destination.name}`,
      prefix: '',
      cron: hourly,
      follows: false,
    }
  }
  const { name, prefix, schedule, followsSource: follows = false } = model
  return { name: `${name}, copy`, prefix, cron: schedule.cronExpression ?? manual, follows }
}

/** What has no field: as the model has it. */
export function likeModel(model: Connection | undefined) {
  if (model === undefined) return { nonBreakingSchemaUpdatesBehavior: 'propagate_columns' }
  const { namespaceDefinition, namespaceFormat, postSyncCommand } = model
  return {
    nonBreakingSchemaUpdatesBehavior: model.nonBreakingSchemaUpdatesBehavior,
    namespaceDefinition,
    ...(namespaceFormat === undefined ? {} : { namespaceFormat }),
    ...(postSyncCommand === undefined ? {} : { postSyncCommand }),
  }
}
