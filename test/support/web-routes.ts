// Every route of the web app, and what stands in their places in a running system.
import type { System } from './system.ts'

export const routes = [
  '/',
  '/welcome',
  '/banks',
  '/banks/link',
  '/connections',
  '/connections/new',
  '/connections/new?like=:connection',
  '/jobs',
  '/jobs/1',
  '/data',
  '/data/airbyte_plaid/transactions',
  '/data/airbyte_plaid/transactions?tab=columns',
  '/data/sql',
  '/data/sql?view=chart&saved=nonesuch',
  '/alerts',
  '/verify',
  '/webhooks',
  '/world',
  '/system',
  '/settings',
  '/settings?tab=users',
  '/settings?tab=invitations',
  '/settings?tab=keys',
  '/settings?tab=audit',
  '/actors',
  '/sources/new',
  '/destinations/new',
  '/money',
  '/money?tab=flow',
  '/money?tab=recurring',
  '/money?tab=transfers',
  '/money?tab=balances',
  '/money?tab=holdings',
  '/nowhere',
  '/banks/:item',
  '/banks/link?item=:item',
  '/accounts/:account',
  '/follow/:transaction',
  '/connections/:connection',
  '/connections/:connection?tab=streams',
  '/connections/:connection?tab=schedule',
  '/connections/:connection?tab=settings',
  '/connections/:connection?tab=state',
  '/sources/:source',
  '/destinations/:destination',
]

export function placed(route: string, ids: Record<string, string>): string {
  return route.replace(/:(\w+)/, (_, name: string) => ids[name] ?? 'unknown')
}

/** One of each, for the places in an address. */
export async function idsOf({
  store,
  warehouse,
  airbyte,
}: System): Promise<Record<string, string>> {
  const [connection] = await airbyte.list<{
    connectionId: string
    sourceId: string
    destinationId: string
  }>('/connections')
  const item = await store.query<{ id: string }>('select item_id as id from plaid.item limit 1')
  const account = await store.query<{ id: string }>(
    'select account_id as id from plaid.account limit 1',
  )
  const transaction = await warehouse.query<{ id: string }>(
    'select transaction_id as id from airbyte_plaid.transactions limit 1',
  )
  return {
    item: item.rows[0]?.id ?? '',
    account: account.rows[0]?.id ?? '',
    transaction: transaction.rows[0]?.id ?? '',
    connection: connection?.connectionId ?? '',
    source: connection?.sourceId ?? '',
    destination: connection?.destinationId ?? '',
  }
}
