// What comes at a bank is in the warehouse by itself, also when plaid-api is killed in the midst of
// it: what was pulled at that moment is pulled again when its lease has lapsed.
import { expect, test } from 'vitest'
import { one, sql } from '../../src/postgres/query.ts'
import { readStatus } from '../../src/server/supervisor/status.ts'
import { startSystem, type System, transactionsNamed } from '../support/system.ts'
import { signal } from '../support/victims.ts'

const MINUTES = 60_000

test(
  'what Plaid told is in the warehouse, whoever was killed meanwhile',
  { timeout: 8 * MINUTES },
  async () => {
    await using system = await startSystem({ TARTAN_PUBLIC_URL: '', TARTAN_SYNC_FOLLOW: 'on' })
    const times = 12
    for (let n = 0; n < times; n++) {
      const name = `Killed ${n}`
      await system.emulator({ add_transaction: { item_id: 'last', name, amount: n + 1 } })
      if (n % 5 === 2) await kill(system, 'plaid-api')
    }
    await expect.poll(() => left(system), { timeout: MINUTES }).toBe(0)
    // What came while nobody listened Plaid sends again.
    await system.emulator({ advance: '3m' })
    await expect
      .poll(() => transactionsNamed(system, 'Killed'), { timeout: 3 * MINUTES })
      .toBe(times)
    await system.tartan('verify')
  },
)

/** As soon as it runs: one that was killed is started again. */
async function kill(system: System, name: string): Promise<void> {
  const runs = () => {
    const processes = readStatus(system.settings.dataFolder)?.processes ?? []
    return processes.find((process) => process.name === name)?.state
  }
  await expect.poll(runs, { timeout: MINUTES }).toBe('running')
  expect(signal(system, name, 'SIGKILL')).toBe(true)
}

async function left(system: System): Promise<number> {
  const row = await one<{ n: number }>(
    system.store,
    sql`select count(*)::int as n from plaid.webhook_event where worked_at is null`,
  )
  return row.n
}
