// Whose life an Item shows: a persona lives once for all Items of the process, a custom user once
// for each.
import { must } from '../../../../src/std/errors.ts'
import { createLife, type Life } from '../world/life.ts'
import { type CustomUsers, strangersPersona } from './custom-users.ts'
import type { ItemRecord, StateStore } from './state.ts'
import type { TestUser } from './users.ts'

export type Shown = Pick<ItemRecord, 'itemId' | 'custom' | 'createdAt'> & {
  /** Who has no Item yet; for a custom user it tells the accounts. */
  password?: string | undefined
}

export class Lives {
  readonly #store: StateStore
  readonly #customs: CustomUsers
  readonly #lives = new Map<string, Life>()

  constructor(store: StateStore, customs: CustomUsers) {
    this.#store = store
    this.#customs = customs
  }

  of(user: Extract<TestUser, { kind: 'life' | 'custom' }>, item: Shown): Life {
    const { seed } = this.#store.state
    if (user.kind === 'custom') return this.#custom(item, seed)
    const { persona } = user
    const known = this.#lives.get(persona.name)
    if (known !== undefined) return known
    const life = createLife(persona, seed)
    this.#lives.set(persona.name, life)
    return life
  }

  /** Its days count from the Item's creation. */
  #custom({ itemId, custom, createdAt, password }: Shown, seed: string): Life {
    const persona =
      custom === null
        ? strangersPersona(must(password, 'a custom user has a password'), createdAt)
        : this.#customs.persona(custom, itemId, createdAt)
    return createLife(persona, seed)
  }
}
