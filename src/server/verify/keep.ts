// A verification of the command line is kept beside those of the web app: which found what, and
// when, is one history, and a difference is an alert whoever found it.
import { createPool } from '../../postgres/pool.ts'
import type { VerifyResult } from '../../web-server/context.ts'
import { migrateWeb } from '../../web-server/store/schema.ts'
import { endVerification, insertVerification } from '../../web-server/store/verification.ts'
import { databaseUrl } from '../keys.ts'
import type { Settings } from '../settings.ts'
import { isDifferent, notComparable, plain } from './plain.ts'
import { remedyOf } from './remedy.ts'
import type { Verification } from './report.ts'

/**
 * As the web app has them. What could not be compared failed: it is not equal, and ends no alert of
 * a difference that was found before.
 */
export function outcomeOf(found: Verification): VerifyResult {
  const result = { ...plain(found), steps: remedyOf(found) }
  if (isDifferent(found)) return { status: 'different', result }
  const { unpromised = [] } = found.warehouse ?? {}
  if (unpromised.length > 0) {
    const error = { code: 'NOT_COMPARABLE', message: notComparable(unpromised) }
    return { status: 'failed', result: { ...result, error } }
  }
  const isUnread = found.banks.some((report) => report.status === 'unreadable')
  return { status: isUnread ? 'unreadable' : 'equal', result }
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
