// L3, L4, L6, L8: whoever is killed, whenever, one more sync makes the warehouse equal to the
// store, and nobody ever saw an overwritten table empty or half full. `TARTAN_KILL_SEED` repeats
// a run, `TARTAN_KILL_ROUNDS` makes it longer.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { followJob, startSync } from '../../src/server/airbyte/job.ts'
import { many, one, sql } from '../../src/postgres/query.ts'
import { identify, type Identity, isAlive } from '../../src/std/process.ts'
import { monotonicMs, systemClock } from '../../src/std/clock.ts'
import { must } from '../../src/std/errors.ts'
import { connect, sync } from '../support/connection.ts'
import { startSystem, type System } from '../support/system.ts'
import { patiently as askPatiently } from '../support/patiently.ts'
import { pidOf, signal, type Victim, victims } from '../support/victims.ts'

/** The long suite kills the others, too, while a table is overwritten, and that alone. */
const isLong = process.env['TARTAN_TEST_LONG'] !== undefined
const rows = 20_000
const rounds = Number(process.env['TARTAN_KILL_ROUNDS'] ?? 1)
const seed = Number(process.env['TARTAN_KILL_SEED'] ?? monotonicMs() * 1000) >>> 0
const MINUTES = 60_000
const lookEveryMs = 20

let system: System
let itemId: string

beforeAll(async () => {
  // A hundred pages and more in a minute that does not end, as the banks' clock stands.
  system = await startSystem({ TARTAN_EMULATOR_RATE_LIMITS: 'off' })
  const institution_id = 'ins_109508'
  const made = await system.post<{ item_id: string }>('/items/sandbox', {
    institution_id,
    username: `user_scale_${rows}`,
  })
  itemId = made.item_id
  await system.plaidApi.pull('incremental', itemId)
}, 5 * MINUTES)

afterAll(async () => {
  await system[Symbol.asyncDispose]()
}, MINUTES)

