// `plaid-sync`: what the banks have, into the store; returns when it is there.
import type { Command } from 'commander'
import { systemClock } from '../../std/clock.ts'
import { TransientError } from '../../std/errors.ts'
import { isPulled } from '../../plaid-api/item/life.ts'
import { runningSettings } from '../context.ts'
import { EXIT_ITEM_UNREADABLE, ExitError } from '../exit.ts'
import { type PlaidApi, plaidApi } from '../../server/client/plaid-api.ts'
import { findBank } from '../plaid-api/banks.ts'
import { adviceText, noBank } from '../plaid-api/items-text.ts'
import { formatCount, formatDuration, formatTable, note, out } from '../print.ts'
import type { Item, RunReport } from '../../plaid-api/shapes.ts'

export function pullCommand(program: Command): void {
  program
    .command('plaid-sync')
    .description('Pulls what is new at the banks into the store.')
    .option('--full', 'reads every history again and takes out what is gone')
    .option('--item <bank>', 'this bank only, by its name or its Item’s id')
    .action(async (options: { full?: boolean; item?: string }, command: Command) => {
      const api = await plaidApi(await runningSettings(command))
      const { full, item } = options
      const found = item === undefined ? undefined : await pulledBank(api, item)
      await pullNow(api, full ? 'full' : 'incremental', found?.item_id)
    })
}

/** One that was ended keeps its name beside that of the bank that is linked now. */
function pulledBank(api: PlaidApi, bank: string): Promise<Item> {
  return findBank(api, bank, ({ status }) => isPulled(status), 'one that is pulled')
}

/** Prints what came; fails when not everything could be read. */
export async function pullNow(
  api: PlaidApi,
  mode: 'incremental' | 'full',
  itemId?: string,
): Promise<void> {
  const since = systemClock.now()
  const report = await api.pull(mode, itemId)
  printPull(report)
  const read = new Set(report.items.map((item) => item.item_id))
  if (itemId === undefined) for await (const item of api.items()) tellItem(item, read)
  else tellItem(await api.item(itemId), read)
  if (report.totals.failed > 0) {
    const failed = formatCount(report.totals.failed, 'Item')
    const isSome = report.totals.failed < report.totals.items
    const others = isSome ? '; the others could: make airbyte-sync brings them' : ''
    throw new ExitError(EXIT_ITEM_UNREADABLE, `✗ ${failed} could not be read${others}`)
  }
  // A run whose process died has no Item to blame.
  if (report.status === 'failed') {
    throw new TransientError('PULL_INTERRUPTED', 'plaid-api was ended meanwhile: run it once more')
  }
  out(`Done in ${formatDuration(systemClock.now() - since)}.`)
}

function tellItem(item: Item, read: Set<string>): void {
  if (item.advice !== null && item.status !== 'error') note(adviceText(item))
  if (!read.has(item.item_id) || item.history_complete) return
  if (item.error_code !== null || !isPulled(item.status)) return
  const who = item.institution_name ?? item.item_id
  note(`… ${who} still prepares its history: the rest comes by itself, or by make plaid-sync`)
}

function printPull({ items, totals }: RunReport): void {
  if (totals.items === 0) {
    out(noBank)
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
