// The Sandbox's test users: who may sign in, and whose life they show. A password may ask for an
// error instead.
import { PlaidFault } from '../fault.ts'
import { HOUSEHOLD } from '../world/household/day.ts'
import type { Persona } from '../world/persona.ts'

export type TestUser = { kind: 'life'; persona: Persona } | { kind: 'scale'; rows: number }

/** The largest Item that a user name may ask for, in rows. */
const scaleRowsMax = 10_000_000
/** `user_scale_<N>` asks for an Item of N rows. */
const SCALE = /^user_scale_(\d{1,8})$/

export function userOf(username: string): TestUser | undefined {
  if (username === 'user_good') return { kind: 'life', persona: HOUSEHOLD }
  const rows = Number(SCALE.exec(username)?.[1])
  return rows >= 1 && rows <= scaleRowsMax ? { kind: 'scale', rows } : undefined
}

const PASSWORD = 'pass_good'
const ERROR_PASSWORD = /^error_([A-Z_]+)$/

/** Throws what the institution would say to these credentials. */
export function signIn(given: { username: string; password: string }): void {
  const [, code] = ERROR_PASSWORD.exec(given.password) ?? []
  if (code !== undefined) throw new PlaidFault(code)
  if (userOf(given.username) === undefined || given.password !== PASSWORD) {
    throw new PlaidFault('INVALID_CREDENTIALS')
  }
}
