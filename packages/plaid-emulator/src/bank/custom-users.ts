// Custom users: whoever signs in as `user_custom` brings a bank along, as the password. It is no
// secret, and a restart needs it: each JSON is stored once, while an Item shows it.
import { createHash } from 'node:crypto'
import { ConfigError, must } from '../../../../src/std/errors.ts'
import { PlaidFault } from '../fault.ts'
import { customPersona } from '../world/custom/persona.ts'
import { readCustomUser } from '../world/custom/read.ts'
import type { CustomUser } from '../world/custom/schema.ts'
import type { Persona } from '../world/persona.ts'
import type { StateStore } from './state.ts'

export const CUSTOM_USERNAME = 'user_custom'

/** The state is written as a whole: so many of 55 kB each stay bearable. */
const customUsersMax = 200

/** Throws what is wrong with the JSON, by its field, or the error that it asks for itself. */
export function checkCustomUser(password: string): void {
  const { force_error: code, recaptcha } = read(password)
  if (code === 'PLAID_ERROR') throw new PlaidFault('INTERNAL_SERVER_ERROR')
  if (code !== undefined) throw new PlaidFault(code)
  if (recaptcha === 'bad') throw new PlaidFault('RECAPTCHA_BAD')
}

function read(password: string): CustomUser {
  try {
    return readCustomUser(password)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const code = error.field === undefined ? 'INVALID_CREDENTIALS' : 'INVALID_FIELD'
    throw new PlaidFault(code, error.message)
  }
}

export class CustomUsers {
  readonly #store: StateStore

  constructor(store: StateStore) {
    this.#store = store
  }

  /** The name under which the JSON is stored; the caller saves. */
  keep(password: string): string {
    const { customUsers } = this.#store.state
    const name = createHash('sha256').update(password).digest('hex')
    if (customUsers[name] === undefined && Object.keys(customUsers).length >= customUsersMax) {
      const text = `this emulator holds at most ${customUsersMax} custom users`
      throw new PlaidFault('RATE_LIMIT', text)
    }
    customUsers[name] = password
    return name
  }

  /** Who is no longer shown by an Item is forgotten; the caller saves. */
  forget(name: string): void {
    const { customUsers, items } = this.#store.state
    if (items.every((item) => item.removed || item.custom !== name)) delete customUsers[name]
  }

  /** `of` is whose life it is: the same seed gives them the same days before `createdAt`. */
  persona(name: string, of: string, createdAt: number): Persona {
    const json = must(this.#store.state.customUsers[name], 'an Item’s custom user is stored')
    return customPersona(read(json), of, createdAt)
  }
}

/** Before there is an Item. */
export function strangersPersona(password: string, now: number): Persona {
  return customPersona(read(password), 'nobody', now)
}
