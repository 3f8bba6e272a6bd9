// Which states may leave: one goes back to the platform only when every record that came before
// it is durable (L3), in the order in which they came. Counts only, no I/O.
import type { StateMessage, StreamDescriptor } from '../protocol/message.ts'

interface Waiting {
  state: StateMessage
  /** Records of each stream that must be durable first. */
  upTo: { stream: string; records: number }[]
  recordCount: number
}

export class Ledger {
  readonly #received = new Map<string, number>()
  readonly #durable = new Map<string, number>()
  /** Records that the last state of a stream covered. */
  readonly #covered = new Map<string, number>()
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

  state(state: StateMessage): void {
    const descriptor = state.stream?.stream_descriptor
    // A global or a legacy state speaks for all streams.
    const streams = descriptor
      ? [streamKey(descriptor.name, descriptor.namespace)]
      : [...this.#received.keys()]
    let recordCount = 0
    const upTo = streams.map((stream) => {
      const records = this.received(stream)
      recordCount += records - (this.#covered.get(stream) ?? 0)
      this.#covered.set(stream, records)
      return { stream, records }
    })
    this.#waiting.push({ state, upTo, recordCount })
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
    return free.map(({ state, recordCount }) => ({ ...state, destinationStats: { recordCount } }))
  }

  #isFree({ upTo }: Waiting): boolean {
    return upTo.every(({ stream, records }) => (this.#durable.get(stream) ?? -1) >= records)
  }
}

/** Platforms write a namespace that is not there as null, too. */
export function streamKey(name: string, namespace?: string | null): string {
  return namespace === undefined || namespace === null ? name : `${namespace}\0${name}`
}
