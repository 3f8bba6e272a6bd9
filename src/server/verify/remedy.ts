// What helps against what a verification found: commands, in the order in which they help. The
// store comes first: read again from a store that is wrong, the warehouse would be wrong too.
// Pure.
import { inFlight, warehouseDiffers } from './plain.ts'
import type { Verification, WarehouseReport } from './report.ts'

export function remedyOf({ banks, warehouse }: Verification): string[] {
  const pulls = banks
    .filter((report) => report.status === 'different')
    .map((report) => `./tartan plaid-sync --full --item ${report.item_id}`)
  const tables = warehouse ? tableSteps(warehouse) : []
  const isBehind =
    warehouse !== undefined &&
    (pulls.length > 0 || warehouseDiffers(warehouse) || warehouse.unpromised.length > 0)
  const steps = [...pulls, ...tables, ...(isBehind ? ['make airbyte-sync'] : [])]
  return steps.length > 0 ? [...steps, './tartan verify'] : []
}

/** A sync brings what changed, and no row again that was there; an empty table it reads whole. */
function tableSteps(warehouse: WarehouseReport): string[] {
  const { failedJob: job, transactions, streams } = warehouse
  const isLate = job !== undefined && inFlight(warehouse) > 0
  const differing = Object.entries(streams).filter(([, one]) => one.different.length > 0)
  return [
    ...(isLate ? [`./tartan jobs ${job}   # why the last sync failed`] : []),
    ...(transactions.different > 0 ? [truncation('transactions')] : []),
    ...differing.filter(([, one]) => !one.isWhole).map(([name, one]) => truncation(name, one.kept)),
  ]
}

/** `kept`: rows that the store has let go by their age, and the warehouse alone has. */
function truncation(table: string, kept = 0): string {
  const loss = kept === 0 ? '' : `   # ${kept} of its rows are nowhere else`
  return `./tartan sql "truncate airbyte_plaid.${table}"${loss}`
}
