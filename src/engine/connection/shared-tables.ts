// Which connections write the tables that another one writes or would write (pure). It is not
// refused, since two sources may well be kept in one table; whoever makes it should know.
import type { StreamDescriptor } from '../../protocol/message.ts'
import type { Connection, NamingRule } from '../store/connection.ts'
import { nameStreams, streamKey } from './naming.ts'

export interface SharedTable {
  connectionId: string
  name: string
  /** As the destination knows them. */
  streams: StreamDescriptor[]
}

export function sharedTables(
  rule: NamingRule,
  streams: StreamDescriptor[],
  others: Pick<Connection, 'connectionId' | 'name' | 'streams' | keyof NamingRule>[],
): SharedTable[] {
  const written = new Set(nameStreams(rule, streams).map((one) => streamKey(one.destination)))
  return others.flatMap((other) => {
    const shared = nameStreams(other, other.streams)
      .map((one) => one.destination)
      .filter((one) => written.has(streamKey(one)))
    const { connectionId, name } = other
    return shared.length === 0 ? [] : [{ connectionId, name, streams: shared }]
  })
}

/** Of the tables that a job writes and other connections too, for its log. */
export function sharedNotes(
  connection: Pick<Connection, 'connectionId' | keyof NamingRule>,
  streams: StreamDescriptor[],
  all: Parameters<typeof sharedTables>[2],
): string[] {
  const others = all.filter(({ connectionId }) => connectionId !== connection.connectionId)
  return sharedTables(connection, streams, others).map(({ name, streams: shared }) => {
    const tables = shared.map((one) => [one.namespace, one.name].filter(Boolean).join('.'))
    const what = tables.length === 1 ? 'table' : 'tables'
    return (
      `the connection “${name}” writes to the ${what} ${tables.join(', ')} too: what is read ` +
      'again of one takes out what the other brought; give one of them a prefix or a namespace'
    )
  })
}
