// A verification of the command line is kept beside those of the web app: which found what, and
// when, is one history, and a difference is an alert whoever found it.
import { createPool } from '../../postgres/pool.ts'
import { migrateWeb } from '../../web-server/store/schema.ts'
import { endVerification, insertVerification } from '../../web-server/store/verification.ts'
import { databaseUrl } from '../keys.ts'
import type { Settings } from '../settings.ts'
import { isDifferent, plain } from './plain.ts'
import type { Verification } from './report.ts'

/** As the web app has them. */
export function outcomeOf(found: Verification) {
  const isUnread = found.banks.some((report) => report.status === 'unreadable')
  const status = isDifferent(found) ? 'different' : isUnread ? 'unreadable' : 'equal'
  return { status, result: plain(found) } as const
}

export async function keepVerification(settings: Settings, found: Verification): Promise<void> {
  const url = await databaseUrl(settings)
  const pool = createPool(url, { name: 'tartan verify', kind: 'reader', connectionsMax: 1 })
  try {
    await migrateWeb(pool) // the web server may never have run
    const id = await insertVerification(pool, 'the command line')
    if (id !== undefined) await endVerification(pool, id, outcomeOf(found))
  } finally {
    await pool.end()
  }
}
