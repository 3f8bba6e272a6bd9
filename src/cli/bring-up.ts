// From whatever state the machine is in to running services with keys that open them. Every step
// looks first and repeats nothing, so that a set-up that was killed goes on where it was.
import { SystemError, TartanError } from '../std/errors.ts'
import { Secret } from '../std/secrets.ts'
import { createApplication } from '../engine/api/application.ts'
import { registerApiKey } from '../plaid-api/auth.ts'
import { createPool, type Pool } from '../postgres/pool.ts'
import {
  databaseUrl,
  keepKey,
  makeKeys,
  plaidCredentials,
  readKey,
  readMasterKey,
} from '../server/keys.ts'
import { type Settings, writeRunFile } from '../server/settings.ts'
import { lockHolder } from '../server/supervisor/lock.ts'
import { askForToken } from './airbyte/client.ts'
import { ourAddress } from './airbyte/ours.ts'
import { note } from './print.ts'
import { ensureRunning, stopAll } from './supervisor.ts'

const applicationName = 'tartan command line'

/** True when something had to be started. */
export async function bringUp(settings: Settings): Promise<boolean> {
  if (!settings.emulated) await plaidCredentials(settings) // before anything is made
  if (await makeKeys(settings.dataFolder)) note('✓ keys made')
  const changed = await writeRunFile(settings, await readMasterKey(settings.dataFolder))
  if (changed && lockHolder(settings.dataFolder)) {
    note('… options changed: stopping what runs with the old ones')
    await stopAll(settings.dataFolder)
  }
  const started = await ensureRunning(settings, (service) => note(`✓ ${service} runs`))
  const pool = createPool(await databaseUrl(settings), { name: 'tartan', connectionsMax: 1 })
  try {
    await admitKey(settings, pool)
    await admitClient(settings, pool)
  } finally {
    await pool.end()
  }
  return started
}

async function admitKey(settings: Settings, pool: Pool): Promise<void> {
  const key = await readKey(settings.dataFolder, 'plaid-api.key')
  await registerApiKey(pool, applicationName, key)
}

/** The engine keeps a hash only: credentials that it does not know are made anew. */
async function admitClient(settings: Settings, pool: Pool): Promise<void> {
  if (await isAdmitted(settings)) return
  const { clientId, clientSecret } = await createApplication(pool, applicationName)
  await keepKey(settings.dataFolder, 'engine-client.secret', clientSecret)
  await keepKey(settings.dataFolder, 'engine-client.id', new Secret(clientId))
  if (await isAdmitted(settings)) return
  throw new SystemError('CLIENT_REFUSED', 'the engine refuses the credentials that it just gave')
}

async function isAdmitted(settings: Settings): Promise<boolean> {
  try {
    await askForToken(await ourAddress(settings))
    return true
  } catch (error) {
    if (error instanceof TartanError && error.kind === 'config') return false
    throw error
  }
}
