// A session that somebody is in, with all that its steps need.
import type { LinkRecord, LinkSession } from '../bank/state.ts'
import type { LinkDirectory } from './directory.ts'
import type { Flow, Terms } from './flow.ts'

export interface OpenSession {
  readonly linkToken: string
  readonly link: LinkRecord
  readonly record: LinkSession
  /** The application whose page holds this session in a frame; null on the hosted page. */
  readonly origin: string | null
  /** What a bank's own page sends the person back with. */
  readonly oauthStateId: string
  readonly terms: Terms
  /** In update mode, whose Item it is. */
  readonly username: string | null
  /** Whose data the application gets; in update mode, those it has too. */
  readonly products: readonly string[]
  readonly directory: LinkDirectory
  flow: Flow
}
