// `verify`: does the warehouse hold exactly what the banks say? Exit codes: 0 equal, 5 different,
// 6 an Item could not be read.
import type { Command } from 'commander'
import type { VerifyReport } from '../../plaid-api/ingest/verify.ts'
import { ourAirbyte } from '../airbyte/ours.ts'
import { runningSettings } from '../context.ts'
import { EXIT_DIFFERENT, EXIT_ITEM_UNREADABLE, ExitError } from '../exit.ts'
import { plaidApi } from '../plaid-api/client.ts'
import { formatCount, formatTable, note, out, outJson } from '../print.ts'
import { billionths, decimal, type Difference, type Side } from '../verify/compare.ts'
import { type Verification, verifyAll, type WarehouseReport } from '../verify/report.ts'

export function verifyCommand(program: Command): void {
  program
    .command('verify')
    .description('Compares bank, store and warehouse, for every Item and account.')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExit codes: 0 equal, 5 different, 6 an Item could not be read.')
    .action(async (options: { json?: boolean }, command: Command) => {
      const settings = await runningSettings(command)
      const api = await plaidApi(settings)
      const result = await verifyAll(
        settings,
        api,
        await ourAirbyte(settings),
        (report) => (options.json ? undefined : tellItem(report)),
        (item, pages) => note(`… ${item.institution_name ?? item.item_id}: ${pages} pages read`),
      )
      if (options.json) outJson(plain(result))
      else tellWarehouse(result)
      conclude(result)
    })
}

function tellItem(report: VerifyReport): void {
  const who = `${report.institution_name ?? 'Item'} ${report.item_id}`
  if (report.status === 'equal') note(`✓ ${who}: the store has what the bank says`)
  if (report.status === 'unreadable') note(`✗ ${who}: ${report.error?.message ?? 'unreadable'}`)
  if (report.status !== 'different') return
  note(`✗ ${who}: ${formatCount(report.total ?? 0, 'transaction')} differ`)
  tellIds('the store has not', report.missing)
  tellIds('the bank has not', report.extra)
  tellIds('not the same', report.changed)
}

function tellIds(what: string, ids: string[] = []): void {
  if (ids.length > 0) note(`    ${what}: ${ids.join(' ')}`)
}

function tellWarehouse({ banks, warehouse }: Verification): void {
  if (!warehouse) {
    note('… nothing was synced into the warehouse yet: run make airbyte-sync')
    return
  }
  out(formatTable(['account', 'place', 'count', 'sum', 'checksum'], accountRows(banks, warehouse)))
  const { transactions, accounts } = warehouse
  for (const one of transactions.named) note(`✗ transaction ${differenceText(one)}`)
  for (const one of accounts.different) note(`✗ account ${differenceText(one)}`)
  const alike = accounts.compared - accounts.different.length
  note(`✓ ${formatCount(alike, 'account')}, with those that have no transactions, are the same`)
  const flying = transactions.inFlight + accounts.inFlight
  if (flying > 0) note(`… ${formatCount(flying, 'row')} in flight: the next sync brings them`)
}

function differenceText({ id, kind, columns }: Difference): string {
  return `${id}: ${kind}${columns ? ` in ${columns.join(', ')}` : ''}`
}

/**
 * Three lines an account. The bank's checksum is of whole bodies and compared by plaid-api itself;
 * store and warehouse are compared here, over the same columns.
 */
function accountRows(banks: VerifyReport[], { transactions }: WarehouseReport): string[][] {
  const bankSides = new Map(
    banks.flatMap((report) => report.accounts.map((one) => [one.account_id, one.bank] as const)),
  )
  return [...transactions.accounts].flatMap(([id, { store, warehouse }]) => {
    const bank = bankSides.get(id)
    const sides = [sideRow('', 'store', store), sideRow('', 'warehouse', warehouse)]
    const first = bank
      ? [id, 'bank', String(bank.count), decimal(billionths(bank.sum)), '']
      : [id, 'bank', '?']
    return [first, ...sides]
  })
}

function sideRow(id: string, place: string, side: Side): string[] {
  return [id, place, String(side.count), decimal(side.sum), side.checksum.toString(16)]
}

function conclude({ banks, warehouse }: Verification): void {
  const isDifferent =
    banks.some((report) => report.status === 'different') ||
    (warehouse !== undefined &&
      (warehouse.transactions.different > 0 || warehouse.accounts.different.length > 0))
  if (isDifferent) throw new ExitError(EXIT_DIFFERENT, '✗ there are differences')
  const unread = banks.filter((report) => report.status === 'unreadable').length
  if (unread > 0) {
    const sentence = `✗ ${formatCount(unread, 'Item')} could not be read; nothing else differs`
    throw new ExitError(EXIT_ITEM_UNREADABLE, sentence)
  }
  note('✓ no difference')
}

/** JSON has no maps and no big integers. */
function plain({ banks, warehouse }: Verification): object {
  if (!warehouse) return { banks }
  const side = (one: Side) => ({
    count: one.count,
    sum: decimal(one.sum),
    checksum: one.checksum.toString(16),
  })
  const accounts = [...warehouse.transactions.accounts].map(([account_id, one]) => ({
    account_id,
    item_id: one.item_id,
    store: side(one.store),
    warehouse: side(one.warehouse),
  }))
  return {
    banks,
    warehouse: {
      promised: warehouse.promised,
      transactions: { ...warehouse.transactions, accounts },
      accounts: warehouse.accounts,
    },
  }
}
