// Who is in and who may enter: sessions (of this person, or of all for an admin), users,
// invitations, and the audit of what they did.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type * as audit from '../../../src/postgres/shapes.ts'
import type * as server from '../../../src/web-server/shapes.ts'
import { call } from './call.ts'
import type { Role } from './session.ts'

export type User = server.Person
export type Invite = server.Invite
export type AuditEntry = audit.AuditEntry

export interface SessionRow extends server.ListedSession {
  /** The one that asks. */
  current?: boolean
}

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async ({ signal }) =>
    (await call<{ sessions: SessionRow[] }>('web/sessions', { signal })).sessions,
})

export function endSession(id: string): Promise<unknown> {
  return call(`web/sessions/${id}`, { method: 'DELETE' })
}

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: async ({ signal }) => (await call<{ users: User[] }>('web/users', { signal })).users,
})

export function changeUser(
  id: string,
  change: { role?: Role; disabled?: boolean },
): Promise<unknown> {
  return call(`web/users/${id}`, { method: 'PATCH', body: change })
}

export function removeUser(id: string): Promise<unknown> {
  return call(`web/users/${id}`, { method: 'DELETE' })
}

export const invitesQuery = queryOptions({
  queryKey: ['invites'],
  queryFn: async ({ signal }) =>
    (await call<{ invites: Invite[] }>('web/invites', { signal })).invites,
})

/** The link opens once and is given this once. */
export function invite(asked: { email: string; role: Role }): Promise<Invite & { link: string }> {
  return call('web/invites', { method: 'POST', body: asked })
}

export function withdrawInvite(id: string): Promise<unknown> {
  return call(`web/invites/${id}`, { method: 'DELETE' })
}

/** The newest first. */
export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit'],
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) =>
    call<{ entries: AuditEntry[]; next: string | null }>('web/audit', {
      query: { before: pageParam },
      signal,
    }),
  getNextPageParam: (page) => page.next ?? undefined,
})
