// plaid-api as the command line uses it: by HTTP with its API key, as any other caller.
import { systemClock } from '../../std/clock.ts'
import { TransientError } from '../../std/errors.ts'
import type { Choice } from '../../plaid-api/item/choice.ts'
import { plaidApiUrl } from '../addresses.ts'
import { readKey } from '../keys.ts'
import type { Settings } from '../settings.ts'
import { request, type Request, throughRestarts } from './http.ts'
import { isUp } from '../supervisor/lock.ts'
import type {
  Item,
  ItemsPage,
  ItemStatus,
  LinkSessionView,
  Resolved,
  RunReport,
  RunStarted,
} from '../../plaid-api/shapes.ts'
import type { VerifyReport } from '../../plaid-api/verify-shapes.ts'
import type { Account, AccountsPage, Stats } from '../../plaid-api/store/shapes.ts'
import type { WebhookRow, WebhooksPage, WebhookStatus } from '../../plaid-api/webhook/shapes.ts'

export interface PlaidApi {
  /** All, or those in one state, page by page. */
  items(filter?: { status?: ItemStatus }): AsyncGenerator<Item>
  item(itemId: string): Promise<Item>
  accounts(): AsyncGenerator<Account>
  stats(): Promise<Stats>
  /** The newest first, at most so many. */
  webhooks(filter: WebhookFilter, limit: number): AsyncGenerator<WebhookRow>
  webhookStatus(): Promise<WebhookStatus>
  linkSandboxItem(institutionId: string): Promise<void>
  beginLink(request?: LinkRequest): Promise<LinkSessionView>
  linkSession(id: string): Promise<LinkSessionView>
  /** Pulls every Item, or one; resolves when the bank's data is in the store. */
  pull(mode: 'incremental' | 'full', itemId?: string): Promise<RunReport>
  /** Resolves when all of it was read, slice by slice; `onPages` hears how far it is. */
  verify(itemId: string, onPages: (pages: number) => void): Promise<VerifyReport>
  resolve(itemId: string, choice: Choice): Promise<Resolved>
  disconnect(itemId: string): Promise<void>
  erase(itemId: string): Promise<void>
}

interface WebhookFilter {
  item_id?: string | undefined
  webhook_code?: string | undefined
}

interface LinkRequest {
  client_user_id?: string
  item_id?: string
  account_selection_enabled?: boolean
}

const pageLimit = 1_000
const lookEveryMs = 200
/** A slice of a reading, with what compares it at its end. */
const verifyMsMax = 280_000
/** Tombstones of a large Item. */
const endMsMax = 600_000
/** How long a pull that holds the Item is waited for: a million rows take most of an hour. */
const busyMsMax = 7_200_000

export async function plaidApi(settings: Settings): Promise<PlaidApi> {
  const base = plaidApiUrl(settings)
  const patiently = <T>(work: () => Promise<T>) => throughRestarts(() => isUp(settings), work)
  // The key is read for each call: one that follows something goes on when it is replaced.
  const call = async <T>(path: string, more: Partial<Request> = {}) => {
    const bearer = await readKey(settings.dataFolder, 'plaid-api.key')
    return request<T>({ service: 'plaid-api', url: base + path, bearer, ...more })
  }
  return {
    items: (filter = {}) => {
      const wanted = filter.status === undefined ? '' : `&status=${filter.status}`
      return pages(call, `/items?limit=${pageLimit}${wanted}`, (page: ItemsPage) => page.items)
    },
    item: (itemId) => call(pathOf(itemId)),
    accounts: () =>
      pages(call, `/accounts?limit=${pageLimit}`, (page: AccountsPage) => page.accounts),
    stats: () => call('/stats'),
    webhooks: async function* (filter, limit) {
      const asked = Object.entries(filter).filter(([, value]) => value !== undefined)
      const wanted = asked.map(([name, value]) => `&${name}=${encodeURIComponent(String(value))}`)
      const size = Math.max(1, Math.min(limit, pageLimit))
      const path = `/webhooks?limit=${size}${wanted.join('')}`
      let left = limit
      for await (const row of pages(call, path, (page: WebhooksPage) => page.webhooks)) {
        if (left-- <= 0) return
        yield row
      }
    },
    webhookStatus: () => call('/webhooks/status'),
    linkSandboxItem: async (institutionId) => {
      await call('/items/sandbox', { body: { institution_id: institutionId } })
    },
    beginLink: (asked = {}) => call('/link/sessions', { body: asked }),
    linkSession: (id) => call(`/link/sessions/${id}`),
    pull: async (mode, itemId) => {
      const path = mode === 'full' ? '/sync/full' : '/sync'
      const body = itemId === undefined ? {} : { item_id: itemId }
      const { id } = await patiently(() => call<RunStarted>(path, { body }))
      for (;;) {
        const report = await patiently(() => call<RunReport>(`/sync/${id}`))
        if (report.status !== 'running') return report
        await systemClock.sleep(lookEveryMs)
      }
    },
    verify: async (itemId, onPages) => {
      const path = `${pathOf(itemId)}/verify`
      const slice = () => call<VerifyReport>(path, { method: 'POST', msMax: verifyMsMax })
      for (;;) {
        const report = await whenFree(() => patiently(slice))
        if (report.status !== 'reading') return report
        onPages(report.pages ?? 0)
      }
    },
    resolve: (itemId, choice) =>
      whenFree(() => call(`${pathOf(itemId)}/resolve`, { body: { choice }, msMax: endMsMax })),
    disconnect: (itemId) =>
      whenFree(() => call(pathOf(itemId), { method: 'DELETE', msMax: endMsMax })),
    erase: (itemId) =>
      whenFree(() => call(`${pathOf(itemId)}/erase`, { method: 'POST', msMax: endMsMax })),
  }
}

function pathOf(itemId: string): string {
  return `/items/${encodeURIComponent(itemId)}`
}

interface Page {
  has_more: boolean
  next_cursor: string | null
}

async function* pages<P extends Page, R>(
  call: (path: string) => Promise<P>,
  path: string,
  rowsOf: (page: P) => R[],
): AsyncGenerator<R> {
  for (let cursor: string | null = '', more = true; more;) {
    const after: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''
    const page: P = await call(path + after)
    yield* rowsOf(page)
    more = page.has_more
    cursor = page.next_cursor
  }
}

async function whenFree<T>(ask: () => Promise<T>): Promise<T> {
  for (const deadline = systemClock.now() + busyMsMax; ;) {
    try {
      return await ask()
    } catch (error) {
      const isBusy = error instanceof TransientError && error.code === 'ITEM_BUSY'
      if (!isBusy || systemClock.now() > deadline) throw error
      await systemClock.sleep(lookEveryMs)
    }
  }
}
