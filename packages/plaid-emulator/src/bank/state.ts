// What outlives a restart: Items, tokens as hashes only (L5), link sessions, the clock. Written
// whole to a new file that replaces the old one. The world itself is not stored: it follows from
// the seed.
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, errorCode } from '../../../../src/std/errors.ts'
import type { Deed } from '../item/ledger.ts'
import type { ErrorCodeReason, LinkError } from '../fault.ts'
import { inTurn, replaceFile } from './file.ts'
import type { SavedClock } from './clock.ts'
import type { Institution } from '../world/institutions.ts'
import type { Scale, World } from '../world/worlds.ts'

export interface ItemRecord {
  itemId: string
  institutionId: string
  username: string
  /** The custom user's name among `customUsers`; null for all others. */
  custom: string | null
  /** Billed products. */
  products: string[]
  /** Products that the person agreed to; null where nobody asked, which is all of them. */
  consented: string[] | null
  /** When that consent ends; null where it does not. */
  consentExpiresAt: number | null
  /** Whose Item it is, in the application's words and in Plaid's. */
  clientUserId: string | null
  userId: string | null
  webhook: string | null
  createdAt: number
  /** When transactions were first asked for; null until then. */
  since: number | null
  /** Days of history. */
  days: number
  /** Until then the first extraction of investments runs, where nobody waited for it. */
  investmentsReadyAt: number | null
  publicToken: { hash: string; expiresAt: number } | null
  accessTokenHash: string | null
  /** Opens the Item too: who exchanges what update mode gave keeps the token from before. */
  updateTokenHash: string | null
  /** What came up to then was told to the application. */
  toldAt: number
  error: string | null
  /** When the person last signed in: from then on the login grows old. */
  loginAt: number
  /** An announced end of the login. */
  disconnect: { at: number; reason: DisconnectReason } | null
  /** When /transactions/sync was first called: before that nobody is told of updates for it. */
  syncedAt: number | null
  lastWebhook: { at: number; code: string } | null
  removed: boolean
  /** What changed the Item's log out of turn, in order: a restart replays it. */
  actions: Action[]
}

export type DisconnectReason = 'INSTITUTION_MIGRATION' | 'INSTITUTION_TOKEN_EXPIRATION'

export type Action = { at: number } & Deed

export interface LinkRecord {
  linkTokenHash: string
  createdAt: number
  expiresAt: number
  /** The hosted page answers until then. */
  urlExpiresAt: number | null
  clientName: string
  language: string
  countryCodes: string[]
  products: string[]
  /** Products that an Item gets where its institution and accounts have them. */
  wishedProducts: string[]
  /** Products that are only agreed to. */
  consentedProducts: string[]
  clientUserId: string | null
  userId: string | null
  webhook: string | null
  redirectUri: string | null
  /** Where the hosted page sends the person at the end. */
  completionUri: string | null
  days: number
  /** The Item that update mode repairs. */
  updates: string | null
  /** The institution that the application chose. */
  institutionId: string | null
  /** The subtypes of each type of account that may be shared; null is every account. */
  accountFilters: Record<string, string[]> | null
  /** Whether the person says which accounts are shared. */
  selects: 'none' | 'one' | 'many'
  multiItem: boolean
  sessions: LinkSession[]
}

export interface LinkSession {
  id: string
  startedAt: number
  /** Null while the person is at it. */
  finishedAt: number | null
  /** The Items that it added, or the one that it repaired. */
  itemIds: string[]
  events: SessionEvent[]
  /** How the person left, if nothing came of it. */
  exit: { status: string; institutionId: string | null; error: LinkError | null } | null
}

export interface SessionEvent {
  id: string
  at: number
  name: string
  metadata: Record<string, string>
}

export interface WebhookKeyRecord {
  kid: string
  x: string
  y: string
  /** The private part. */
  d: string
  /** When the key began to sign, in the world's time. */
  servesFrom: number
  /** Seconds of the machine's clock, as answers give them. */
  createdAt: number
  expiredAt: number | null
}