/** mulberry32: the same seed gives the same kills. */
function randomFrom(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

type Content = Map<string, string>

const COLUMNS = 'transaction_id, amount::text, updated_at::text'

async function storeContent(): Promise<Content> {
  const found = await many<Row>(system.store, {
    text: `select ${COLUMNS} from plaid.transaction where deleted_at is null`,
    values: [],
  })
  return content(found)
}

async function warehouseContent(schema: string): Promise<{ rows: number; content: Content }> {
  const found = await many<Row>(system.warehouse, {
    text: `select ${COLUMNS} from ${schema}.transactions`,
    values: [],
  })
  return { rows: found.length, content: content(found) }
}

interface Row {
  transaction_id: string
  amount: string
  updated_at: string
}

function content(found: Row[]): Content {
  return new Map(
    found.map((row) => [row.transaction_id, `${Number(row.amount)} ${row.updated_at}`]),
  )
}

/** Equality in both directions, and no row twice. */
async function expectEqual(schema: string): Promise<void> {
  const store = await storeContent()
  const warehouse = await warehouseContent(schema)
  expect(warehouse.rows).toBe(warehouse.content.size)
  const wrong = (a: Content, b: Content) => [...a].filter(([id, row]) => b.get(id) !== row)
  expect(wrong(store, warehouse.content).slice(0, 5)).toEqual([])
  expect(wrong(warehouse.content, store).slice(0, 5)).toEqual([])
}

/** Starts a sync, kills the victim somewhere in it, and waits for the end of the job. */
async function syncWithKill(connectionId: string, victim: Victim, afterMs: number): Promise<void> {
  const { jobId } = await startSync(system.airbyte, connectionId)
  const job = { over: false }
  const ended = patiently(() => followJob(system.airbyte, jobId, () => {}))
  void ended.finally(() => (job.over = true)).catch(() => {})
  // However busy the machine: the moment is one of the sync, not one before it.
  while (!job.over && pidOf(system, 'destination') === undefined) {
    await systemClock.sleep(lookEveryMs)
  }
  await systemClock.sleep(afterMs)
  signal(system, victim, 'SIGKILL')
  await ended
}

/** While the database is away the API answers 5xx: that is allowed, silence afterwards is not. */
function patiently<T>(work: () => Promise<T>): Promise<T> {
  return askPatiently(work, 2 * MINUTES)
}

async function change(): Promise<void> {
  const some = { modify: 300, add: 100, remove: 100 }
  await system.emulator({ mutate: { item_id: itemId, ...some } })
  await patiently(() => system.plaidApi.pull('incremental', itemId))
}

const killed = victims.filter((victim) => !isLong || victim !== 'destination')

describe.each(killed)(`killing the %s (seed ${seed})`, (victim) => {
  const random = randomFrom(seed + victims.indexOf(victim))
  const timeout = rounds * 4 * MINUTES

  if (!isLong) {
    test('a first load and a merge come out equal', { timeout }, async () => {
      for (let round = 0; round < rounds; round++) {
        const schema = `kill_${victim.replace('-', '_')}_${round}`
        const connectionId = await patiently(() => connect(system, schema))
        await syncWithKill(connectionId, victim, 300 + random() * 4_000)
        await change()
        await syncWithKill(connectionId, victim, 300 + random() * 1_500)
        await patiently(() => sync(system, connectionId))
        await expectEqual(schema)
      }
    })
  }

  if (!isLong && victim !== 'destination') return
  test('an overwritten table is whole at every moment', { timeout }, async () => {
    for (let round = 0; round < rounds; round++) {
      const schema = `over_${victim.replace('-', '_')}_${round}`
      const connectionId = await patiently(() => connect(system, schema, 'overwrite'))
      await sync(system, connectionId)
      const before = (await warehouseContent(schema)).rows
      const watching = new AbortController()
      const seen = watch(schema, watching.signal)
      await change()
      await syncWithKill(connectionId, victim, 300 + random() * 4_000)
      await patiently(() => sync(system, connectionId))
      watching.abort()
      expect([...(await seen)].filter((count) => count < before)).toEqual([])
      await expectEqual(schema)
    }
  })
})

/** Every count that a concurrent reader saw; the bank adds as many rows as it removes. */
async function watch(schema: string, stop: AbortSignal): Promise<Set<number>> {
  const seen = new Set<number>()
  while (!stop.aborted) {
    const counted = await one<{ n: number }>(system.warehouse, {
      text: `select count(*)::int as n from ${schema}.transactions`,
      values: [],
    }).catch(() => undefined) // the server may be the one that was killed
    if (counted) seen.add(counted.n)
    await systemClock.sleep(lookEveryMs, stop).catch(() => {})
  }
  return seen
}

test(
  'L6 a destination that sleeps through its replacement resurrects nothing',
  {
    timeout: 5 * MINUTES,
  },
  async () => {
    const connectionId = await connect(system, 'sleeper')
    const { jobId } = await startSync(system.airbyte, connectionId)
    const sleeper = await stopWithinCopy('sleeper')
    signal(system, 'worker', 'SIGKILL')
    await patiently(() => followJob(system.airbyte, jobId, () => {}))
    await system.emulator({ mutate: { item_id: itemId, remove: 500 } })
    await system.plaidApi.pull('incremental', itemId)
    await sync(system, connectionId)
    await expectEqual('sleeper')
    await wake(sleeper)
    await expectEqual('sleeper')
    const left = await one<{ n: number }>(
      system.warehouse,
      sql`select count(*)::int as n from sleeper.transactions`,
    )
    expect(left.n).toBeGreaterThan(rows - 2_000)
  },
)

/** Stops the destination while it copies into that schema. */
async function stopWithinCopy(schema: string): Promise<Identity> {
  const copying = {
    text: `select 1 as found from pg_stat_activity where query like $1 and state = 'active'`,
    values: [`copy %${schema}%transactions%`],
  }
  while ((await many(system.warehouse, copying)).length === 0) await systemClock.sleep(1)
  const pid = must(pidOf(system, 'destination'), 'who copies is there')
  process.kill(pid, 'SIGSTOP')
  return must(identify(pid), 'who is stopped is there')
}

/** Resolves when it has ended, as it must: its successor has done its work. */
async function wake(sleeper: Identity): Promise<void> {
  // Without its worker it may have been woken already: the kernel leaves no orphans stopped.
  if (isAlive(sleeper)) process.kill(sleeper.pid, 'SIGCONT')
  while (isAlive(sleeper)) await systemClock.sleep(lookEveryMs)
}
