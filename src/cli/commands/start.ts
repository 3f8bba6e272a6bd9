// `start`: the services, detached from the terminal.
import type { Command } from 'commander'
import { engineUrl, plaidApiUrl } from '../../server/addresses.ts'
import { changes } from '../../server/changes.ts'
import { requireRun } from '../../server/run-file.ts'
import type { Settings } from '../../server/settings.ts'
import { bringUp } from '../bring-up.ts'
import { hereSettings, requireNone } from '../context.ts'
import { out } from '../print.ts'
import { tellWeb } from './open.ts'
import { setUp } from './setup.ts'

/** The engine was told where plaid-api and the embedded database are: it is told again. */
function hasMoved(now: Settings, told: Settings): boolean {
  const isOurs = now.options.warehouseUrl === undefined
  return (
    plaidApiUrl(now) !== plaidApiUrl(told) ||
    (isOurs && now.options.databasePort !== told.options.databasePort)
  )
}

export function startCommand(program: Command): void {
  program
    .command('start')
    .description('Starts the database, plaid-api, the engine and the web app in the background.')
    .action(async (_, command: Command) => {
      const settings = await hereSettings(command)
      const started = await bringUp(settings)
      const run = await requireRun(settings.dataFolder)
      out(started ? 'Everything runs.' : 'Everything runs already.')
      out(`plaid-api  ${plaidApiUrl(settings)}`)
      out(`engine     ${engineUrl(settings)}/api/public/v1`)
      await tellWeb(settings)
      if (run.setUp && run.told && hasMoved(run.setUp, run.told)) await setUp(run.setUp, out)
      requireNone(changes(settings, run))
    })
}
