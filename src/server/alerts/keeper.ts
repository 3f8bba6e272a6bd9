// Looks at how the whole is, again and again, and tells somebody. It runs in the process of the
// engine's server, as the backups do: that one is there wherever Tartan is, with a supervisor or
// without, knows the database, and reaches the rest by HTTP and by files. Of several of them one
// looks at a time. Whatever goes wrong here stops nothing else (L7).
import { listen } from '../../postgres/listen.ts'
import { createPool, type Pool } from '../../postgres/pool.ts'
import { tx } from '../../postgres/query.ts'
import { type Bell, createBell } from '../../std/bell.ts'
import { systemClock } from '../../std/clock.ts'
import { classify } from '../../std/errors.ts'
import { uuid } from '../../std/ids.ts'
import type { Logger } from '../../std/log.ts'
import { tellAtReading } from '../../std/samples.ts'
import { webUrl } from '../addresses.ts'
import { databaseUrl } from '../keys.ts'
import type { Settings } from '../settings.ts'
import {
  activeSilences,
  forgetIncident,
  giveUpOthers,
  keepIncident,
  migrateAlerts,
  openIncidents,
  sweepAlerts,
  takeTurn,
} from '../store/alert.ts'
import { deliver, enqueue } from './delivery.ts'
import type { Facts } from './fact.ts'
import { readFacts } from './facts.ts'
import { judge } from './judge.ts'
import { rules } from './rules.ts'
import { type Way, waysOf } from './ways.ts'

const hourMs = 3_600_000
/** Of the database's connections: one to listen, one to look, one to deliver. */
const connectionsMax = 4

export interface Watch {
  settings: Settings
  pool: Pool
  ways: readonly Way[]
  log: Logger
}

/** A backup has the schema too: call it before either is kept. */
export async function openAlerts(settings: Settings, log: Logger): Promise<Watch> {
  const url = await databaseUrl(settings)
  const pool = createPool(url, { name: 'tartan alerts', kind: 'reader', connectionsMax })
  await migrateAlerts(pool)
  return { settings, pool, ways: await waysOf(settings, pool), log }
}

export async function keepAlerts(watch: Watch, signal: AbortSignal): Promise<void> {
  const { pool, ways } = watch
  try {
    const bells = ways.map((way) => ({ way, bell: createBell() }))
    const ringAll = () => bells.forEach(({ bell }) => bell.ring())
    const listener = { onNotify: (what: string) => what === 'message' && ringAll() }
    await Promise.all([
      lookOn(watch, signal),
      ...bells.map(({ way, bell }) => deliverOn(watch, way, bell, signal)),
      listen(pool, 'alert_event', { ...listener, onListening: ringAll }, signal),
    ])
  } finally {
    await pool.end()
  }
}

async function lookOn(watch: Watch, signal: AbortSignal): Promise<void> {
  let facts: Facts | undefined
  const untell = tellAtReading(() => facts?.told ?? [])
  try {
    while (!signal.aborted) {
      facts = await look(watch, systemClock.now()).catch((error: unknown) => {
        watch.log.warn({ err: classify(error) }, 'alerts could not be looked at: again soon')
        return undefined
      })
      const everyMs = watch.settings.options.alertSeconds * 1_000
      await systemClock.sleep(everyMs, signal).catch(() => {})
    }
  } finally {
    untell()
  }
}

/** One look: what it finds, what becomes of it and what is to be told are one commit. */
export async function look(watch: Watch, now: number): Promise<Facts> {
  const { settings, pool, ways, log } = watch
  const facts = await readFacts({ settings, pool, log, now })
  await tx(pool, async (db) => {
    if (!(await takeTurn(db))) return
    const { incidents, forgotten, notices } = judge({
      facts,
      rules,
      open: await openIncidents(db),
      silences: await activeSilences(db, now),
      now,
      repeatMs: settings.options.alertRepeatHours * hourMs,
      newId: uuid,
    })
    for (const one of incidents) await keepIncident(db, one)
    for (const id of forgotten) await forgetIncident(db, id)
    if (notices.length > 0) await enqueue(db, ways, notices, now)
    await giveUpOthers(
      db,
      ways.map(({ name }) => name),
      now,
    )
    await sweepAlerts(db, now)
    for (const { told, incident } of notices) {
      const { rule, title, severity } = incident
      log.warn({ told, rule, severity }, `alert: ${title}`)
    }
  })
  return facts
}

async function deliverOn(watch: Watch, way: Way, bell: Bell, signal: AbortSignal): Promise<void> {
  const { settings, pool, log } = watch
  const delivery = { pool, log, link: webUrl(settings) }
  while (!signal.aborted) {
    await deliver(delivery, way, () => systemClock.now()).catch((error: unknown) => {
      log.warn({ err: classify(error), way: way.name }, 'messages could not be looked at')
    })
    await bell.wait(settings.options.alertSeconds * 1_000, signal)
  }
}
