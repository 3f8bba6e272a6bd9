// `verify`: does the warehouse hold exactly what the banks say? Exit codes: 0 equal, 5 different
// or not to be compared yet, 6 an Item could not be read.
import type { Command } from 'commander'
import { catalog } from '../../catalog/catalog.ts'
import { ourAirbyte } from '../../server/airbyte/ours.ts'
import { runningSettings } from '../context.ts'
import { EXIT_DIFFERENT, EXIT_ITEM_UNREADABLE, ExitError } from '../exit.ts'
import { plaidApi } from '../../server/client/plaid-api.ts'
import { formatCount, formatTable, note, out, outJson } from '../print.ts'
import {
  billionths,
  decimal,
  type Difference,
  type RowsCompared,
  type Side,
} from '../../server/verify/compare.ts'
import {
  checksumText,
  inFlight,
  isDifferent,
  notComparable,
  plain,
} from '../../server/verify/plain.ts'
import { remedyOf } from '../../server/verify/remedy.ts'
import { keepVerification } from '../../server/verify/keep.ts'
import { type Verification, verifyAll, type WarehouseReport } from '../../server/verify/report.ts'
import type { Differences, VerifyReport } from '../../plaid-api/verify-shapes.ts'

export function verifyCommand(program: Command): void {
  program
    .command('verify')
    .description('Compares bank, store and warehouse, for every Item and account.')
    .option('--json', 'as JSON')
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
      await keepVerification(settings, result)
      if (options.json) outJson({ ...plain(result), steps: remedyOf(result) })
      else {
        tellNotAtBanks()
        tellWarehouse(result)
      }
      conclude(result)
    })
}

function tellNotAtBanks(): void {
  for (const { name, notAtBank } of catalog) {
    if (notAtBank !== undefined) note(`… ${name} is not compared with the banks: ${notAtBank}`)
  }
}

function tellItem(report: VerifyReport): void {
  const who = `${report.institution_name ?? 'Item'} ${report.item_id}`
  if (report.status === 'equal') note(`✓ ${who}: the store has what the bank says`)
  if (report.status === 'unreadable') note(`✗ ${who}: ${report.error?.message ?? 'unreadable'}`)
  if (report.status === 'different') {
    const { total = 0, missing = [], extra = [], changed = [] } = report
    tellDifferent(who, 'transactions', { total, missing, extra, changed })
  }
  for (const { stream, compared, left_out: why, ...found } of report.streams ?? []) {
    if (why !== null) note(`    ${stream} is not compared: ${why}`)
    else if (found.total > 0) tellDifferent(who, stream, found)
    else note(`    ${stream}: ${formatCount(compared, 'row')}, as the bank says`)
  }
}

function tellDifferent(who: string, stream: string, { total, ...ids }: Differences): void {
  if (total === 0) return
  note(`✗ ${who}: ${formatCount(total, 'row')} of ${stream} ${total === 1 ? 'differs' : 'differ'}`)
  tellIds('the store has not', ids.missing)
  tellIds('the bank has not', ids.extra)
  tellIds('not the same', ids.changed)
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
  const { transactions, streams } = warehouse
  for (const table of warehouse.missing) note(`✗ the warehouse has no table ${table} any more`)
  for (const name of warehouse.unsynced) {
    note(`… ${name} was not synced yet: the next sync brings it`)
  }
  const { failedJob: job, unpromised } = warehouse
  if (unpromised.length > 0) note(`✗ ${notComparable(unpromised)}`)
  for (const one of transactions.named) note(`✗ transaction ${differenceText(one)}`)
  const unnamed = transactions.different - transactions.named.length
  if (unnamed > 0) note(`✗ … and ${formatCount(unnamed, 'transaction')} more`)
  for (const [name, one] of Object.entries(streams)) tellStream(name, one)
  const flying = inFlight(warehouse)
  if (flying === 0) return
  const rows = `${formatCount(flying, 'row')} in flight`
  if (job === undefined) note(`… ${rows}: the next sync brings them`)
  else note(`✗ ${rows}: sync ${job} failed to bring them, ./tartan jobs ${job} says why`)
}

function tellStream(name: string, { compared, different, unnamed }: RowsCompared): void {
  for (const one of different) note(`✗ ${name} ${differenceText(one)}`)
  if (unnamed > 0) note(`✗ … and ${formatCount(unnamed, 'row')} of ${name} more`)
  const alike = compared - different.length - unnamed
  note(`✓ ${name}: ${formatCount(alike, 'row')} ${alike === 1 ? 'is' : 'are'} the same`)
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
  return [id, place, String(side.count), decimal(side.sum), checksumText(side)]
}

function conclude(found: Verification): void {
  const { banks, warehouse } = found
  const { unpromised = [] } = warehouse ?? {}
  if (isDifferent(found) || unpromised.length > 0) {
    const what = isDifferent(found) ? 'there are differences' : 'not all could be compared'
    const steps = remedyOf(found).map((step) => `\n    ${step}`)
    throw new ExitError(EXIT_DIFFERENT, `✗ ${what}. What helps, in this order:${steps.join('')}`)
  }
  const unread = banks.filter((report) => report.status === 'unreadable').length
  if (unread > 0) {
    const sentence = `✗ ${formatCount(unread, 'Item')} could not be read; nothing else differs`
    throw new ExitError(EXIT_ITEM_UNREADABLE, sentence)
  }
  note(warehouse ? '✓ no difference' : '✓ no difference between bank and store')
}
