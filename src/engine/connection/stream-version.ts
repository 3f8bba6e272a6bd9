// What each stream of a connection is (pure): everything that says where its rows land, and which
// rows and columns. It is kept with the state that was earned with it (L3).
import type { AirbyteStream } from '../../protocol/message.ts'
import { must } from '../../std/errors.ts'
import type { Connection } from '../store/connection.ts'
import type { StreamVersion } from '../store/state.ts'
import { selected } from './catalog.ts'
import { descriptor, nameStreams } from './naming.ts'
import { cursorOf, primaryKeyOf, streamOf } from './stream-choice.ts'

/** What a connection says of its streams. */
export type Plan = Pick<
  Connection,
  | 'sourceId'
  | 'destinationId'
  | 'streams'
  | 'catalog'
  | 'namespaceDefinition'
  | 'namespaceFormat'
  | 'prefix'
>

/** In the order of the connection's streams. `configuration` is the destination's fingerprint. */
export function versionsOf(plan: Plan, configuration: string): StreamVersion[] {
  const streams = plan.streams.map(({ name, namespace }) => descriptor(name, namespace))
  const names = nameStreams(plan, streams)
  return plan.streams.map((choice, i) => {
    const stream = streamOf(plan.catalog, choice)
    return {
      sourceId: plan.sourceId,
      destinationId: plan.destinationId,
      configuration,
      stream: must(names[i], 'every stream has its names').destination,
      syncMode: choice.syncMode,
      primaryKey: primaryKeyOf(stream, choice),
      cursorField: cursorOf(stream, choice),
      fields: fieldsOf(selected(stream, choice)),
    }
  })
}

/** Names of a stream's fields, with their types. */
export function fieldsOf(stream: AirbyteStream): Record<string, string> {
  const properties = stream.json_schema['properties']
  if (typeof properties !== 'object' || properties === null) return {}
  return Object.fromEntries(
    Object.entries(properties).map(([field, schema]) => [field, typeOf(schema)]),
  )
}

/**
 * Nothing of a description, or of whether it may be null: neither changes a column. Alternatives
 * are what they are together.
 */
function typeOf(schema: unknown): string {
  if (typeof schema !== 'object' || schema === null) return 'any'
  const { type, format, airbyte_type: airbyteType, ...rest } = schema as Record<string, unknown>
  const types = [type].flat().filter((one) => typeof one === 'string' && one !== 'null')
  const given = rest['oneOf'] ?? rest['anyOf'] ?? rest['allOf']
  if (types.length === 0 && Array.isArray(given)) {
    const all = given.filter((one) => !isNull(one)).flatMap((one) => typeOf(one).split('|'))
    if (all.length > 0) return sorted([...new Set(all)]).join('|')
  }
  return [sorted(types.map(String)).join('|') || 'any', format, airbyteType]
    .filter((one) => typeof one === 'string')
    .join(' ')
}

function isNull(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'null'
}

function sorted(texts: string[]): string[] {
  return texts.sort((a, b) => (a < b ? -1 : 1))
}
