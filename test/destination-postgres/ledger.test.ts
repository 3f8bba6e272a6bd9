// L3 as a property: whatever arrives and commits in whatever order, no state leaves before its
// records, none is lost, and a stream's states keep their order.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ledger } from '../../src/destination-postgres/ledger.ts'

const step = fc.record({
  kind: fc.constantFrom('record', 'record', 'state', 'commit', 'global'),
  stream: fc.constantFrom('a', 'b'),
})

test('a state leaves only after every record before it is durable, and in order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ledger = new Ledger([{ name: 'a' }, { name: 'b' }])
      const received: Record<string, number> = { a: 0, b: 0 }
      const durable: Record<string, number> = { a: -1, b: -1 }
      const needs: { streams: string[]; upTo: Record<string, number> }[] = []
      const left: number[] = []
      const release = () => {
        for (const { id = -1 } of ledger.release()) {
          const need = needs[id]!
          for (const name of need.streams)
            expect(durable[name]).toBeGreaterThanOrEqual(need.upTo[name]!)
          left.push(id)
        }
      }
      for (const { kind, stream } of steps) {
        if (kind === 'record') {
          ledger.record(stream)
          received[stream]!++
        } else if (kind === 'commit') {
          ledger.durable(stream, received[stream]!)
          durable[stream] = received[stream]!
        } else {
          const streams = kind === 'state' ? [stream] : ['a', 'b']
          const id = needs.push({ streams, upTo: { ...received } }) - 1
          const own = { stream: { stream_descriptor: { name: stream } } }
          ledger.state({ id, ...(kind === 'state' ? own : {}) })
        }
        release()
      }
      for (const name of ['a', 'b']) {
        ledger.durable(name, received[name]!)
        durable[name] = received[name]!
      }
      release()
      expect(left.toSorted((x, y) => x - y)).toEqual(needs.map((_, id) => id))
      for (const name of ['a', 'b']) {
        const own = left.filter((id) => needs[id]!.streams.includes(name))
        expect(own).toEqual(own.toSorted((x, y) => x - y))
      }
    }),
  )
})

test('destinationStats count the records since the stream’s last state', () => {
  const ledger = new Ledger([{ name: 'a', namespace: 'n' }])
  const stream = { stream_descriptor: { name: 'a', namespace: 'n' } }
  ledger.record('n\0a')
  ledger.record('n\0a')
  ledger.state({ stream, id: 1 })
  ledger.record('n\0a')
  ledger.state({ stream, id: 2 })
  ledger.durable('n\0a', 3)
  expect(ledger.release().map((state) => state.destinationStats?.recordCount)).toEqual([2, 1])
})
