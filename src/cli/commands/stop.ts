// `stop`: everything of this data folder, in order, within a stated time.
import type { Command } from 'commander'
import { allStopMsMax } from '../../server/supervisor/plan.ts'
import { settingsOf } from '../context.ts'
import { out } from '../print.ts'
import { stopAll } from '../supervisor.ts'

export function stopCommand(program: Command): void {
  program
    .command('stop')
    .description(`Stops everything in order, within ${allStopMsMax / 1000} s.`)
    .action(async (_, command: Command) => {
      const settings = await settingsOf(command)
      const stopped = await stopAll(settings.dataFolder)
      out(stopped ? 'Stopped.' : 'Nothing was running.')
    })
}
