// Tartan's own credentials replaced without a gap: the new ones, of plaid-api and of the engine,
// open before anybody holds them, and an old one is revoked when nobody holds it any more. Broken
// off anywhere, the next rotation ends it.
import { revokeApplicationsBut } from '../engine/store/application.ts'
import { registerApiKey, revokeOtherOwnKeys } from '../plaid-api/auth.ts'
import { lockRotation } from '../plaid-api/store/key.ts'
import type { Pool } from '../postgres/pool.ts'
import { keepApiKey, newApiKey, readEngineClient, readKey } from '../server/keys.ts'
import type { Settings } from '../server/settings.ts'
import { systemClock } from '../std/clock.ts'
import { TransientError } from '../std/errors.ts'
import { findConnection } from '../server/airbyte/connection.ts'
import type { Airbyte } from '../server/airbyte/client.ts'
import { type Job, jobInfo } from '../server/airbyte/job.ts'
import { ourAirbyte } from '../server/airbyte/ours.ts'
import { applicationName, renewClient } from './bring-up.ts'
import { setUp } from './commands/setup.ts'
import { throughRestarts } from '../server/client/http.ts'
import { formatCount, note, out } from './print.ts'

const lookEveryMs = 500

export async function rotate(pool: Pool, settings: Settings): Promise<void> {
  const session = await pool.connect()
  try {
    if (!(await lockRotation(session))) {
      throw new TransientError('ROTATION_RUNS', 'another ./tartan keys rotate is at it')
    }
    const key = newApiKey()
    await registerApiKey(pool, applicationName, key, { own: true })
    await keepApiKey(settings.dataFolder, key)
    await handOver(settings)
    const keys = await revokeOtherOwnKeys(pool, key)
    out(`✓ plaid-api: the new key is in use; ${formatCount(keys, 'old one')} revoked`)
    const clientId = await renewClient(settings, pool)
    const clients = await revokeApplicationsBut(pool, { name: applicationName, clientId })
    out(`✓ engine: the new client is in use; ${formatCount(clients, 'old one')} revoked`)
  } finally {
    session.release(true) // and the lock with it
  }
}

/**
 * After a restore: those of the backup, which may have been replaced since for a reason, open
 * nothing any more; those of this data folder are the only ones.
 */
export async function revokeFormer(pool: Pool, settings: Settings): Promise<void> {
  const key = await readKey(settings.dataFolder, 'plaid-api.key')
  const { clientId } = await readEngineClient(settings.dataFolder)
  try {
    await handOver(settings)
  } finally {
    await revokeOtherOwnKeys(pool, key)
    await revokeApplicationsBut(pool, { name: applicationName, clientId })
  }
}

/** The source has the key of the data folder from now on, and no sync another. */
async function handOver(settings: Settings): Promise<void> {
  const airbyte = await ourAirbyte(settings)
  if (!(await findConnection(airbyte))) return
  await setUp(settings, note)
  await attemptsEnded(airbyte)
}

/** Attempts that run now began with the old key; those that begin from now on have the new one. */
async function attemptsEnded(airbyte: Airbyte): Promise<void> {
  for (const { jobId } of await airbyte.list<Job>('/jobs?status=running')) {
    let first: number | undefined
    for (;;) {
      const { job, attempts } = await throughRestarts(airbyte.mayReturn, () =>
        jobInfo(airbyte, jobId),
      )
      if (job.status !== 'running' || attempts.length > (first ?? attempts.length)) break
      if (first === undefined) note(`… job ${jobId} runs with the old key: waiting for its attempt`)
      first ??= attempts.length
      await systemClock.sleep(lookEveryMs)
    }
  }
}
