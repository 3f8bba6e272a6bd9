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
  /** Resolves when all of it was read, slice by slice; `onPages` hears how far it is. */
  verify(itemId: string, onPages: (pages: number) => void): Promise<VerifyReport>
}

const pageLimit = 1_000
const lookEveryMs = 200
/** A slice of a reading, with what compares it at its end. */
const verifyMsMax = 280_000
/** How long a pull that holds the Item is waited for: a million rows take most of an hour. */
const busyMsMax = 7_200_000

export async function plaidApi(settings: Settings): Promise<PlaidApi> {
  const key = await readKey(settings.dataFolder, 'plaid-api.key')
  const base = plaidApiUrl(settings)
  const patiently = <T>(work: () => Promise<T>) => throughRestarts(() => mayReturn(settings), work)
  const call = <T>(path: string, more: Partial<Request> = {}) =>
    request<T>({ service: 'plaid-api', url: base + path, bearer: key, ...more })
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
    verify: async (itemId, onPages) => {
      const path = `/items/${encodeURIComponent(itemId)}/verify`
      const slice = () => call<VerifyReport>(path, { method: 'POST', msMax: verifyMsMax })
      for (;;) {
        const report = await whenFree(() => patiently(slice))
        if (report.status !== 'reading') return report
        onPages(report.pages ?? 0)
      }
    },
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
