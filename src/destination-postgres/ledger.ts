// Which states may leave: one goes back to the platform only when every record that came before
// it is durable (L3), in the order in which they came. Counts only, no I/O.
import type { StateMessage, StreamDescriptor, StreamStats } from '../protocol/message.ts'

interface Waiting {
  state: StateMessage
  /** Records of each stream that must be durable first. */
  upTo: { stream: string; records: number }[]
  stats: StreamStats
}

export class Ledger {
  readonly #received = new Map<string, number>()
  /** Of the received ones: what could not be taken, and is in no table. */
  readonly #rejected = new Map<string, number>()
  readonly #durable = new Map<string, number>()
  /** Records that the last state of a stream covered. */
  readonly #covered = new Map<string, { records: number; rejected: number }>()
  #waiting: Waiting[] = []

  constructor(streams: readonly StreamDescriptor[]) {
    for (const { name, namespace } of streams) this.#received.set(streamKey(name, namespace), 0)
  }

  received(stream: string): number {
    return this.#received.get(stream) ?? 0
  }

  record(stream: string): void {
    this.#received.set(stream, this.received(stream) + 1)
  }

  rejected(stream: string): number {
    return this.#rejected.get(stream) ?? 0
  }

  /** The record that came last could not be taken. */
  reject(stream: string): void {
    this.#rejected.set(stream, this.rejected(stream) + 1)
  }

  state(state: StateMessage): void {
    const descriptor = state.stream?.stream_descriptor
    // A global or a legacy state speaks for all streams.
    const streams = descriptor
      ? [streamKey(descriptor.name, descriptor.namespace)]
      : [...this.#received.keys()]
    let came = 0
    let refused = 0
    const upTo = streams.map((stream) => {
      const records = this.received(stream)
      const rejected = this.rejected(stream)
      const before = this.#covered.get(stream)
      came += records - (before?.records ?? 0)
      refused += rejected - (before?.rejected ?? 0)
      this.#covered.set(stream, { records, rejected })
      return { stream, records }
    })
    this.#waiting.push({ state, upTo, stats: statsOf(came, refused) })
  }

  /** The first `records` records of the stream are committed. */
  durable(stream: string, records: number): void {
    this.#durable.set(stream, Math.max(records, this.#durable.get(stream) ?? 0))
  }

  /** Takes out the states that may leave now, each as it came, with what was written for it. */
  release(): StateMessage[] {
    const free: Waiting[] = []
    const held: Waiting[] = []
    const behind = new Set<string>()
    for (const waiting of this.#waiting) {
      const streams = waiting.upTo.map(({ stream }) => stream)
      if (this.#isFree(waiting) && !streams.some((stream) => behind.has(stream))) {
        free.push(waiting)
        continue
      }
      held.push(waiting)
      for (const stream of streams) behind.add(stream)
    }
    this.#waiting = held
    return free.map(({ state, stats }) => ({ ...state, destinationStats: stats }))
  }

  #isFree({ upTo }: Waiting): boolean {
    return upTo.every(({ stream, records }) => (this.#durable.get(stream) ?? -1) >= records)
  }
}

export function statsOf(records: number, rejected: number): StreamStats {
  const recordCount = records - rejected
  return rejected === 0 ? { recordCount } : { recordCount, rejectedRecordCount: rejected }
}

/** Platforms write a namespace that is not there as null, or as an empty text, too. */
export function streamKey(name: string, namespace?: string | null): string {
  return (namespace ?? '') === '' ? name : `${namespace}\0${name}`
}