/** A fault on order: which calls it is for, how often and when, and what happens to them. */
export interface FaultRule {
  id: number
  /** A path, or the beginning of one with a `*` at its end. */
  endpoint: string
  item: Selector | null
  institutionId: string | null
  /** Null: as often as it is met. */
  timesLeft: number | null
  probability: number
  /** From when to when, on the world's clock. */
  from: number
  until: number | null
  error: { code: string; message: string | null; reason: ErrorCodeReason | null } | null
  answer: BrokenAnswer | null
  status: number | null
  latencyMs: number
  jitterMs: number
  /** Calls that it drew for. */
  draws: number
}

/** Which Item: an id, `first`, `last`, or what can be known before there is one. */
export type Selector = string | { institution_id?: string; username?: string; number?: number }

/** What may become of an answer; control/faults.ts says it in words. */
export type BrokenAnswer =
  | 'dropped'
  | 'lost'
  | 'truncated'
  | 'malformed'
  | 'html'
  | 'mistyped'
  | 'slow'

/** What the network is to do to the next webhooks: to so many, of an Item or of all, of a code. */
export interface WebhookOrder {
  fault: 'drop' | 'duplicate' | 'delay' | 'reorder'
  times: number
  itemId: string | null
  code: string | null
  /** How late a delayed one comes. */
  byMs: number
}

export interface State {
  version: 2
  seed: string
  world: World
  clock: SavedClock
  /** Items ever made: the next one's number. */
  itemCount: number
  items: ItemRecord[]
  links: LinkRecord[]
  /** What custom users gave as their passwords. */
  customUsers: Record<string, string>
  /** The last one signs. */
  webhookKeys: WebhookKeyRecord[]
  /** Faults on order, and how many ever were: the next one's number. */
  faults: FaultRule[]
  faultCount: number
  webhookOrders: WebhookOrder[]
  /** What was ordered of institutions. */
  health: Record<string, { status: Institution['health']; since: number }>
  /** How many Items the world `scale` has, of how many rows, and since when. */
  scale: (Scale & { since: number }) | null
  /** The scenario that is told, and how far it is. */
  story: { file: string; began: number; done: number } | null
}

export function newState(of: Pick<State, 'seed' | 'world' | 'clock'>): State {
  return {
    version: 2,
    ...of,
    itemCount: 0,
    items: [],
    links: [],
    customUsers: {},
    webhookKeys: [],
    faults: [],
    faultCount: 0,
    webhookOrders: [],
    health: {},
    scale: null,
    story: null,
  }
}

export interface StateStore {
  state: State
  /** Resolves when the state as it is now is on disk. */
  save(): Promise<void>
  /** Brings the state up to date. */
  beforeSave: () => void
}

const FILE = 'emulator.json'

export async function openState(folder: string | undefined, fresh: State): Promise<StateStore> {
  const nothing = (): void => {}
  if (folder === undefined) {
    const inMemory: StateStore = {
      state: fresh,
      save: async () => inMemory.beforeSave(),
      beforeSave: nothing,
    }
    return inMemory
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, FILE)
  // a file of an older version lacks what came since
  const state = { ...fresh, ...(await readState(file)) }
  if (state.seed !== fresh.seed || state.world !== fresh.world) {
    throw new ConfigError(
      'EMULATOR_WORLD_DIFFERS',
      `${file} holds the world "${state.world}" of seed "${state.seed}"; start the emulator with ` +
        'these, or give it another data folder',
    )
  }
  if ('standsAtMs' in state.clock !== 'standsAtMs' in fresh.clock) {
    throw new ConfigError(
      'EMULATOR_CLOCK_DIFFERS',
      `${file} holds a world whose clock ${'standsAtMs' in state.clock ? 'stands' : 'runs'}; ` +
        'start the emulator the same way, or give it another data folder',
    )
  }
  const store: StateStore = {
    state,
    save: inTurn(() => {
      store.beforeSave()
      return replaceFile(folder, FILE, JSON.stringify(state))
    }),
    beforeSave: nothing,
  }
  await store.save()
  return store
}

async function readState(file: string): Promise<State | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const state = JSON.parse(text) as State
    if (state.version === 2 && Array.isArray(state.items)) return state
  } catch {
    // said below: a damaged file and another version have the same remedies
  }
  throw new ConfigError(
    'EMULATOR_STATE_UNREADABLE',
    `${file} is damaged, or another version of the emulator wrote it (this one writes format 2); ` +
      'restore it, run that version, or begin anew with another data folder',
  )
}
