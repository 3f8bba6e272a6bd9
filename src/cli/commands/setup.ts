// `setup`: source, destination, connection and schedule, through the Airbyte API only.
import type { Command } from 'commander'
import { readMasterKey } from '../../server/keys.ts'
import { writeSetUp } from '../../server/run-file.ts'
import type { Settings } from '../../server/settings.ts'
import { type Applied, apply } from '../airbyte/apply.ts'
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

export async function setUp(settings: Settings, say: (line: string) => void): Promise<Applied> {
  const applied = await apply(await ourAirbyte(settings), await ourDesiredState(settings))
  for (const { what, name, outcome } of applied.outcomes) say(`✓ ${what} “${name}” ${outcome}`)
  await writeSetUp(settings, await readMasterKey(settings.dataFolder))
  return applied
}
