// `link-token`: a person links a bank on Plaid's own page, and we wait for what comes of it.
import type { Command } from 'commander'
import { systemClock } from '../../std/clock.ts'
import { EXIT_CODE } from '../../std/errors.ts'
import type { LinkSessionView } from '../../plaid-api/link.ts'
import { runningSettings } from '../context.ts'
import { ExitError } from '../exit.ts'
import { plaidApi } from '../plaid-api/client.ts'
import { note, out } from '../print.ts'
import { pullNow } from './pull.ts'

const lookEveryMs = 2_000

export function linkCommand(program: Command): void {
  program
    .command('link-token')
    .description('Prints a Hosted Link URL, waits for the person, and reports the new Item.')
    .option('--session <id>', 'goes on waiting for a session that was begun before')
    .option('--no-wait', 'prints the URL and leaves; come back with --session')
    .action(async (options: { session?: string; wait: boolean }, command: Command) => {
      const api = await plaidApi(await runningSettings(command))
      const session = options.session
        ? await api.linkSession(options.session)
        : await api.beginLink()
      tellSession(session)
      if (!options.wait) return
      let seen = session
      while (seen.status === 'open') {
        await systemClock.sleep(lookEveryMs)
        seen = await api.linkSession(session.session_id)
      }
      tellResult(seen)
      for (const item of seen.items) await pullNow(api, 'incremental', item.item_id)
      out('Next: make airbyte-sync')
    })
}

export function tellSession(session: LinkSessionView): void {
  out('Open this page and link a bank:')
  out()
  out(`  ${session.hosted_link_url}`)
  out()
  note(`Valid until ${session.expires_at}. To come back later:`)
  note(`  ./tartan link-token --session ${session.session_id}`)
}

function tellResult({ status, items }: LinkSessionView): void {
  if (status !== 'finished') {
    const sentence = `✗ no bank was linked (${status}): run make plaid-link-token again`
    throw new ExitError(EXIT_CODE.config, sentence)
  }
  for (const item of items)
    out(`✓ linked ${item.institution_name ?? 'a bank'}, Item ${item.item_id}`)
}
