// The API keys of plaid-api: what other programs read it with.
import { queryOptions } from '@tanstack/react-query'
import type * as plaid from '../../../src/plaid-api/shapes.ts'
import { call } from './call.ts'

export type ApiKey = plaid.ApiKey
export type KeyMade = plaid.KeyMade

export interface NewKey {
  name: string
  scope: ApiKey['scope']
  /** Left out: it opens until it is revoked. */
  days?: number
}

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: async ({ signal }) => (await call<plaid.KeyList>('web/plaid/keys', { signal })).keys,
})

/** The key itself is given this once. */
export function makeKey(body: NewKey): Promise<KeyMade> {
  return call('web/plaid/keys', { method: 'POST', body })
}

/** Another with the same rights; the old one opens for a day beside it. */
export function replaceKey(id: string): Promise<KeyMade> {
  return call(`web/plaid/keys/${id}/rotate`, { method: 'POST', body: {} })
}

export function revokeKey(id: string): Promise<unknown> {
  return call(`web/plaid/keys/${id}`, { method: 'DELETE' })
}
