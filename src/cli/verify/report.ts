// Whether the promise holds: the bank against the store (asked of plaid-api, which has the Item's
// lease) and the store against the warehouse, for every Item and account (L4).
import type { VerifyReport } from '../../plaid-api/ingest/verify.ts'
import { feedClock } from '../../plaid-api/store/feed.ts'
import { createPool, type Pool } from '../../postgres/pool.ts'
import { type Db, tx } from '../../postgres/query.ts'
import { databaseUrl, warehouseUrl } from '../../server/keys.ts'
import type { Settings } from '../../server/settings.ts'
import { findConnection } from '../airbyte/apply.ts'
import type { Airbyte } from '../airbyte/client.ts'
import { connectionName } from '../airbyte/desired.ts'
import { recentJobs } from '../airbyte/job.ts'
import type { PlaidApi } from '../plaid-api/client.ts'
import * as rows from '../store/rows.ts'
import { type AccountsCompared, type Comparison, compare, compareAccounts } from './compare.ts'

export interface Verification {
  banks: VerifyReport[]
  /** Undefined before the first sync. */
  warehouse: WarehouseReport | undefined
}

export interface WarehouseReport {
  /** The stamp up to which the warehouse must equal the store. */
  promised: string | null
  transactions: Comparison
  accounts: AccountsCompared
}

export async function verifyAll(
  settings: Settings,
  api: PlaidApi,
  airbyte: Airbyte,
  onItem: (report: VerifyReport) => void,
): Promise<Verification> {
  const banks: VerifyReport[] = []
  for (const item of await api.items()) {
    if (item.status === 'removed') continue
    const report = await api.verify(item.item_id)
    banks.push(report)
    onItem(report)
  }
  const store = createPool(await databaseUrl(settings), { name: 'verify', connectionsMax: 2 })
  const warehouse = createPool(await warehouseUrl(settings), { name: 'verify', connectionsMax: 2 })
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
  const connection = await findConnection(airbyte, connectionName)
  if (!connection || !(await rows.warehouseHasTables(warehouse))) return undefined
  // Read before the rows: what is synced meanwhile is newer than it, and so in flight.
  const promised = await promisedStamp(airbyte, connection.connectionId, store)
  const accountsSince = await lastSyncStart(airbyte, connection.connectionId)
  return tx(store, (ours) =>
    tx(warehouse, async (theirs) => {
      await rows.beginSnapshot(ours)
      await rows.beginSnapshot(theirs)
      await rows.openStoreTransactions(ours)
      await rows.openWarehouseTransactions(theirs)
      const transactions = await compare(
        read(rows.fetchTransactions, ours),
        read(rows.fetchTransactions, theirs),
        promised,
      )
      await rows.openStoreAccounts(ours)
      await rows.openWarehouseAccounts(theirs)
      const accounts = await compareAccounts(
        read(rows.fetchAccounts, ours),
        read(rows.fetchAccounts, theirs),
        accountsSince,
      )
      return { promised, transactions, accounts }
    }),
  )
}

async function* read<R>(fetch: (db: Db) => Promise<R[]>, db: Db): AsyncGenerator<R> {
  for (let page = await fetch(db); page.length > 0; page = await fetch(db)) yield* page
}

interface ConnectionState {
  streamState?: {
    streamDescriptor: { name: string }
    streamState?: { epoch?: string; updated_at?: string }
  }[]
}

/** Null where nothing was brought yet, or the store was rebuilt since: all is to come again. */
async function promisedStamp(
  airbyte: Airbyte,
  connectionId: string,
  store: Pool,
): Promise<string | null> {
  const { streamState } = await airbyte.configApi<ConnectionState>('/state/get', { connectionId })
  const found = streamState?.find((one) => one.streamDescriptor.name === 'transactions')
  const state = found?.streamState
  const { epoch } = await feedClock(store)
  return state?.updated_at !== undefined && state.epoch === epoch ? state.updated_at : null
}

/** Accounts are brought whole by every sync: what changed since the last one began is to come. */
async function lastSyncStart(airbyte: Airbyte, connectionId: string): Promise<string | null> {
  const jobs = await recentJobs(airbyte, connectionId, JOBS_LOOKED_AT)
  const last = jobs.find((job) => job.status === 'succeeded')
  // Whole seconds: without the Z, a stamp of the same second counts as later.
  return last?.startTime.replace(/Z$/, '') ?? null
}

const JOBS_LOOKED_AT = 100
