// Whether both connectors count the records that passed here, at every state (pure). A difference
// fails nothing, as in Airbyte: what is stored is bound to what came back. But it is told.
import type { StreamStats } from '../../protocol/message.ts'
import { exactText } from '../../std/exact-json.ts'
import type { NamedStream } from '../connection/naming.ts'

export function createCountCheck(streams: NamedStream[]) {
  const told = new Set<string>()
  let notes: string[] = []
  /** Records up to the last state that came back. */
  const returned = new Map<number, number>()
  const compare = (side: string, order: number, said: number, records: number) => {
    const key = `${side} ${order}`
    // Once for each: of a connector that counts in another way every state differs.
    if (said === records || Number.isNaN(said) || told.has(key)) return
    told.add(key)
    const of = streams[order]?.source.name ?? 'the connection'
    notes.push(`the ${side} counts ${said} records before a state of ${of}, and ${records} passed`)
  }
  return {
    /** `order`: a stream's index, or what all of them share; `records`: since the state before. */
    source: (order: number, stats: StreamStats | undefined, records: number) => {
      compare('source', order, numberOf(stats?.recordCount), records)
    },
    /** `records`: of the attempt, up to this state. Of one that stays away the next tells. */
    destination: (order: number, stats: StreamStats | undefined, records: number) => {
      const said = numberOf(stats?.recordCount) + numberOf(stats?.rejectedRecordCount ?? 0)
      compare('destination', order, said, records - (returned.get(order) ?? 0))
      returned.set(order, records)
    },
    /** What was noticed since the last call. */
    notes: (): string[] => {
      const taken = notes
      notes = []
      return taken
    },
  }
}

/** Python writes counts as fractions, 5.0. */
function numberOf(count: unknown): number {
  return Number(exactText(count) ?? Number.NaN)
}
