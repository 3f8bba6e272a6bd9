// What a command needs to know: the settings, and for a command that talks to running services
// those that count there. What is given and does not count is refused, by the name of the command
// that would take it: nothing that is given is passed over in silence.
import type { Command } from 'commander'
import { ConfigError } from '../std/errors.ts'
import { asGiven } from '../std/options.ts'
import { type Change, changes, changeText } from '../server/changes.ts'
import { table } from '../server/options.ts'
import { otherRuns } from '../server/other-runs.ts'
import { currentRun, forSetUp, type Run } from '../server/run-file.ts'
import { readSettings, type Settings } from '../server/settings.ts'
import { trustCa } from '../server/tls.ts'
import { isUp } from '../server/supervisor/lock.ts'
import { readStatus } from '../server/supervisor/status.ts'
import { flagGiven, givenFlags } from './flags.ts'
import { note } from './print.ts'

export async function settingsOf(command: Command): Promise<Settings> {
  try {
    const settings = await readSettings(givenFlags(command))
    await trustCa(settings)
    return settings
  } catch (error) {
    throw asGiven(error, (env) => flagGiven(command, env))
  }
}

/** For a command that only something else that runs the services has a use for. */
export async function elsewhereSettings(command: Command): Promise<Settings> {
  const settings = await settingsOf(command)
  if (settings.elsewhere) return settings
  const sentence = 'these commands run the services here: this one needs TARTAN_SERVICES=elsewhere'
  throw new ConfigError('SERVICES_HERE', sentence, { field: table.services.env })
}

/** And for one that only who runs them here has. */
export async function hereSettings(command: Command): Promise<Settings> {
  const settings = await settingsOf(command)
  if (!settings.elsewhere) return settings
  const sentence = 'something else runs the services (TARTAN_SERVICES=elsewhere): ask it'
  throw new ConfigError('SERVICES_ELSEWHERE', sentence, { field: table.services.env })
}

/** The settings of what runs, which are those that are given; otherwise a sentence what to do. */
export async function runningSettings(command: Command): Promise<Settings> {
  const { now, run } = await running(command)
  requireNone(tellLevel(changes(now, run)))
  return run.setUp ?? run.started
}

/** The same for the set-up, which takes its own options as they are given. */
export async function setUpSettings(command: Command): Promise<Settings> {
  const { now, run } = await running(command)
  requireNone(tellLevel(changes(now, run)).filter(({ applies }) => applies !== 'at setup'))
  const settings = forSetUp(now, run)
  if (!settings.embedded || run.started.embedded) return settings
  throw new ConfigError(
    'OPTIONS_CHANGED',
    'the embedded database is asked for and does not run: run make airbyte-start first',
    { field: table.warehouseUrl.env },
  )
}

/** Of what runs, or, where nothing does, of what a start would make. */
export async function currentSettings(command: Command): Promise<Settings> {
  return isUp(await settingsOf(command)) ? runningSettings(command) : settingsOf(command)
}

async function running(command: Command): Promise<{ now: Settings; run: Run }> {
  const now = await settingsOf(command)
  if (!isUp(now)) {
    const others = otherRuns(now).map(({ plaidEnv }) => `, only what has PLAID_ENV=${plaidEnv}`)
    const what = `nothing is running here (${now.dataFolder})${others.join('')}`
    throw new ConfigError('NOT_RUNNING', `${what}: start it with make airbyte-start`)
  }
  const run = await currentRun(now)
  if (now.elsewhere) return { now, run }
  const runs = readStatus(now.dataFolder)?.run
  if (runs === undefined || runs === run.id) return { now, run }
  const sentence = 'a start with other options was broken off: run make airbyte-start again'
  throw new ConfigError('OPTIONS_CHANGED', sentence)
}

export function requireNone(changed: Change[]): void {
  const [first] = changed
  if (first === undefined) return
  const sentence =
    'what is given is not what is in use, and this command does not change it:\n' +
    changed.map((change) => `  ${changeText(change)}`).join('\n')
  throw new ConfigError('OPTIONS_CHANGED', sentence, { field: first.env })
}

/** How much is logged counts for this command at once; of the services it is only told. */
function tellLevel(changed: Change[]): Change[] {
  const isLevel = ({ env }: Change) => env === table.logLevel.env
  const level = changed.find(isLevel)
  if (level) note(`… of this command only, ${changeText(level)}`)
  return changed.filter((change) => !isLevel(change))
}
