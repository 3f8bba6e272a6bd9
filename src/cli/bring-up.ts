// From whatever state the machine is in to running services with keys that open them. Every step
// looks first and repeats nothing, so that a set-up that was killed goes on where it was.
import { ConfigError, SystemError, TartanError, TransientError } from '../std/errors.ts'
import { admitApplication, createApplication, ownApplication } from '../engine/api/application.ts'
import { registerApiKey } from '../plaid-api/auth.ts'
import { createPool, type Pool } from '../postgres/pool.ts'
import { type Change, changesOfStart, idleTexts } from '../server/changes.ts'
import {
  databaseUrl,
  hasBegun,
  keepEngineClient,
  makeKeys,
  readEngineClient,
  readKey,
} from '../server/keys.ts'
import { readMasterKey } from '../server/master-key.ts'
import { engineUrl, plaidApiUrl } from '../server/addresses.ts'
import { request, throughRestarts } from '../server/client/http.ts'
import { otherRuns } from '../server/other-runs.ts'
import { requirePortsFree } from '../server/ports.ts'
import { codeVersion, readRun, writeStarted } from '../server/run-file.ts'
import type { Settings } from '../server/settings.ts'
import { lockHolder } from '../server/supervisor/lock.ts'
import { readStatus } from '../server/supervisor/status.ts'
import { askForToken } from '../server/airbyte/client.ts'
import { ourAddress } from '../server/airbyte/ours.ts'
import { requireDemands } from './check/demands.ts'
import { requireNone } from './context.ts'
import { note } from './print.ts'
import { ensureRunning, stopAll } from './supervisor.ts'

/** Migrations of another process are waited for. */
const statementMsMax = 120_000

export const applicationName = ownApplication

/** True when something had to be started. */
export async function bringUp(settings: Settings): Promise<boolean> {
  await requireDemands(settings) // before anything is made
  if (await makeKeys(settings.dataFolder, settings)) note('✓ keys made')
  for (const sentence of idleTexts(settings)) note(`… ${sentence}`)
  const started = settings.elsewhere ? await awaitOthers(settings) : await startHere(settings)
  const pool = createPool(await databaseUrl(settings), {
    name: 'tartan',
    connectionsMax: 1,
    statementMsMax,
  })
  try {
    await admitKey(settings, pool)
    await admitClient(settings, pool)
  } finally {
    await pool.end()
  }
  return started
}

async function startHere(settings: Settings): Promise<boolean> {
  const id = await prepareRun(settings)
  const started = await ensureRunning(settings, (service) => note(`✓ ${service} runs`))
  if (readStatus(settings.dataFolder)?.run === id) return started
  throw new TransientError(
    'OPTIONS_CHANGED',
    'another start, with other options, ran meanwhile: run this one again to have these',
  )
}

/** Something else starts them: until then they are waited for. */
async function awaitOthers(settings: Settings): Promise<boolean> {
  for (const { service, url } of [
    { service: 'plaid-api', url: plaidApiUrl(settings) },
    { service: 'the Airbyte API', url: engineUrl(settings) },
  ]) {
    await throughRestarts(
      () => true,
      () => request({ service, url: `${url}/ready` }),
    )
    note(`✓ ${service} answers`)
  }
  return false
}

/**
 * Leaves a file of options that says what is given, and nothing running that was started with
 * another: stopped first, once nothing is in the way of the new one, and written then, so that a
 * start that is killed in between leaves no mixture.
 */
async function prepareRun(settings: Settings): Promise<string> {
  const { dataFolder } = settings
  const key = await readMasterKey(settings)
  const before = await readRun(dataFolder, key).catch(() => undefined)
  const changed = before ? changesOfStart(settings, before.started) : []
  await requireSameData(settings, changed)
  const isRunning = lockHolder(dataFolder) !== undefined
  const isOther = before !== undefined && before.version !== (await codeVersion())
  const isStale = before === undefined || readStatus(dataFolder)?.run !== before.id
  const mustStop = isRunning && (changed.length > 0 || isOther || isStale)
  if (mustStop || otherRuns(settings).length > 0) await requirePortsFree(settings)
  if (mustStop) {
    if (isOther) note('… another version of the code runs: stopping it')
    else note('… options changed: stopping what runs with the old ones')
    for (const change of changed) note(`    ${change.env}: ${change.before} → ${change.now}`)
    await stopAll(dataFolder)
  }
  return writeStarted(settings, key, changed.length === 0 && !isOther ? before?.id : undefined)
}

/** A folder that holds one world's data takes no other world's. */
async function requireSameData({ dataFolder }: Settings, changed: Change[]): Promise<void> {
  const lasting = changed.filter(({ applies }) => applies === 'at first start')
  if (lasting.length > 0 && (await hasBegun(dataFolder))) requireNone(lasting)
}

async function admitKey(settings: Settings, pool: Pool): Promise<void> {
  const key = await readKey(settings.dataFolder, 'plaid-api.key')
  if (await registerApiKey(pool, applicationName, key, { own: true })) return
  const sentence = 'the API key in the data folder was revoked: run ./tartan keys rotate'
  throw new ConfigError('KEY_REVOKED', sentence)
}

/**
 * The engine keeps a hash only. Credentials that were made for it are made known to it; those that
 * it refuses all the same are made anew.
 */
async function admitClient(settings: Settings, pool: Pool): Promise<void> {
  if (await isAdmitted(settings)) return
  if (await hasBegun(settings.dataFolder)) {
    const made = await readEngineClient(settings.dataFolder)
    const isWhole = made.clientId !== '' && made.clientSecret.reveal() !== ''
    if (isWhole) await admitApplication(pool, applicationName, made)
    if (await isAdmitted(settings)) return
  }
  await renewClient(settings, pool)
  if (await isAdmitted(settings)) return
  throw new SystemError('CLIENT_REFUSED', 'the engine refuses the credentials that it just gave')
}

/** New credentials of the engine, for the command line; gives their id. */
export async function renewClient({ dataFolder }: Settings, pool: Pool): Promise<string> {
  const client = await createApplication(pool, applicationName)
  await keepEngineClient(dataFolder, client)
  return client.clientId
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
