// Twelve thousand Items of one bank, whose application is told of everything: at each look more
// webhooks than may wait, each signed and delivered at its bank's own time.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { events, startReceiver } from '../support/receiver.ts'
import { PLATYPUS, startEmulator } from '../support/emulator.ts'

const items = 12_000
const minutesMax = 6
const megabytesMax = 250

test(
  'twelve thousand Items live through three days: nothing is left out, in bounded memory',
  { timeout: minutesMax * 60_000 },
  async () => {
    const counts = new Map<unknown, number>()
    await using receiver = await startReceiver((response, { body }) => {
      counts.set(body['item_id'], (counts.get(body['item_id']) ?? 0) + 1)
      receiver.received.length = 0
      response.end()
    })
    await using bench = await startEmulator()
    const options = { webhook: receiver.url, transactions: { days_requested: 90 } }
    for (let i = 0; i < items; i++) await bench.link(PLATYPUS, options)
    await bench.advance('3d')
    expect(aliveMb()).toBeLessThan(megabytesMax)
    const [first] = counts.values()
    expect(first).toBeGreaterThan(5)
    expect([...counts.values()]).toEqual(Array.from({ length: items }, () => first))
    const late = await events(bench, { delivery_statuses: ['PENDING', 'FAILED'] })
    expect(late.webhook_events).toEqual([])
  },
)

/** After a full collection: what this process has beside it tells when one last ran, no more. */
function aliveMb(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}
