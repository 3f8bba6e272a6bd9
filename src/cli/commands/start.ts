// `start`: the services, detached from the terminal.
import type { Command } from 'commander'
import { engineUrl, plaidApiUrl } from '../../server/addresses.ts'
import { bringUp } from '../bring-up.ts'
import { settingsOf } from '../context.ts'
import { out } from '../print.ts'

export function startCommand(program: Command): void {
  program
    .command('start')
    .description('Starts the database, plaid-api and the engine in the background.')
    .action(async (_, command: Command) => {
      const settings = await settingsOf(command)
      const started = await bringUp(settings)
      out(started ? 'Everything runs.' : 'Everything runs already.')
      out(`plaid-api  ${plaidApiUrl(settings)}`)
      out(`engine     ${engineUrl(settings)}/api/public/v1`)
    })
}
