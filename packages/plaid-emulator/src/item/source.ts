// Where an Item's rows come from: somebody's life (world/life.ts) as one bank of it has it, or a
// test user's that only moves when it is asked.
import type { WorldAccount } from '../world/account.ts'
import { type Institution, pullTimes } from '../world/institutions.ts'
import { DYNAMIC_ACCOUNTS, DynamicWorld } from '../world/dynamic.ts'
import type { Life } from '../world/life.ts'
import type { BankEvent, Draft } from '../world/lifecycle.ts'

export interface Source {
  /** An account is told by its place in this list. */
  readonly accounts: readonly WorldAccount[]
  /** The places of those that this bank holds. */
  readonly held: ReadonlySet<number>
  /** What was there, or owed, when a day began, in cents. */
  balanceBefore(place: number, day: number): number
  /** What began on these days, both included. */
  drafts(firstDay: number, lastDay: number): Draft[]
  /** The instants in (after, until] at which Plaid looks at this bank by itself. */
  looks(after: number, until: number): Iterable<number>
  /** What happened in (after, at], in order. */
  events(after: number, at: number): BankEvent[]
  /** Somebody wants a look now, which may make things happen. */
  stir(at: number): void
}

export function lifeSource(life: Life, institution: Institution, seed: string): Source {
  const held = new Set(
    [...life.accounts.keys()].filter((place) => {
      const seat = life.accounts[place]?.seat ?? null
      return seat === null || seat === institution.seat
    }),
  )
  return {
    accounts: life.accounts,
    held,
    balanceBefore: (place, day) => life.balanceBefore(place, day),
    drafts: (firstDay, lastDay) => life.drafts(held, firstDay, lastDay),
    looks: (after, until) => pullTimes(seed, institution.id, after, until),
    events: (after, at) => life.events(held, after, at),
    stir: () => {},
  }
}

/** The same, but for the rows to which nothing happens in (after, until], and for the balances. */
export function movingSource(source: Source, after: number, until: number): Source {
  const moving = new Set(source.events(after, until).map(({ draft }) => draft))
  return { ...source, balanceBefore: () => 0, drafts: () => [...moving] }
}

export function dynamicSource(options: {
  seed: string
  itemId: string
  since: number
  firstDay: number
}): Source {
  const world = new DynamicWorld(options)
  return {
    accounts: DYNAMIC_ACCOUNTS,
    held: new Set(DYNAMIC_ACCOUNTS.keys()),
    balanceBefore: (place) => DYNAMIC_ACCOUNTS[place]?.openingCents ?? 0,
    drafts: (firstDay, lastDay) => world.drafts(firstDay, lastDay),
    looks: () => [],
    events: () => world.takeEvents(),
    stir: (at) => world.refresh(at),
  }
}
