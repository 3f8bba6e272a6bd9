// What a connection makes of a source that offers other streams or fields than it did (pure): what
// it follows, what it leaves, and when it stops until a person has looked. What a new field means
// for the rows that are there, change.ts says.
import type { AirbyteCatalog, AirbyteStream } from '../../protocol/message.ts'
import { ConfigError } from '../../std/errors.ts'
import type { Connection, Pause, StreamChoice } from '../store/connection.ts'
import { descriptor, nameStreams, sameStream, streamKey } from './naming.ts'
import { chooseStreams, cursorOf, streamOf } from './stream-choice.ts'
import { fieldsOf } from './stream-version.ts'
import { type DestinationMeans, modesOf, syncModes } from './sync-mode.ts'

type Followed = Pick<
  Connection,
  | 'streams'
  | 'catalog'
  | 'nonBreakingSchemaUpdatesBehavior'
  | 'namespaceDefinition'
  | 'namespaceFormat'
  | 'prefix'
>

export interface SchemaChange {
  /** What the connection has from now on; undefined: what it has. */
  adopted: Pick<Connection, 'catalog' | 'streams'> | undefined
  /** Of its streams those that the source still offers: the others are not read. */
  present: StreamChoice[]
  /** It is not synced until somebody says that it should be. */
  pause: Pause | undefined
  /** Sentences for the job's log. */
  notes: string[]
}

export function schemaChange(
  connection: Followed,
  offered: AirbyteCatalog,
  means: DestinationMeans | undefined,
): SchemaChange {
  const { streams, nonBreakingSchemaUpdatesBehavior: behavior } = connection
  const present = streams.filter((choice) => find(offered, choice))
  const nothing = { adopted: undefined, present: streams, notes: [] }
  const breaking = breakingReason(connection, present, offered, means)
  if (breaking !== undefined) {
    return { ...nothing, pause: { reason: `${breaking} ${HELP}`, breaking: true } }
  }
  const differences = differencesOf(connection.catalog, offered)
  if (behavior === 'disable_connection') {
    if (differences.length === 0) return { ...nothing, pause: undefined }
    const reason = `The source changed: ${listed(differences)}. ${HELP}`
    return { ...nothing, pause: { reason, breaking: false } }
  }
  if (present.length === 0) {
    const reason = `The source offers none of the chosen streams any more. ${HELP}`
    return { ...nothing, pause: { reason, breaking: true } }
  }
  return follow(connection, present, offered, means)
}

const HELP =
  'Nothing is synced until the connection is set to active, with streams that the source has.'

function follow(
  connection: Followed,
  present: StreamChoice[],
  offered: AirbyteCatalog,
  means: DestinationMeans | undefined,
): SchemaChange {
  const notes: string[] = []
  const followed = present.map((choice) => {
    const before = streamOf(connection.catalog, choice)
    const now = streamOf(offered, choice)
    const about = streamDifferences(before, now)
    if (about.length === 0) return { choice, stream: before }
    notes.push(...about)
    return { choice: chosenAgain(before, now, choice, means), stream: now }
  })
  const changed = notes.length > 0
  for (const choice of connection.streams) {
    if (present.includes(choice)) continue
    notes.push(`the source has no stream ${choice.name} any more: its table stays as it is`)
  }
  const wide = connection.nonBreakingSchemaUpdatesBehavior === 'propagate_fully'
  const added = wide ? addedStreams(connection, offered, means, notes) : []
  const all = [...followed, ...added]
  const choices = new Map(all.map(({ choice }) => [streamKey(choice), choice]))
  const adopted = {
    streams: [
      ...connection.streams.map((choice) => choices.get(streamKey(choice)) ?? choice),
      ...added.map(({ choice }) => choice),
    ],
    catalog: withStreams(
      connection.catalog,
      all.map(({ stream }) => stream),
    ),
  }
  return {
    adopted: changed || added.length > 0 ? adopted : undefined,
    present: all.map(({ choice }) => choice),
    pause: undefined,
    notes,
  }
}

/** A change breaks a stream after which it would be refused as it was chosen. */
export function breakingReason(
  { catalog }: Pick<Connection, 'catalog'>,
  present: StreamChoice[],
  offered: AirbyteCatalog,
  means: DestinationMeans | undefined,
): string | undefined {
  for (const choice of present) {
    try {
      chosenAgain(streamOf(catalog, choice), streamOf(offered, choice), choice, means)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return `The source changed, and breaks the stream ${choice.name}: ${error.message}`
    }
  }
  return undefined
}

/** With what is new, and without what is gone, of the fields; what was left out stays so. */
function chosenAgain(
  before: AirbyteStream,
  now: AirbyteStream,
  choice: StreamChoice,
  means: DestinationMeans | undefined,
): StreamChoice {
  const known = fieldsOf(before)
  const has = fieldsOf(now)
  const { selectedFields = [], ...rest } = choice
  const kept = selectedFields.filter(({ fieldPath: [field = ''] }) => Object.hasOwn(has, field))
  const added = Object.keys(has)
    .filter((field) => !Object.hasOwn(known, field))
    .map((field) => ({ fieldPath: [field] }))
  // A selection of nothing would mean everything.
  if (selectedFields.length > 0 && kept.length + added.length === 0) {
    throw new ConfigError('FIELDS_GONE', 'it has none of the selected fields any more.')
  }
  const fields = selectedFields.length > 0 ? { selectedFields: [...kept, ...added] } : {}
  requireCursor(before, now, choice)
  const [chosen = choice] = chooseStreams({ streams: [now] }, [{ ...rest, ...fields }], means)
  return chosen
}

