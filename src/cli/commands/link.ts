// `link-token`: a person links a bank on Plaid's own page, and we wait for what comes of it.
import type { Command } from 'commander'
import { runningSettings } from '../context.ts'
import { plaidApi } from '../../server/client/plaid-api.ts'
import { followSession, tellSession } from '../plaid-api/link-session.ts'
import { out } from '../print.ts'
import { pullNow } from './pull.ts'

interface Asked {
  session?: string
  wait: boolean
  owner?: string
}

export function linkCommand(program: Command): void {
  program
    .command('link-token')
    .description('Prints a Hosted Link URL, waits for the person, and reports the new Item.')
    .option('--session <id>', 'goes on waiting for a session that was begun before')
    .option('--no-wait', 'prints the URL and leaves; what is linked is taken in all the same')
    .option('--owner <client_user_id>', 'whose bank it is, where that is not you')
    .action(async (options: Asked, command: Command) => {
      const api = await plaidApi(await runningSettings(command))
      const session = options.session
        ? await api.linkSession(options.session)
        : await api.beginLink(options.owner === undefined ? {} : { client_user_id: options.owner })
      tellSession(session)
      if (!options.wait) return
      const read = await followSession(api, session)
      for (const id of read) await pullNow(api, 'incremental', id)
      if (read.length > 0) out('Next: make airbyte-sync')
    })
}
