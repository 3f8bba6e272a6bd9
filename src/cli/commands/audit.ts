// `audit`: who changed what, by whichever door: the web app, plaid-api, the engine, commands.
import { type Command, Option } from 'commander'
import { listAudit } from '../../postgres/audit.ts'
import { formatTable, out, outJson } from '../print.ts'
import { wholeNumber } from '../whole-number.ts'
import { withStore } from './keys.ts'

const shownMax = 10_000

export function auditCommand(program: Command): void {
  program
    .command('audit')
    .description('Lists who changed what, the newest first: in the web app, by keys, by commands.')
    .addOption(
      new Option('--limit <entries>', 'how many').default(50).argParser(wholeNumber(1, shownMax)),
    )
    .option('--json', 'as JSON')
    .action(async (options: { limit: number; json?: boolean }, command: Command) => {
      await withStore(command, async (pool) => {
        const entries = await listAudit(pool, null, options.limit)
        if (options.json) return outJson(entries)
        const rows = entries.map((one) => [
          one.at,
          one.place,
          one.person,
          one.action,
          one.status,
          one.detail,
        ])
        out(formatTable(['at', 'by', 'who', 'what', 'status', 'of what'], rows))
      })
    })
}
