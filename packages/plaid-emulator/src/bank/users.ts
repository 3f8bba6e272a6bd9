// The Sandbox's test users: who may sign in, and whose life they show. A password may ask for an
// error instead.
import { isErrorCode, PlaidFault } from '../fault.ts'
import { mfaOf } from './mfa.ts'
import { BUSINESS } from '../world/business/day.ts'
import { HOUSEHOLD } from '../world/household/day.ts'
import type { Persona } from '../world/persona.ts'
import { SANDBOX } from '../world/sandbox/day.ts'
import { type Life, LIVES, scaleRowsMax, type World } from '../world/worlds.ts'
import { WORKER } from '../world/worker/day.ts'
import { YUPPIE } from '../world/yuppie/day.ts'
import { checkCustomUser, CUSTOM_USERNAME } from './custom-users.ts'

export type TestUser =
  | { kind: 'life'; persona: Persona }
  | { kind: 'dynamic' }
  | { kind: 'custom' }
  | { kind: 'scale'; rows: number }

const PERSONAS: Readonly<Record<Life, Persona>> = {
  sandbox: SANDBOX,
  household: HOUSEHOLD,
  business: BUSINESS,
  yuppie: YUPPIE,
  worker: WORKER,
}
/** Moves only when a refresh is asked for; in the world `dynamic` so does `user_good`. */
const DYNAMIC_USER = 'user_transactions_dynamic'
/** They show the same life in every world. */
const USERS = new Map<string, Persona>([
  ['user_small_business', BUSINESS],
  ['user_yuppie', YUPPIE],
  ['user_ewa_user', WORKER],
])

/** `user_scale_<N>` asks for an Item of N rows. */
const SCALE = /^user_scale_(\d{1,8})$/

export function scaleUser(rows: number): string {
  return `user_scale_${rows}`
}

export function userOf(username: string, world: World): TestUser | undefined {
  const good = username === 'user_good'
  if (username === DYNAMIC_USER || (good && world === 'dynamic')) return { kind: 'dynamic' }
  const life = LIVES.find((each) => each === world) ?? 'household'
  const persona = good ? PERSONAS[life] : USERS.get(username)
  if (persona !== undefined) return { kind: 'life', persona }
  if (username === CUSTOM_USERNAME) return { kind: 'custom' }
  const rows = Number(SCALE.exec(username)?.[1])
  return rows >= 1 && rows <= scaleRowsMax ? { kind: 'scale', rows } : undefined
}

const PASSWORD = 'pass_good'
const ERROR_PASSWORD = /^error_([A-Z_]+)$/

/** Throws what the institution would say to these credentials. */
export function signIn(given: { username: string; password: string }, world: World): void {
  // of this user, Plaid takes any password that is not blank
  if (given.username === DYNAMIC_USER && given.password.trim() !== '') return
  const [, code] = ERROR_PASSWORD.exec(given.password) ?? []
  if (code !== undefined && isErrorCode(code)) throw new PlaidFault(code)
  if (given.username === CUSTOM_USERNAME) {
    checkCustomUser(given.password)
    return
  }
  const isRight = given.password === PASSWORD || mfaOf(given) !== null
  if (userOf(given.username, world) === undefined || !isRight) {
    throw new PlaidFault('INVALID_CREDENTIALS')
  }
}
