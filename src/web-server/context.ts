// What the web server's parts are given: databases, the services behind it with its credential for
// each, and what only the composition root knows.
import type { Pool } from '../postgres/pool.ts'
import type { Logger } from '../std/log.ts'
import type { PlaceOptions } from './door/place.ts'
import type { Warehouse } from './warehouse.ts'
import type { ProxyLogin } from './session/proxy-login.ts'
import type { World } from './shapes.ts'

/** A service that is asked by HTTP. */
export interface Upstream {
  /** In words, for a sentence. */
  name: string
  url: string
  /** Read for each request: a credential may be replaced while we run. */
  authorization(): Promise<string>
}

/** What only the composition root knows: the supervisor's files, and what spans the rooms. */
export interface System {
  /** What `status` tells without asking the services. */
  installation(): Promise<object>
  /** The processes alone, without asking any of them. */
  processes(): Promise<ProcessesReport>
  /** Every option with its value and where it was set; secrets as dots. */
  options(): Promise<object[]>
  services: readonly string[]
  /** Undefined where there is no such service. */
  logPath(service: string): string | undefined
  /** Bank, store and warehouse compared. */
  verify(hear: (progress: VerifyProgress) => void): Promise<VerifyResult>
  /** A stream's row of the store and one of the warehouse, column by column, as they compare. */
  compareRow(stream: string, store: string | null, warehouse: string | null): ComparedColumn[]
}

/** What is wrong, and who is told of it; kept by the composition root. */
export interface Alerts {
  read(): Promise<object>
  /** Gives its id. */
  silence(asked: AskedSilence, madeBy: string): Promise<string>
  unsilence(id: string): Promise<void>
  /** Sends a message by each way out; gives their ids. */
  test(): Promise<string[]>
  /** Calls back whenever something has changed, until the signal, which ends it all. */
  follow(changed: () => void, signal: AbortSignal): Promise<void>
}

export interface AskedSilence {
  rule: string
  /** Null: whatever it is about. */
  labels: Record<string, string> | null
  reason: string
  hours: number
}

export interface ProcessesReport {
  phase: string
  processes: { name: string; state: string; restarts: number }[]
}

export interface ComparedColumn {
  name: string
  store: string | null
  warehouse: string | null
  equal: boolean
}

export interface VerifyProgress {
  /** Banks that are compared with the store: what was found of each. */
  banks: object[]
  /** Which is read at this moment, and how far; null for the warehouse. */
  now: { item_id: string; institution_name: string | null; pages: number } | null
}

export interface VerifyResult {
  status: 'equal' | 'different' | 'unreadable' | 'failed'
  result: object
}

export interface WebContext {
  pool: Pool
  log: Logger
  place: PlaceOptions
  /** Whoever sits at this machine enters without a login. */
  open: boolean
  proxyLogin: ProxyLogin | undefined
  sql: boolean
  world: World
  version: string
  engine: Upstream
  plaid: Upstream
  emulator: Upstream | undefined
  warehouse: Warehouse
  /** Who reads it; undefined where that is whoever the set-up names. */
  readerRole: string | undefined
  system: System
  alerts: Alerts
  /** Fires when the server stops. */
  stopping: AbortSignal
  /** Where the emulated banks' clock stands; undefined with a real Plaid, or where it is silent. */
  bankDate(): Promise<string | undefined>
}
