// What a verification found, as JSON has it, and in a word.
import { decimal, type Side } from './compare.ts'
import type { Verification, WarehouseReport } from './report.ts'

/** JSON has no maps and no big integers. */
export function plain({ banks, warehouse }: Verification): object {
  if (!warehouse) return { banks }
  const side = (one: Side) => ({
    count: one.count,
    sum: decimal(one.sum),
    checksum: checksumText(one),
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
      missing: warehouse.missing,
      unsynced: warehouse.unsynced,
      unpromised: warehouse.unpromised,
      ...(warehouse.failedJob === undefined ? {} : { failedJob: warehouse.failedJob }),
      transactions: { ...warehouse.transactions, accounts },
      streams: warehouse.streams,
    },
  }
}

/** Of 64 bits. */
export function checksumText({ checksum }: Side): string {
  return checksum.toString(16).padStart(16, '0')
}

export function isDifferent({ banks, warehouse }: Verification): boolean {
  return (
    banks.some((report) => report.status === 'different') ||
    (warehouse !== undefined && warehouseDiffers(warehouse))
  )
}

/** After a restore of the database, for instance, when all is to come again. */
export function notComparable(streams: readonly string[]): string {
  return `${streams.join(', ')}: not comparable yet: make airbyte-sync`
}

/** What is in flight is no difference, unless the sync that should have brought it failed. */
export function warehouseDiffers(warehouse: WarehouseReport): boolean {
  const { missing, failedJob, transactions, streams } = warehouse
  const isLate = failedJob !== undefined && inFlight(warehouse) > 0
  const others = Object.values(streams).some(({ different }) => different.length > 0)
  return isLate || missing.length > 0 || transactions.different > 0 || others
}

export function inFlight({ transactions, streams }: WarehouseReport): number {
  const others = Object.values(streams).reduce((sum, one) => sum + one.inFlight, 0)
  return transactions.inFlight + others
}
