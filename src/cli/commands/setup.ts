// `setup`: source, destination, connection and schedule, through the Airbyte API only.
import type { Command } from 'commander'
import { readMasterKey } from '../../server/keys.ts'
import { writeSetUp } from '../../server/run-file.ts'
import type { Settings } from '../../server/settings.ts'
import { ConfigError } from '../../std/errors.ts'
import { type Applied, apply, type StreamChange } from '../airbyte/apply.ts'
import { ourAirbyte, ourDesiredState } from '../airbyte/ours.ts'
import { setUpSettings } from '../context.ts'
import { out } from '../print.ts'

export function setupCommand(program: Command): void {
  program
    .command('setup')
    .description('Creates or updates source, destination, connection and schedule.')
    .action(async (_, command: Command) => {
      await setUp(await setUpSettings(command), out)
    })
}

/** What a change means for one stream. */
export function streamText({ name, namespace, decision, reason }: StreamChange): string {
  const stream = namespace === undefined ? name : `${namespace}.${name}`
  const why = reason === '' ? '' : `: ${reason}`
  if (decision === 'refuse') return `✗ stream “${stream}” refused${why}`
  if (decision === 'none') return `✓ stream “${stream}” nothing to do${why}`
  return `… stream “${stream}” is read again by the next sync${why}`
}

export async function setUp(settings: Settings, say: (line: string) => void): Promise<Applied> {
  const applied = await apply(await ourAirbyte(settings), await ourDesiredState(settings))
  for (const { what, name, outcome } of applied.outcomes) say(`✓ ${what} “${name}” ${outcome}`)
  for (const stream of applied.streams) say(streamText(stream))
  if (applied.streams.some(({ decision }) => decision === 'refuse')) {
    const sentence = 'the change is refused for what is named above, which stays as it is'
    throw new ConfigError('STREAM_REFUSED', sentence)
  }
  await writeSetUp(settings, await readMasterKey(settings.dataFolder))
  return applied
}
