// Who is here, and how one gets in.
import { queryOptions } from '@tanstack/react-query'
import type * as server from '../../../src/web-server/shapes.ts'
import { call, onSessionEnd } from './call.ts'

export type Role = server.Role
export type World = server.World

export interface Session {
  user: { id: string; name: string; role: Role }
  world: World
  /** The emulated banks' clock. */
  bank_date?: string
  version: string
  zone: string
}

/** What the door says to anybody; `open`: whoever sits at this machine enters. */
type Told = Session | { user: null; open: boolean }

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async (): Promise<Session | null> => {
    const told = await call<Told>('web/session')
    if (told.user !== null) return told
    if (!told.open || !(await enter())) return null
    const entered = await call<Told>('web/session')
    return entered.user === null ? null : entered
  },
  staleTime: 60_000,
  // nothing is shown before it answers: that it does not is said at once
  retry: false,
})

let entering: Promise<boolean> | undefined

/** The emulated world opens by itself, on loopback; else one has to log in. */
async function enter(): Promise<boolean> {
  entering ??= call('web/enter', { method: 'POST' }).then(
    () => true,
    () => false,
  )
  const entered = await entering
  entering = undefined
  return entered
}

onSessionEnd(enter)

export type Credentials =
  | { code: string; name?: string; password?: string }
  | { email: string; password: string }

/** `invited`: the address for which a password has yet to be chosen. */
export function login(credentials: Credentials): Promise<{ invited?: string }> {
  return call('web/login', { method: 'POST', body: credentials })
}

export function logout(): Promise<unknown> {
  return call('web/logout', { method: 'POST' })
}
