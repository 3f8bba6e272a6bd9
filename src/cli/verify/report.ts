// Whether the promise holds: the bank against the store (asked of plaid-api, which has the Item's
// lease) and the store against the warehouse, for every Item and account (L4).
import { accounts as accountStream } from '../../catalog/accounts.ts'
import { transactions as transactionStream } from '../../catalog/transactions.ts'
import type { VerifyReport } from '../../plaid-api/ingest/verify.ts'
import { isPulled } from '../../plaid-api/item/life.ts'
import type { Item } from '../../plaid-api/item/view.ts'
import { feedClock, isInGap } from '../../plaid-api/store/feed.ts'
import { createPool, type Pool } from '../../postgres/pool.ts'
import { type Db, tx } from '../../postgres/query.ts'
import { keepNurserySmall } from '../../std/memory.ts'
import { databaseUrl, warehouseUrl } from '../../server/keys.ts'
import type { Settings } from '../../server/settings.ts'
import { findConnection } from '../airbyte/apply.ts'
import type { Airbyte } from '../airbyte/client.ts'
import { connectionName } from '../airbyte/desired.ts'
import { lastSucceeded } from '../airbyte/job.ts'
import type { PlaidApi } from '../plaid-api/client.ts'
import * as rows from '../store/rows.ts'
import { type AccountsCompared, type Comparison, compare, compareAccounts } from './compare.ts'
import { columnsOf } from './columns.ts'

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
  transactions: Comparison
  accounts: AccountsCompared
}

export async function verifyAll(
  settings: Settings,
  api: PlaidApi,
  airbyte: Airbyte,
  onItem: (report: VerifyReport) => void,
  onPages: (item: Item, pages: number) => void,
): Promise<Verification> {
  keepNurserySmall()
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
        read(ours, rows.fetchTransactions, rows.storeTransactions),
        read(theirs, rows.fetchTransactions, rows.warehouseTransactions),
        promised,
        columnsOf(transactionStream),
      )
      await rows.openStoreAccounts(ours)
      await rows.openWarehouseAccounts(theirs)
      const accounts = await compareAccounts(
        read(ours, rows.fetchAccounts, rows.storeAccounts),
        read(theirs, rows.fetchAccounts, rows.warehouseAccounts),
        accountsSince,
        columnsOf(accountStream),
      )
      return { promised, transactions, accounts }
    }),
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

/** Null where nothing was brought yet, or the store was rebuilt since: all is to come again. */
async function promisedStamp(
  airbyte: Airbyte,
  connectionId: string,
  store: Pool,
): Promise<string | null> {
  const { streamState } = await airbyte.configApi<ConnectionState>('/state/get', { connectionId })
  const found = streamState?.find((one) => one.streamDescriptor.name === 'transactions')
  const state = found?.streamState
  const { epoch, head } = await feedClock(store)
  if (state?.updated_at === undefined || state.epoch !== epoch) return null
  const isLost = state.updated_at > head || (await isInGap(store, state.updated_at))
  return isLost ? null : state.updated_at
}

/** Accounts are brought whole by every sync: what changed since the last one began is to come. */
async function lastSyncStart(airbyte: Airbyte, connectionId: string): Promise<string | null> {
  const last = await lastSucceeded(airbyte, connectionId)
  // Whole seconds: without the Z, a stamp of the same second counts as later.
  return last?.startTime.replace(/Z$/, '') ?? null
}
