// The words of Link's state machine: where a person is, what they may do there, what the machine
// asks of the world and what it has the world do.
import type { Login, MfaPlan } from '../bank/mfa.ts'
import type { LinkError } from '../fault.ts'

export type Pane =
  | { name: 'consent' }
  | { name: 'institutions'; query: string }
  /** What was typed before, and what was wrong with it. */
  | { name: 'credentials'; username: string; complaint: string | null }
  | { name: 'oauth' }
  | { name: 'devices' }
  | { name: 'mfa'; round: number }
  | { name: 'accounts'; complaint: string | null }
  | { name: 'error'; error: LinkError }
  | { name: 'success' }
  | { name: 'exited' }

/** An account that the person may share; its key is its place in the institution's list. */
export interface Offer {
  key: string
  name: string
  mask: string | null
  type: string
  subtype: string
  /** Shared already, before this session. */
  shared: boolean
}

export interface Flow {
  readonly pane: Pane
  readonly institutionId: string | null
  readonly login: Login | null
  readonly mfa: MfaPlan | null
  readonly offers: readonly Offer[]
  /** The latest error that was met and not yet overcome. */
  readonly error: LinkError | null
  /** Items that this session has linked. */
  readonly linked: number
}

/** What the application asked for. */
export interface Terms {
  /** In update mode, of which institution the Item is. */
  updates: boolean
  /** The institution that needs no choosing. */
  institutionId: string | null
  /** Whether the person says which accounts are shared. */
  selects: 'none' | 'one' | 'many'
  multiItem: boolean
}

/** What the machine asks of the world; each answer is the same for the same question. */
export interface Directory {
  /** `refusal` is what every sign-in there meets. */
  institution(id: string): { oauth: boolean; refusal: LinkError | null } | undefined
  /** How many institutions a search finds. */
  found(query: string): number
  /** What the institution says to this login before anything else is asked. */
  refusal(institutionId: string, login: Login): LinkError | null
  offers(institutionId: string, login: Login): readonly Offer[]
}

export type Input =
  | { kind: 'continue' | 'authorize' | 'denied' | 'retry' | 'back' | 'more' | 'done' | 'exit' }
  | { kind: 'search'; query: string }
  | { kind: 'choose'; institutionId: string }
  | { kind: 'sign-in'; login: Login }
  | { kind: 'authorized'; login: Login }
  | { kind: 'device'; device: string }
  | { kind: 'answers'; answers: readonly string[] }
  | { kind: 'accounts'; keys: readonly string[] }

/** What the shell does: link an Item with these accounts, or end the session. */
export type Effect =
  | { kind: 'link'; institutionId: string; login: Login; keys: readonly string[] }
  | { kind: 'finish' | 'exit' }
