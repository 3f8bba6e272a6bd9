// What a command needs to know: the settings, and for a command that talks to running services
// those that count there. What is given and does not count is refused, by the name of the command
// that would take it: nothing that is given is passed over in silence.
import type { Command } from 'commander'
import { ConfigError } from '../std/errors.ts'
import { type Change, changes, changeText } from '../server/changes.ts'
import { table } from '../server/options.ts'
import { forSetUp, requireRun, type Run } from '../server/run-file.ts'
import { readSettings, type Settings } from '../server/settings.ts'
import { lockHolder } from '../server/supervisor/lock.ts'
import { readStatus } from '../server/supervisor/status.ts'
import { givenFlags } from './flags.ts'
import { note } from './print.ts'

export function settingsOf(command: Command): Promise<Settings> {
  return readSettings(givenFlags(command))
}

export function isUp({ dataFolder }: Settings): boolean {
  return lockHolder(dataFolder) !== undefined
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
    const sentence = `nothing is running here (${now.dataFolder}): start it with make airbyte-start`
    throw new ConfigError('NOT_RUNNING', sentence)
  }
  const run = await requireRun(now.dataFolder)
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
