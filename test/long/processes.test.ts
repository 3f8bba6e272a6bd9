// Two processes of plaid-api on one store and one port, as the supervisor runs them: banks change,
// are pulled and end while now one, now the other is killed; afterwards bank, store and warehouse
// are equal.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { one, sql } from '../../src/postgres/query.ts'
import { patiently as askPatiently } from '../support/patiently.ts'
import { startSystem, type System } from '../support/system.ts'
import { pidOf } from '../support/victims.ts'

/** `TARTAN_TEST_ITEMS=1000`: as many as a fintech's. */
const items = Number(process.env['TARTAN_TEST_ITEMS'] ?? 40)
const rowsOfItem = 60
const kills = 4
const MINUTES = 60_000
let system: System

beforeAll(async () => {
  system = await startSystem({
    PLAID_API_PROCESSES: '2',
    PLAID_POLL_MINUTES: '1',
    TARTAN_EMULATOR_RATE_LIMITS: 'off',
  })
}, 10 * MINUTES)
afterAll(() => system[Symbol.asyncDispose](), 2 * MINUTES)

test(
  'killed in turn while banks change and end, both leave everything equal',
  async () => {
    const ids = await linkAll()
    await pulledAll(ids.length)
    const pullers = await one<{ n: number }>(
      system.store,
      sql`select count(distinct pid)::int as n from pg_stat_activity
        where application_name = 'plaid-api' and query like '%plaid.item%'`,
    )
    expect(pullers.n).toBeGreaterThan(1)
    const share = items / kills
    const gone = ids.slice(0, share)
    for (let kill = 0; kill < kills; kill++) {
      for (const item_id of ids.slice(share * kill, share * (kill + 1))) {
        if (!gone.includes(item_id)) {
          await system.emulator({ mutate: { item_id, modify: 20, add: 10, remove: 5 } })
        }
      }
      const everyOne = patiently(() => system.post('/sync', {}))
      const name = kill % 2 === 0 ? 'plaid-api' : 'plaid-api-2'
      const pid = pidOf(system, name)
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
      await everyOne
      const [leaving] = gone.splice(0, 1)
      if (leaving !== undefined) await patiently(() => erase(leaving))
      await patiently(async () => expect(pidOf(system, name)).not.toBe(pid))
    }
    await patiently(() => system.tartan('plaid-sync'))
    await patiently(() => system.tartan('sync'))
    const told = await system.tartan('verify')
    expect(told).not.toContain('✗')
  },
  25 * MINUTES,
)

/** Of owners of their own: nobody's second link. */
async function linkAll(): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < items; n++) {
    const { item_id: id } = await patiently(() =>
      system.post<{ item_id: string }>('/items/sandbox', {
        institution_id: 'ins_109508',
        username: `user_scale_${rowsOfItem}`,
        client_user_id: `owner-${n}`,
      }),
    )
    ids.push(id)
  }
  return ids
}

/** By the poll alone, whichever process does it. */
async function pulledAll(count: number): Promise<void> {
  await patiently(async () => {
    const { n } = await one<{ n: number }>(
      system.store,
      sql`select count(*)::int as n from plaid.item where history_complete`,
    )
    expect(n).toBeGreaterThanOrEqual(count)
  })
}

async function erase(itemId: string): Promise<void> {
  const { status } = await system.get<{ status: string }>(`/items/${itemId}`)
  if (status !== 'erased' && status !== 'erasing') {
    await system.tartan('erase', itemId, '--yes')
  }
}

/** A caller of the killed one hears nothing, and asks again. */
function patiently<T>(work: () => Promise<T>): Promise<T> {
  return askPatiently(work, 5 * MINUTES)
}
