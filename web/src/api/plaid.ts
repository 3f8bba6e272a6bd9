// What plaid-api gives: Items, accounts, transactions, pulls, Link.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type * as plaid from '../../../src/plaid-api/shapes.ts'
import type * as verify from '../../../src/plaid-api/verify-shapes.ts'
import type * as store from '../../../src/plaid-api/store/shapes.ts'
import type * as webhook from '../../../src/plaid-api/webhook/shapes.ts'
import { call } from './call.ts'

export type Item = plaid.Item
export type ItemStatus = plaid.ItemStatus
export type LinkSession = plaid.LinkSessionView
export type Pull = plaid.PullRow
export type Side = verify.Side
export type Webhook = webhook.WebhookRow
export type WebhookStatus = webhook.WebhookStatus

export type Account = store.Account
export type Transaction = store.Transaction

export type Standing = plaid.Standing
export type Standings = plaid.Standings

/** All but those that are not linked any more. */
export const living: Standing[] = ['failed', 'owner', 'attention', 'coming', 'fresh']

/** That one is late, nobody tells: it is asked for now and then. */
const lateMs = 60_000

/** How many banks stand how: so that none is listed to be counted. */
export const standingsQuery = queryOptions({
  queryKey: ['items', 'standings'],
  queryFn: ({ signal }) => call<Standings>('web/plaid/items/standings', { signal }),
  refetchInterval: lateMs,
})

export function livingOf(of: Standings): number {
  return living.reduce((sum, standing) => sum + of[standing], 0)
}

export interface ItemFilter {
  standing?: Standing[]
  /** In the name, the id or the owner. */
  search?: string
}

interface ItemsAsked extends ItemFilter {
  order?: 'linked' | 'worst' | 'next_pull'
  limit: number
}

/** The first of those that fit. */
export const itemsQuery = (asked: ItemsAsked) =>
  queryOptions({
    queryKey: ['items', 'first', asked],
    queryFn: async ({ signal }) => {
      const page = await call<plaid.ItemsPage>('web/plaid/items', { query: { ...asked }, signal })
      return page.items
    },
    refetchInterval: lateMs,
  })

/** What is asked for at once of a long list. */
const itemsPageMax = 30

