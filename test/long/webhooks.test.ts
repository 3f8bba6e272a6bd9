// A thousand Items whose application is told of everything for a month: some seventy thousand
// webhooks, each signed and delivered at its bank's own time.
import { expect, test } from 'vitest'
import { monotonicMs } from '../../src/std/clock.ts'
import { events, startReceiver } from '../plaid-emulator/receiver.ts'
import { PLATYPUS, startEmulator } from '../plaid-emulator/support.ts'

const items = 1_000
const minutesMax = 3
const megabytesMax = 800

test(
  'a thousand Items live through a month: nothing is left out, soon, in bounded memory',
  { timeout: 2 * minutesMax * 60_000 },
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
    const from = monotonicMs()
    await bench.advance('30d')
    expect(monotonicMs() - from).toBeLessThan(minutesMax * 60_000)
    expect(process.memoryUsage.rss() / 2 ** 20).toBeLessThan(megabytesMax)
    const [first] = counts.values()
    expect(first).toBeGreaterThan(30)
    expect([...counts.values()]).toEqual(Array.from({ length: items }, () => first))
    const late = await events(bench, { delivery_statuses: ['PENDING', 'FAILED'] })
    expect(late.webhook_events).toEqual([])
  },
)
