// The supervisor as the command line sees it: started detached, awaited, stopped.
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../std/clock.ts'
import { ConfigError, SystemError, type TartanError, TransientError } from '../std/errors.ts'
import { childEnvironment, projectFolder, type Settings } from '../server/settings.ts'
import { end, identify, type Identity, isAlive } from '../std/process.ts'
import { lockHolder } from '../server/supervisor/lock.ts'
import { allStopMsMax } from '../server/supervisor/plan.ts'
import { readStatus, type SupervisorStatus } from '../server/supervisor/status.ts'

const lookEveryMs = 50
/** A first start makes a database; a start after a crash may recover one. */
const startMsMax = 180_000

/** Starts one where none runs, and waits until every process runs. True when it started one. */
export async function ensureRunning(
  settings: Settings,
  onState: (service: string) => void,
): Promise<boolean> {
  await awaitEnding(settings.dataFolder)
  const running = lockHolder(settings.dataFolder)
  const started = running === undefined
  let supervisor = running ?? launch(settings)
  const told = new Set<string>()
  for (const deadline = systemClock.now() + startMsMax; ;) {
    const status = statusOf(settings.dataFolder, supervisor)
    for (const { name, state } of status?.processes ?? []) {
      if (state !== 'running' || told.has(name)) continue
      told.add(name)
      if (started) onState(name)
    }
    const needed = status?.processes.filter(({ optional }) => !optional)
    if (status?.phase === 'running' && needed?.every(({ name }) => told.has(name))) return started
    if (status?.failure) throw failureOf(status)
    if (!isAlive(supervisor) && status?.phase === 'stopped') throw stoppedMeanwhile()
    if (!isAlive(supervisor)) {
      // Somebody else started one at the same moment: theirs is as good.
      const other = lockHolder(settings.dataFolder)
      if (!other) throw diedEarly(settings.dataFolder)
      supervisor = other
    }
    if (systemClock.now() > deadline) throw late(status)
    await systemClock.sleep(lookEveryMs)
  }
}

/** Whether the web app runs, once that is known; everything else does not wait for it (L7). */
export async function webRuns({ dataFolder }: Settings): Promise<boolean> {
  for (const deadline = systemClock.now() + startMsMax; systemClock.now() < deadline;) {
    const web = readStatus(dataFolder)?.processes.find(({ name }) => name === 'web')
    if (web?.state === 'running') return true
    if (web?.state !== 'waiting' && web?.state !== 'starting') return false
    await systemClock.sleep(lookEveryMs)
  }
  return false
}

/** One that is on its way out, told to or because its start failed, cannot be joined. */
async function awaitEnding(dataFolder: string): Promise<void> {
  const supervisor = lockHolder(dataFolder)
  if (!supervisor || statusOf(dataFolder, supervisor)?.phase !== 'stopping') return
  await end(supervisor, 'SIGTERM', allStopMsMax)
}

/** Ends everything of this data folder, also what a killed supervisor left. True if there was. */
export async function stopAll(dataFolder: string): Promise<boolean> {
  const supervisor = lockHolder(dataFolder)
  if (supervisor) await end(supervisor, 'SIGTERM', allStopMsMax)
  const left = (readStatus(dataFolder)?.processes ?? []).filter((one) => isAlive(one.identity))
  for (const { identity, stopSignal } of left.toReversed()) {
    if (identity) await end(identity, stopSignal, allStopMsMax)
  }
  return supervisor !== undefined || left.length > 0
}

/** Its own words go to a file of its own: it has outlived its terminal. */
function launch(settings: Settings): Identity {
  const folder = join(settings.dataFolder, 'logs')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const log = openSync(logPath(settings.dataFolder), 'w', 0o600)
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(projectFolder, 'src/server/supervisor.ts'),
      settings.dataFolder,
    ],
    {
      cwd: projectFolder,
      env: childEnvironment(settings.options.logLevel),
      detached: true,
      stdio: ['ignore', log, log],
    },
  )
  closeSync(log)
  child.unref()
  const identity = child.pid === undefined ? undefined : identify(child.pid)
  if (identity) return identity
  throw new SystemError('SUPERVISOR_NOT_STARTED', 'the supervisor could not be started')
}

function logPath(dataFolder: string): string {
  return join(dataFolder, 'logs', 'supervisor.log')
}

/** Only what this supervisor wrote: the file may still tell of the one before. */
function statusOf(dataFolder: string, supervisor: Identity): SupervisorStatus | undefined {
  const status = readStatus(dataFolder)
  const isIts =
    status?.supervisor.pid === supervisor.pid && status.supervisor.started === supervisor.started
  return isIts ? status : undefined
}

function failureOf({ failure }: SupervisorStatus): TartanError {
  const { kind, code, message } = failure ?? { kind: 'system', code: 'UNKNOWN', message: '' }
  if (kind === 'config') return new ConfigError(code, message)
  return kind === 'transient' ? new TransientError(code, message) : new SystemError(code, message)
}

function diedEarly(dataFolder: string): TartanError {
  const words = readFileSync(logPath(dataFolder), 'utf8').trim().split('\n').at(-1)
  const sentence = `the supervisor ended at once${words ? `: ${words}` : ''}`
  return new SystemError('SUPERVISOR_ENDED', sentence)
}

function stoppedMeanwhile(): TransientError {
  return new TransientError('STOPPED', 'it was stopped while it started: run make airbyte-start')
}

function late(status: SupervisorStatus | undefined): TransientError {
  const slow = status?.processes.find(({ state }) => state !== 'running')
  const reason = slow?.lastEnd === undefined ? '' : `, last end: ${slow.lastEnd}`
  const what = `${slow?.name ?? 'the supervisor'} does not run${reason}`
  return new TransientError('NOT_STARTED', `${what}: see make airbyte-logs`)
}
