// What the server remembers for a person, on whatever machine they are: what was dismissed, queries
// that were asked and saved.
import { queryOptions } from '@tanstack/react-query'
import { call } from './call.ts'
import { queryClient } from './query-client.ts'

export interface SavedQuery {
  name: string
  query: string
}

export interface AskedQuery {
  query: string
  at: string
}

interface Remembered {
  'welcome.dismissed'?: boolean
  'sql.saved'?: SavedQuery[]
  /** The newest first. */
  'sql.history'?: AskedQuery[]
}

export const rememberedQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => call<Remembered>('web/settings', { signal }),
})

/** Made of what is there now, not of what this tab last saw: another may have written since. */
export async function remember<K extends keyof Remembered>(
  name: K,
  change: (old: Remembered[K]) => NonNullable<Remembered[K]>,
): Promise<void> {
  const now = await queryClient.fetchQuery({ ...rememberedQuery, staleTime: 0 })
  const value = change(now[name])
  await call(`web/settings/${name}`, { method: 'PUT', body: { value } })
  queryClient.setQueryData(rememberedQuery.queryKey, (old) => ({ ...old, [name]: value }))
}