export const itemPagesQuery = (filter: ItemFilter) =>
  infiniteQueryOptions({
    queryKey: ['items', 'pages', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      call<plaid.ItemsPage>('web/plaid/items', {
        query: { ...filter, limit: itemsPageMax, cursor: pageParam },
        signal,
      }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: lateMs,
  })

export const itemQuery = (id: string) =>
  queryOptions({
    queryKey: ['items', id],
    queryFn: ({ signal }) => call<Item>(`web/plaid/items/${encodeURIComponent(id)}`, { signal }),
    enabled: id !== '',
  })

export type BankHealth = plaid.BankHealth

/** How a bank does for everybody, as Plaid sees it. */
export const bankHealthQuery = (institution: string | null) =>
  queryOptions({
    queryKey: ['items', 'bank health', institution],
    queryFn: ({ signal }) => {
      const id = encodeURIComponent(institution ?? '')
      return call<plaid.InstitutionStatus>(`web/plaid/institutions/${id}/status`, { signal })
    },
    enabled: institution !== null,
    staleTime: 60_000,
  })

interface AccountFilter {
  item_id?: string
  account_id?: string[]
  search?: string
  limit?: number
}

const accountsMax = 100

export const accountsQuery = (filter: AccountFilter) =>
  queryOptions({
    queryKey: ['items', 'accounts', filter],
    queryFn: async ({ signal }) => {
      const query = { limit: accountsMax, ...filter }
      const page = await call<store.AccountsPage>('web/plaid/accounts', { query, signal })
      return page.accounts
    },
  })

export const accountQuery = (id: string) =>
  queryOptions({
    queryKey: ['items', 'account', id],
    queryFn: ({ signal }) =>
      call<Account>(`web/plaid/accounts/${encodeURIComponent(id)}`, { signal }),
  })

export const statsQuery = queryOptions({
  queryKey: ['items', 'stats'],
  queryFn: ({ signal }) => call<store.Stats>('web/plaid/stats', { signal }),
})

export interface TransactionFilter {
  account_id?: string
  item_id?: string
  search?: string
  start_date?: string
  end_date?: string
  category?: string
}

/** A page of them: on a phone each is a card. */
const transactionsMax = 50

export const transactionsQuery = (filter: TransactionFilter) =>
  infiniteQueryOptions({
    queryKey: ['items', 'transactions', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      call<store.TransactionsPage>('web/plaid/transactions', {
        query: { ...filter, limit: transactionsMax, cursor: pageParam },
        signal,
      }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })

export type PullRun = plaid.RunReport

export function startPull(itemId?: string, full = false): Promise<plaid.RunStarted> {
  const body = itemId === undefined ? {} : { item_id: itemId }
  return call(full ? 'web/plaid/sync/full' : 'web/plaid/sync', { method: 'POST', body })
}

export const pullQuery = (id: string) =>
  queryOptions({
    queryKey: ['pulls', id],
    queryFn: ({ signal }) => call<PullRun>(`web/plaid/sync/${id}`, { signal }),
  })

/** Plaid's page leads back to ours when it is done. */
export function startLink(body: {
  item_id?: string
  account_selection_enabled?: boolean
}): Promise<LinkSession> {
  const completion_redirect_uri = new URL('banks/link/done', document.baseURI).href
  return call('web/plaid/link/sessions', {
    method: 'POST',
    body: { ...body, completion_redirect_uri },
  })
}

/** Reading a session takes in what was linked, so it is a change and goes as a POST. */
export const linkQuery = (id: string) =>
  queryOptions({
    queryKey: ['link', id],
    queryFn: () => call<LinkSession>(`web/plaid/link/sessions/${id}`, { method: 'POST' }),
    refetchInterval: ({ state }) => (isOver(state.data) ? false : 2_000),
  })

function isOver(session: LinkSession | undefined): boolean {
  return session?.status === 'finished' || session?.status === 'expired'
}

export function resolveItem(id: string, choice: string): Promise<plaid.Resolved> {
  const path = `web/plaid/items/${encodeURIComponent(id)}/resolve`
  return call(path, { method: 'POST', body: { choice } })
}

/** A slice of it: whoever asks again goes on, until it is not `reading` any more. */
export function verifyItem(id: string): Promise<verify.VerifyReport> {
  return call(`web/plaid/items/${encodeURIComponent(id)}/verify`, { method: 'POST' })
}

export function disconnect(id: string): Promise<unknown> {
  return call(`web/plaid/items/${encodeURIComponent(id)}`, { method: 'DELETE' })
}

export function erase(id: string): Promise<unknown> {
  return call(`web/plaid/items/${encodeURIComponent(id)}/erase`, { method: 'POST' })
}

/** What each column of the catalog's tables means, by `table.column`. */
export const columnDocsQuery = queryOptions({
  queryKey: ['catalog'],
  staleTime: Infinity,
  queryFn: async ({ signal }) => {
    const { streams } = await call<store.StreamList>('web/plaid/schema', { signal })
    return new Map(
      streams.flatMap(({ name, json_schema: schema }) =>
        Object.entries(schema.properties).map(
          ([column, { description }]) => [`${name}.${column}`, description ?? ''] as const,
        ),
      ),
    )
  },
})

export function currencyOf(row: {
  iso_currency_code: string | null
  unofficial_currency_code: string | null
}): string | null {
  return row.iso_currency_code ?? row.unofficial_currency_code
}

const webhooksMax = 50

/** The newest first. */
export const webhooksQuery = ({ item, type }: { item?: string; type?: string }) =>
  infiniteQueryOptions({
    queryKey: ['webhooks', item ?? 'all', type ?? 'all'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      call<webhook.WebhooksPage>('web/plaid/webhooks', {
        query: { item_id: item, webhook_type: type, limit: webhooksMax, cursor: pageParam },
        signal,
      }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })

export const webhookStatusQuery = queryOptions({
  queryKey: ['webhooks', 'status'],
  queryFn: ({ signal }) => call<WebhookStatus>('web/plaid/webhooks/status', { signal }),
})

/** The newest first, of one Item. */
export const pullsQuery = (itemId: string, rows: number) =>
  queryOptions({
    queryKey: ['pulls', itemId, rows],
    queryFn: async ({ signal }) => {
      const query = { item_id: itemId, limit: rows }
      return (await call<plaid.PullsPage>('web/plaid/pulls', { query, signal })).pulls
    },
  })

export type PullCell = plaid.PullCell

/** In steps of time, of some Items. */
export const pullStripsQuery = (itemIds: string[], sinceMs: number, stepMs: number) =>
  queryOptions({
    queryKey: ['pulls', 'strips', itemIds, sinceMs, stepMs],
    queryFn: async ({ signal }) => {
      const since = new Date(sinceMs).toISOString()
      const query = { item_id: itemIds, since, step_seconds: stepMs / 1_000 }
      const answer = await call<plaid.PullStrips>('web/plaid/pulls/strips', { query, signal })
      return new Map(answer.strips.map(({ item_id: id, cells }) => [id, cells]))
    },
    enabled: itemIds.length > 0,
  })
