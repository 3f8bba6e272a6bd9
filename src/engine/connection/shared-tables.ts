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
