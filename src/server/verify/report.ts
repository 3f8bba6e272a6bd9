// Whether the promise holds: the bank against the store (asked of plaid-api, which has the Item's
// lease) and the store against the warehouse, for every Item and account (L4).
import { transactions as transactionStream } from '../../catalog/transactions.ts'
import { isPulled } from '../../plaid-api/item/life.ts'
import { createPool, type Pool } from '../../postgres/pool.ts'
import { type Db, tx } from '../../postgres/query.ts'
import { keepHeapSmall, keepNurserySmall } from '../../std/memory.ts'
import { databaseUrl, warehouseUrl } from '../keys.ts'
import type { Settings } from '../settings.ts'
import { findConnection } from '../airbyte/connection.ts'
import type { Airbyte } from '../airbyte/client.ts'
import { type JobStatus, recentJobs } from '../airbyte/job.ts'
import type { PlaidApi } from '../client/plaid-api.ts'
import * as rows from '../store/rows.ts'
import {
  changedSince,
  type Comparison,
  compare,
  compareRows,
  keptBy,
  newerThan,
  nothingCompared,
  type RowsCompared,
} from './compare.ts'
import { columnsOf } from './columns.ts'
import { type Brought, broughtBy } from './promise.ts'
import type { Item } from '../../plaid-api/shapes.ts'
import type { VerifyReport } from '../../plaid-api/verify-shapes.ts'

/** The first row of a cursor comes when all are sorted. */
const statementMsMax = 3_600_000

export interface Verification {
  banks: VerifyReport[]
  /** Undefined before the first sync. */
  warehouse: WarehouseReport | undefined
}

export interface WarehouseReport {
  /** The stamp up to which the warehouse's transactions must equal the store's. */
  promised: string | null
  /** Tables that a sync brought and that are not there. */
  missing: string[]
  /** Streams that were chosen since the last sync: no table of theirs is to be there yet. */
  unsynced: string[]
  /** Streams whose table is there, and of which nothing is promised: these are not compared. */
  unpromised: string[]
  /** The last sync, if it failed: what is in flight waits for one that succeeds. */
  failedJob: number | undefined
  transactions: Comparison
  /** By the name of the stream: the others that the connection brings. */
  streams: Record<string, StreamCompared>
}

export interface StreamCompared extends RowsCompared {
  /** It comes whole with every sync. */
  isWhole: boolean
}

export async function verifyAll(
  settings: Settings,
  api: PlaidApi,
  airbyte: Airbyte,
  onItem: (report: VerifyReport) => void,
  onPages: (item: Item, pages: number) => void,
): Promise<Verification> {
  keepNurserySmall()
  keepHeapSmall()
  const banks: VerifyReport[] = []
  for await (const item of api.items()) {
    if (!isPulled(item.status)) continue
    const report = await api.verify(item.item_id, (pages) => onPages(item, pages))
    banks.push(report)
    onItem(report)
  }
  const store = createPool(await databaseUrl(settings), {
    name: 'verify',
    connectionsMax: 2,
    statementMsMax,
  })
  const warehouse = createPool(await warehouseUrl(settings), {
    name: 'verify',
    connectionsMax: 2,
    statementMsMax,
  })
  try {
    return { banks, warehouse: await compareWarehouse(store, warehouse, airbyte) }
  } finally {
    await Promise.all([store.end(), warehouse.end()])
  }
}

async function compareWarehouse(
  store: Pool,
  warehouse: Pool,
  airbyte: Airbyte,
): Promise<WarehouseReport | undefined> {
  const connection = await findConnection(airbyte)
  if (!connection) return undefined
  const { connectionId } = connection
  const { missing, unsynced, unpromised, comparable, isSynced } = await broughtBy(
    airbyte,
    connectionId,
    store,
    warehouse,
  )
  if (missing.length + unsynced.length > 0 && !isSynced) return undefined
  const failedJob = await lastFailure(airbyte, connectionId)
  return tx(store, (ours) =>
    tx(warehouse, async (theirs) => {
      await rows.beginSnapshot(ours)
      await rows.beginSnapshot(theirs)
      const streams: WarehouseReport['streams'] = {}
      let transactions = nothingCompared()
      let promised: string | null = null
      for (const one of comparable) {
        const { name } = one.stream
        if (name === transactionStream.name) {
          promised = one.promised
          transactions = await compareTransactions(ours, theirs, promised)
        } else streams[name] = await compareStream(ours, theirs, one)
      }
      return { promised, missing, unsynced, unpromised, failedJob, transactions, streams }
    }),
  )
}

async function compareTransactions(ours: Db, theirs: Db, promised: string) {
  await rows.openStoreTransactions(ours)
  await rows.openWarehouseTransactions(theirs)
  return compare(
    read(ours, rows.fetchTransactions, rows.storeTransactions),
    read(theirs, rows.fetchTransactions, rows.warehouseTransactions),
    promised,
    columnsOf(transactionStream),
  )
}

async function compareStream(
  ours: Db,
  theirs: Db,
  { stream, isWhole, promised, keptTo }: Brought,
): Promise<StreamCompared> {
  await rows.openStoreRows(ours, stream)
  await rows.openWarehouseRows(theirs, stream)
  const compared = await compareRows(
    read(
      ours,
      (db) => rows.fetchRows(db, stream),
      (db, ids) => rows.storeRows(db, stream, ids),
    ),
    read(
      theirs,
      (db) => rows.fetchRows(db, stream),
      (db, ids) => rows.warehouseRows(db, stream, ids),
    ),
    isWhole ? changedSince(promised) : newerThan(promised),
    columnsOf(stream),
    keptBy(keptTo),
  )
  return { ...compared, isWhole }
}

/** Page by page, each row with what is in it; a tombstone has nothing. */
async function* read<R extends { id: string }>(
  db: Db,
  fetch: (db: Db) => Promise<R[]>,
  contents: (db: Db, ids: string[]) => Promise<rows.Content[]>,
): AsyncGenerator<R & { json: string }> {
  for (let page = await fetch(db); page.length > 0; page = await fetch(db)) {
    const ids = page.map(({ id }) => id)
    const found = new Map((await contents(db, ids)).map(({ id, json }) => [id, json]))
    for (const row of page) yield { ...row, json: found.get(row.id) ?? '{}' }
  }
}

async function lastFailure(airbyte: Airbyte, connectionId: string): Promise<number | undefined> {
  const [last] = (await recentJobs(airbyte, connectionId, 2)).filter(({ status }) =>
    ENDS.has(status),
  )
  return last?.status === 'failed' ? last.jobId : undefined
}

const ENDS = new Set<JobStatus>(['succeeded', 'failed'])
