// `stop`: everything of this data folder, in order, within a stated time; where nothing runs in it
// and nobody said which Plaid is meant, what runs with another one.
import type { Command } from 'commander'
import { table } from '../../server/options.ts'
import { type OtherRun, otherRuns } from '../../server/other-runs.ts'
import type { Settings } from '../../server/settings.ts'
import { allStopMsMax } from '../../server/supervisor/plan.ts'
import { hereSettings } from '../context.ts'
import { out } from '../print.ts'
import { stopAll } from '../supervisor.ts'

export function stopCommand(program: Command): void {
  program
    .command('stop')
    .description(`Stops everything in order, within ${allStopMsMax / 1000} s.`)
    .action(async (_, command: Command) => {
      const settings = await hereSettings(command)
      out(await stopMeant(settings))
    })
}

/** The line of `.env` says which Plaid is next, and may have said another when that was started. */
export async function stopMeant(
  settings: Settings,
  others: OtherRun[] = otherRuns(settings),
): Promise<string> {
  if (await stopAll(settings.dataFolder)) return 'Stopped.'
  const { env } = table.plaidEnv
  const isAsked = settings.given[env] !== undefined && !settings.fromFile.has(env)
  const names = others.map(({ plaidEnv }) => `${env}=${plaidEnv}`).join(' and ')
  if (others.length === 0) return 'Nothing was running.'
  if (isAsked) return `Nothing was running of that; Tartan runs with ${names}.`
  for (const { dataFolder } of others) await stopAll(dataFolder)
  return `Stopped what ran with ${names}.`
}
