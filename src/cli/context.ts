// What a command needs to know: the settings, and for a command that talks to running services the
// settings with which those were started.
import type { Command } from 'commander'
import { ConfigError } from '../std/errors.ts'
import { readMasterKey } from '../server/keys.ts'
import { readRunFile, readSettings, type Settings } from '../server/settings.ts'
import { lockHolder } from '../server/supervisor/lock.ts'
import { givenFlags } from './flags.ts'

export function settingsOf(command: Command): Promise<Settings> {
  return readSettings(givenFlags(command))
}

/** The settings of what runs; without anything running, a sentence that says how to start it. */
export async function runningSettings(command: Command): Promise<Settings> {
  const settings = await settingsOf(command)
  if (!lockHolder(settings.dataFolder)) {
    throw new ConfigError(
      'NOT_RUNNING',
      'nothing is running here: start it with make airbyte-start',
    )
  }
  return readRunFile(settings.dataFolder, await readMasterKey(settings.dataFolder))
}
