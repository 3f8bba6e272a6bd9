// Whether the promise holds: the bank against the store (asked of plaid-api, which has the Item's
// lease) and the store against the warehouse, for every Item and account (L4).
import { catalog } from '../../catalog/catalog.ts'
import type { Stream } from '../../catalog/stream.ts'
import { transactions as transactionStream } from '../../catalog/transactions.ts'
import { isPulled } from '../../plaid-api/item/life.ts'
import { type FeedClock, feedClock, isInGap } from '../../plaid-api/store/feed.ts'
import { createPool, type Pool } from '../../postgres/pool.ts'
import { type Db, tx } from '../../postgres/query.ts'
import { keepHeapSmall, keepNurserySmall } from '../../std/memory.ts'
import { databaseUrl, warehouseUrl } from '../keys.ts'
import type { Settings } from '../settings.ts'
import { findConnection } from '../airbyte/connection.ts'
import type { Airbyte } from '../airbyte/client.ts'
import { type JobStatus, lastSucceeded, recentJobs } from '../airbyte/job.ts'
import type { PlaidApi } from '../client/plaid-api.ts'
import * as rows from '../store/rows.ts'
import {
  changedSince,
  type Comparison,
  compare,
  compareRows,
  keptBy,
  newerThan,
  noRowsCompared,
  nothingCompared,
  type RowsCompared,
} from './compare.ts'
import { columnsOf } from './columns.ts'
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
  /** The stamp up to which the warehouse must equal the store. */
  promised: string | null
  /** Tables that a sync brought and that are not there. */
  missing: string[]
  /** Streams that were chosen since the last sync: no table of theirs is to be there yet. */
  unsynced: string[]
  /** The last sync, if it failed: what is in flight waits for one that succeeds. */
  failedJob: number | undefined
  transactions: Comparison
  /** By the name of the stream: the others that the connection brings. */
  streams: Record<string, RowsCompared>
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
  const brought = await broughtBy(airbyte, connectionId, store)
  const succeeded = await lastSucceeded(airbyte, connectionId)
  const names = brought.map(({ stream }) => stream.name)
  const absent = await rows.missingTables(warehouse, names)
  if (absent.length > 0 && !succeeded) return undefined
  const unsynced = absent.filter((name) =>
    brought.some(({ stream, isBegun }) => stream.name === name && !isBegun),
  )
  const missing = absent.filter((name) => !unsynced.includes(name))
  const failedJob = await lastFailure(airbyte, connectionId)
  return tx(store, (ours) =>
    tx(warehouse, async (theirs) => {
      await rows.beginSnapshot(ours)
      await rows.beginSnapshot(theirs)
      const streams: WarehouseReport['streams'] = {}
      let transactions = nothingCompared()
      let promised: string | null = null
      for (const one of brought) {
        const { name } = one.stream
        if (unsynced.includes(name)) continue
        const isMissing = missing.includes(name)
        if (name === transactionStream.name) {
          promised = one.promised
          if (!isMissing) transactions = await compareTransactions(ours, theirs, promised)
        } else {
          const since = succeeded?.startTime
          streams[name] = isMissing
            ? noRowsCompared()
            : await compareStream(ours, theirs, one, since)
        }
      }
      return { promised, missing, unsynced, failedJob, transactions, streams }
    }),
  )
}

async function compareTransactions(ours: Db, theirs: Db, promised: string | null) {
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
  syncStart: string | undefined,
): Promise<RowsCompared> {
  await rows.openStoreRows(ours, stream)
  await rows.openWarehouseRows(theirs, stream)
  // Whole seconds: without the Z, a stamp of the same second counts as later.
  const since = syncStart?.replace(/Z$/, '') ?? null
  return compareRows(
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
    isWhole ? changedSince(since) : newerThan(promised),
    columnsOf(stream),
    keptBy(keptTo),
  )
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

interface ConnectionState {
  streamState?: {
    streamDescriptor: { name: string }
    streamState?: { epoch?: string; updated_at?: string }
  }[]
}

interface Brought {
  stream: Stream
  /** It comes whole with every sync. */
  isWhole: boolean
  /** A sync has read of it: such streams as come whole keep nothing by which that is known. */
  isBegun: boolean
  /** Null where nothing was brought yet, or the store was rebuilt since: all is to come again. */
  promised: string | null
  /** Up to this stamp the store may have let rows go that the warehouse keeps. */
  keptTo: string | null
}

/**
 * What the connection brings, and up to which stamp. Read before the rows: what is synced meanwhile
 * is newer than it, and so in flight.
 */
async function broughtBy(airbyte: Airbyte, connectionId: string, store: Pool): Promise<Brought[]> {
  const { configurations } = await airbyte.publicApi<{
    configurations: { streams: { name: string; syncMode: string }[] }
  }>('GET', `/connections/${connectionId}`)
  const { streamState } = await airbyte.configApi<ConnectionState>('/state/get', { connectionId })
  const clock = await feedClock(store)
  const brought: Brought[] = []
  for (const stream of catalog) {
    const chosen = configurations.streams.find(({ name }) => name === stream.name)
    if (!chosen) continue
    const found = streamState?.find((one) => one.streamDescriptor.name === stream.name)
    const promised = await promisedStamp(found?.streamState, clock, store)
    const isWhole = chosen.syncMode.startsWith('full_refresh')
    const keptTo = stream.daysKept === undefined ? null : clock.pruned_before
    const isBegun = isWhole || found?.streamState !== undefined
    brought.push({ stream, isWhole, isBegun, promised, keptTo })
  }
  return brought
}

async function promisedStamp(
  state: { epoch?: string; updated_at?: string } | undefined,
  { epoch, head }: FeedClock,
  store: Pool,
): Promise<string | null> {
  if (state?.updated_at === undefined || state.epoch !== epoch) return null
  const isLost = state.updated_at > head || (await isInGap(store, state.updated_at))
  return isLost ? null : state.updated_at
}

async function lastFailure(airbyte: Airbyte, connectionId: string): Promise<number | undefined> {
  const [last] = (await recentJobs(airbyte, connectionId, 2)).filter(({ status }) =>
    ENDS.has(status),
  )
  return last?.status === 'failed' ? last.jobId : undefined
}

const ENDS = new Set<JobStatus>(['succeeded', 'failed'])
