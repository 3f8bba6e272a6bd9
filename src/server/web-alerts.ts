// Alerts, as the web server sees and changes them: in Tartan's own database, where the process that
// looks keeps them.
import { listen } from '../postgres/listen.ts'
import { createPool } from '../postgres/pool.ts'
import type { Alerts } from '../web-server/context.ts'
import { readAlerts, silence, testWays, unsilence } from './alerts/book.ts'
import { databaseUrl } from './keys.ts'
import type { Settings } from './settings.ts'
import { migrateAlerts } from './store/alert.ts'

/** One of them listens. */
const connectionsMax = 3

export async function webAlerts(settings: Settings): Promise<Alerts> {
  const url = await databaseUrl(settings)
  const pool = createPool(url, { name: 'tartan web alerts', kind: 'reader', connectionsMax })
  // Whoever comes first makes the schema.
  await migrateAlerts(pool)
  return {
    read: () => readAlerts(pool, settings),
    silence: (asked, madeBy) => silence(pool, asked, madeBy),
    unsilence: (id) => unsilence(pool, id),
    test: () => testWays(pool, settings),
    follow: async (changed, signal) => {
      const listener = { onNotify: changed, onListening: changed }
      await listen(pool, 'alert_event', listener, signal)
      await pool.end()
    },
  }
}
