// The whole way, with nobody asking for anything: something comes at a bank, Plaid says so, and the
// warehouse has it. test/long/webhooks.pg.test.ts has plaid-api killed in the midst of it.
import { expect, test } from 'vitest'
import type { WebhookRow, WebhookStatus } from '../../src/plaid-api/webhook/shapes.ts'
import { startSystem, transactionsNamed } from '../support/system.ts'

const MINUTES = 60_000

test(
  'what comes at a bank is in the warehouse by itself, and what was told is shown',
  { timeout: 8 * MINUTES },
  async () => {
    await using system = await startSystem({ TARTAN_PUBLIC_URL: '', TARTAN_SYNC_FOLLOW: 'on' })
    const { given } = system.settings
    await system.emulator({ add_transaction: { item_id: 'first', name: 'News', amount: 7 } })
    await expect.poll(() => transactionsNamed(system, 'News'), { timeout: MINUTES }).toBe(1)
    const listed = await system.tartan('webhooks', '--json', '--code', 'SYNC_UPDATES_AVAILABLE')
    const webhooks = JSON.parse(listed) as WebhookRow[]
    expect(webhooks[0]).toMatchObject({ outcome: 'pull', pull: { added: 1 } })
    expect(await system.tartan('webhooks', '-n', '3')).toMatch(/SYNC_UPDATES_AVAILABLE/)
    const told = await system.tartan('webhooks', '--status', '--json')
    const status = JSON.parse(told) as WebhookStatus
    expect(status.address).toBe(`http://127.0.0.1:${given['PLAID_API_PORT']}/webhooks/plaid`)
    expect(status.items.failed).toBe(0)
    expect(await system.tartan('webhooks', '--status')).toContain(`Address: ${status.address}`)
    expect(await system.tartan('status')).toContain(', and when the store has news')
    await system.tartan('verify')
  },
)
