// plaid-api as the command line uses it: by HTTP with its API key, as any other caller.
import { systemClock } from '../../std/clock.ts'
import { TransientError } from '../../std/errors.ts'
import type { LinkSessionView } from '../../plaid-api/link.ts'
import type { VerifyReport } from '../../plaid-api/ingest/verify.ts'
import type { Item } from '../../plaid-api/store/item.ts'
import type { Run, RunItem, RunTotals } from '../../plaid-api/store/run.ts'
import type { AccountRow } from '../../catalog/accounts.ts'
import { plaidApiUrl } from '../../server/addresses.ts'
import { readKey } from '../../server/keys.ts'
import type { Settings } from '../../server/settings.ts'
import { request, type Request, throughRestarts } from '../http.ts'
import { mayReturn } from '../supervisor.ts'

export type PullReport = Run & {
  totals: RunTotals
  items: (RunItem & { institution_name: string | null })[]
}

export interface PlaidApi {
  items(): Promise<Item[]>
  accounts(): AsyncGenerator<AccountRow>
  stats(): Promise<Record<string, unknown>>
  linkSandboxItem(institutionId: string): Promise<void>
  beginLink(): Promise<LinkSessionView>
  linkSession(id: string): Promise<LinkSessionView>
  /** Pulls every Item, or one; resolves when the bank's data is in the store. */
  pull(mode: 'incremental' | 'full', itemId?: string): Promise<PullReport>
  verify(itemId: string): Promise<VerifyReport>
}

const pageLimit = 1_000
const lookEveryMs = 200
/** A whole history of a large Item, read again. */
const verifyMsMax = 3_600_000
/** How long a pull that holds the Item is waited for. */
const busyMsMax = 600_000

export async function plaidApi(settings: Settings): Promise<PlaidApi> {
  const base = plaidApiUrl(settings)
  const patiently = <T>(work: () => Promise<T>) => throughRestarts(() => mayReturn(settings), work)
  // The key is read for each call: one that follows something goes on when it is replaced.
  const call = async <T>(path: string, more: Partial<Request> = {}) => {
    const bearer = await readKey(settings.dataFolder, 'plaid-api.key')
    return request<T>({ service: 'plaid-api', url: base + path, bearer, ...more })
  }
  return {
    items: async () => (await call<{ items: Item[] }>('/items')).items,
    accounts: async function* () {
      for (let cursor = '', more = true; more;) {
        const after = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
        const page = await call<AccountPage>(`/accounts?limit=${pageLimit}${after}`)
        yield* page.accounts
        more = page.has_more
        cursor = page.next_cursor ?? ''
      }
    },
    stats: () => call('/stats'),
    linkSandboxItem: async (institutionId) => {
      await call('/items/sandbox', { body: { institution_id: institutionId } })
    },
    beginLink: () => call('/link/sessions', { method: 'POST' }),
    linkSession: (id) => call(`/link/sessions/${id}`),
    pull: async (mode, itemId) => {
      const path = mode === 'full' ? '/sync/full' : '/sync'
      const body = itemId === undefined ? {} : { item_id: itemId }
      const { id } = await patiently(() => call<{ id: string }>(path, { body }))
      for (;;) {
        const report = await patiently(() => call<PullReport>(`/sync/${id}`))
        if (report.status !== 'running') return report
        await systemClock.sleep(lookEveryMs)
      }
    },
    verify: (itemId) =>
      whenFree(() =>
        call(`/items/${encodeURIComponent(itemId)}/verify`, { method: 'POST', msMax: verifyMsMax }),
      ),
  }
}

interface AccountPage {
  accounts: AccountRow[]
  has_more: boolean
  next_cursor: string | null
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
