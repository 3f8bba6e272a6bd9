// `./tartan bench freshness`: how old news is. A transaction comes at an emulated bank, its Plaid
// sends a signed webhook, the Item is pulled, and the connection follows its source. Each is timed
// from when the webhook was received to the store's stamp, and to when a query of the warehouse
// has the row. They come at odd moments, some within a sync of the one before.
import { setTimeout } from 'node:timers/promises'
import { one, sql } from '../src/postgres/query.ts'
import { systemClock } from '../src/std/clock.ts'
import { startSystem, type System } from '../test/support/system.ts'
import { table } from './report.ts'

const times = 30
const pausesMs = [3_000, 500, 5_000, 1_500, 100]
const lookEveryMs = 20
const lookMsMax = 60_000
const targetMs = { store: 1_000, warehouse: 3_000 }

const say = (text: string) => process.stdout.write(`${text}\n`)
const ages: { store: number; warehouse: number }[] = []
{
  // One Item has news all the time: more pulls a minute than Plaid allows an Item.
  await using system = await startSystem({
    TARTAN_PUBLIC_URL: '',
    TARTAN_SYNC_FOLLOW: 'on',
    TARTAN_EMULATOR_RATE_LIMITS: 'off',
  })
  const seen: Promise<void>[] = []
  for (let n = 0; n < times; n++) {
    const name = `fresh ${n}`
    await system.emulator({ add_transaction: { item_id: 'first', name, amount: n + 1 } })
    seen.push(follow(system, name).then((age) => void ages.push(age)))
    await setTimeout(pausesMs[n % pausesMs.length])
  }
  await Promise.all(seen)
}
const line = (what: 'store' | 'warehouse') => {
  const sorted = ages.map((age) => age[what]).sort((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0)
  const isMet = at(0.95) <= targetMs[what]
  const target = `≤ ${targetMs[what]} ms ${isMet ? '✓' : '✗'}`
  return [`webhook → ${what}`, `${at(0.5)} ms`, `${at(0.95)} ms`, `${at(1)} ms`, target]
}
say(table([['', 'p50', 'p95', 'max', 'target of p95'], line('store'), line('warehouse')]))

async function follow(system: System, name: string): Promise<{ store: number; warehouse: number }> {
  for (const from = systemClock.now(); ;) {
    const { rows } = await system.warehouse.query(
      'select from airbyte_plaid.transactions where name = $1',
      [name],
    )
    if (rows.length > 0) break
    if (systemClock.now() - from > lookMsMax) throw new Error(`“${name}” never came`)
    await setTimeout(lookEveryMs)
  }
  const seenAt = systemClock.now()
  // The webhook that its row's pull answers: the last one before the row was stamped.
  const row = await one<{ received: number; stored: number }>(
    system.store,
    sql`select (extract(epoch from t.updated_at) * 1000)::float8 as stored,
               (extract(epoch from (
                  select max(received_at) from plaid.webhook_event w
                  where w.item_id = t.item_id and webhook_code = 'SYNC_UPDATES_AVAILABLE'
                    and received_at <= t.updated_at)) * 1000)::float8 as received
        from plaid.transaction t where t.name = ${name}`,
  )
  return { store: row.stored - row.received, warehouse: seenAt - row.received }
}