/** What its source defines is not refused at the door, and may go all the same. */
function requireCursor(before: AirbyteStream, now: AirbyteStream, choice: StreamChoice): void {
  const [field] = cursorOf(now, choice)
  if (modesOf(choice)[0] !== 'incremental' || field === undefined) return
  if (!Object.hasOwn(fieldsOf(before), field) || Object.hasOwn(fieldsOf(now), field)) return
  throw new ConfigError('CURSOR_GONE', `it has not its cursor ${field} any more.`)
}

interface Added {
  choice: StreamChoice
  stream: AirbyteStream
}

function addedStreams(
  connection: Followed,
  offered: AirbyteCatalog,
  means: DestinationMeans | undefined,
  notes: string[],
): Added[] {
  const places = new Set(
    nameStreams(connection, connection.streams).map(({ destination }) => streamKey(destination)),
  )
  return offered.streams.flatMap((stream): Added[] => {
    const { name } = stream
    if (find(connection.catalog, stream)) return []
    const [named] = nameStreams(connection, [descriptor(name, stream.namespace)])
    const place = named ? streamKey(named.destination) : ''
    const taken = places.has(place)
    const choice = taken ? undefined : firstChoice(stream, means)
    if (!choice) {
      const why = taken ? 'another one has its table' : 'source and destination share no sync mode'
      notes.push(`the new stream ${name} is not synced: ${why}`)
      return []
    }
    places.add(place)
    notes.push(`the stream ${name} is new, and synced from now on: ${choice.syncMode}`)
    return [{ choice, stream }]
  })
}

/** As Airbyte adds a stream: by its changes if it tells them, whole otherwise. */
export function firstChoice(
  stream: AirbyteStream,
  means: DestinationMeans | undefined,
): StreamChoice | undefined {
  for (const syncMode of PREFERRED) {
    try {
      const request = { ...descriptor(stream.name, stream.namespace), syncMode }
      return chooseStreams({ streams: [stream] }, [request], means)[0]
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
    }
  }
  return undefined
}

const PREFERRED = [
  'incremental_deduped_history',
  'full_refresh_overwrite',
  ...syncModes.filter((mode) => mode.endsWith('append')),
]

function differencesOf(before: AirbyteCatalog, now: AirbyteCatalog): string[] {
  return [
    ...before.streams.flatMap((stream) => {
      const found = find(now, stream)
      return found ? streamDifferences(stream, found) : [`the stream ${stream.name} is gone`]
    }),
    ...now.streams
      .filter((stream) => !find(before, stream))
      .map((stream) => `the stream ${stream.name} is new`),
  ]
}

function streamDifferences(before: AirbyteStream, now: AirbyteStream): string[] {
  const [had, has] = [fieldsOf(before), fieldsOf(now)]
  const of = `of the stream ${now.name}`
  const fields = [...new Set([...Object.keys(had), ...Object.keys(has)])].flatMap((field) => {
    if (had[field] === has[field]) return []
    if (had[field] === undefined) return [`the field ${field} ${of} is new`]
    if (has[field] === undefined) return [`the field ${field} ${of} is gone`]
    return [`the field ${field} ${of} is ${has[field]}, and was ${had[field]}`]
  })
  const traits = TRAITS.filter(([trait]) => text(before[trait]) !== text(now[trait]))
  return [...fields, ...traits.map(([, name]) => `the ${name} ${of} is another`)]
}

const TRAITS = [
  ['source_defined_primary_key', 'primary key'],
  ['default_cursor_field', 'cursor'],
  ['source_defined_cursor', 'cursor'],
  ['supported_sync_modes', 'list of sync modes'],
] as const

function text(value: unknown): string {
  return JSON.stringify(value ?? null)
}

function find(
  catalog: AirbyteCatalog,
  wanted: Pick<StreamChoice, 'name' | 'namespace'>,
): AirbyteStream | undefined {
  const stream = descriptor(wanted.name, wanted.namespace)
  return catalog.streams.find((one) => sameStream(one, stream))
}

/** Described anew where they were, the others behind them. */
function withStreams(catalog: AirbyteCatalog, streams: AirbyteStream[]): AirbyteCatalog {
  const of = (stream: AirbyteStream) => streamKey(descriptor(stream.name, stream.namespace))
  const byKey = new Map([...catalog.streams, ...streams].map((stream) => [of(stream), stream]))
  return { ...catalog, streams: [...byKey.values()] }
}

/** Differences that are told; the others are counted. */
const toldMax = 5

function listed(differences: string[]): string {
  const told = differences.slice(0, toldMax).join('; ')
  const more = differences.length - toldMax
  return more > 0 ? `${told}; and ${more} more` : told
}
