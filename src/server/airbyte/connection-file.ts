// `airbyte/connection.yaml`: what an Airbyte is to look like, in a person's own hands. What an
// option says stands in it by the option's name; what is secret never does.
import { type Static, Type } from '../../std/type.ts'
import { configurationErrors } from '../../engine/connector/validation.ts'
import { table } from '../options.ts'
import type { Settings } from '../settings.ts'
import { connectionYaml, invalid, parsed } from './connection-yaml.ts'

const strict = { additionalProperties: false }
const Name = Type.String({ minLength: 1 })

const Actor = Type.Object(
  {
    name: Name,
    image: Type.Optional(Type.String({ pattern: '^[^ ]+:[A-Za-z0-9_][A-Za-z0-9_.-]*$' })),
    configuration: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  strict,
)

const Stream = Type.Object(
  {
    name: Name,
    syncMode: Type.String(),
    cursorField: Type.Optional(Type.Array(Type.String())),
    primaryKey: Type.Optional(Type.Array(Type.Array(Type.String()))),
    selectedFields: Type.Optional(Type.Array(Type.Object({ fieldPath: Type.Array(Name) }))),
  },
  strict,
)

const Connection = Type.Object(
  {
    name: Name,
    status: Type.Optional(Type.Enum(['active', 'inactive'])),
    schedule: Type.Optional(
      Type.Object(
        { scheduleType: Type.Enum(['manual', 'cron']), cronExpression: Type.Optional(Name) },
        strict,
      ),
    ),
    nonBreakingSchemaUpdatesBehavior: Type.Optional(
      Type.Enum(['ignore', 'disable_connection', 'propagate_columns', 'propagate_fully']),
    ),
    followsSource: Type.Optional(Type.Enum(['keep', 'on', 'off'])),
    postSyncCommand: Type.Optional(Type.String()),
    configurations: Type.Object({ streams: Type.Array(Stream, { minItems: 1 }) }, strict),
  },
  strict,
)

const Shape = Type.Object(
  { source: Actor, destination: Actor, connection: Connection },
  { ...strict, required: ['source', 'destination', 'connection'] },
)

export type ConnectionFile = Static<typeof Shape>
export type FileActor = Static<typeof Actor>

export async function connectionFile({
  options,
}: Pick<Settings, 'options'>): Promise<ConnectionFile> {
  const values = new Map<string, string | undefined>()
  for (const [key, { env, type }] of Object.entries(table)) {
    const value = options[key as keyof typeof table]
    if (type !== 'secret') values.set(env, value === undefined ? undefined : String(value))
  }
  return readConnection(await connectionYaml(), values)
}

/** Pure: the file's text, with the options' values by their names. */
export async function readConnection(
  text: string,
  values: ReadonlyMap<string, string | undefined>,
): Promise<ConnectionFile> {
  const file = filled(parsed(text), values)
  const errors = await configurationErrors({ ...Shape }, file as Record<string, unknown>)
  const [first] = errors
  if (!first) return file as ConnectionFile
  throw invalid(`${first.pointer.slice(1).replaceAll('/', '.') || 'it'} ${first.message}`)
}

function filled(value: unknown, values: ReadonlyMap<string, string | undefined>): unknown {
  if (typeof value === 'string') return valueOf(value, values)
  if (Array.isArray(value)) return value.map((one) => filled(one, values))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, one]) => [key, filled(one, values)] as const)
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined))
}

function valueOf(text: string, values: ReadonlyMap<string, string | undefined>) {
  const [, name] = /^\$\{(\w+)\}$/.exec(text) ?? []
  if (name === undefined) return text
  if (values.has(name)) return values.get(name)
  throw invalid(`\${${name}} is no option, or a secret one: ./tartan options lists them`)
}
