// `plaid-sync`: what the banks have, into the store; returns when it is there.
import type { Command } from 'commander'
import { systemClock } from '../../std/clock.ts'
import { runningSettings } from '../context.ts'
import { EXIT_ITEM_UNREADABLE, ExitError } from '../exit.ts'
import { plaidApi, type PullReport } from '../plaid-api/client.ts'
import { formatCount, formatDuration, formatTable, out } from '../print.ts'

export function pullCommand(program: Command): void {
  program
    .command('plaid-sync')
    .description('Pulls what is new at the banks into the store.')
    .option('--full', 'reads every history again and takes out what is gone')
    .option('--item <item_id>', 'this Item only')
    .action(async (options: { full?: boolean; item?: string }, command: Command) => {
      const api = await plaidApi(await runningSettings(command))
      const since = systemClock.now()
      const report = await api.pull(options.full ? 'full' : 'incremental', options.item)
      printPull(report)
      out(`Done in ${formatDuration(systemClock.now() - since)}.`)
      if (report.totals.failed === 0) return
      const failed = formatCount(report.totals.failed, 'Item')
      throw new ExitError(EXIT_ITEM_UNREADABLE, `✗ ${failed} could not be read; the others could`)
    })
}

function printPull({ items, totals }: PullReport): void {
  if (totals.items === 0) {
    out('No bank is linked yet: run make plaid-link-token')
    return
  }
  const names = ['institution', 'item', 'added', 'modified', 'removed', 'trouble']
  const rows = items.map((item) => [
    item.institution_name,
    item.item_id,
    item.added,
    item.modified,
    item.removed,
    item.error_message,
  ])
  out(formatTable(names, rows))
}
