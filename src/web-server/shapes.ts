// What the web server tells, as the web app sees it: shapes alone.

export const roles = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof roles)[number]

export type World = 'emulator' | 'sandbox' | 'production'

export interface Person {
  id: string
  kind: 'owner' | 'member' | 'proxy'
  name: string
  email: string | null
  role: Role
  created_at: string
  disabled_at: string | null
}

export interface Invite {
  id: string
  email: string
  role: Role
  invited_by: string
  created_at: string
  expires_at: string
}

export interface ListedSession {
  id: string
  person_id: string
  name: string
  created_at: string
  seen_at: string
  address: string
  user_agent: string
}

export interface Verification {
  id: string
  begun_by: string
  started_at: string
  ended_at: string | null
  status: 'running' | 'equal' | 'different' | 'unreadable' | 'failed'
}

export interface TableEntry {
  schema: string
  name: string
  kind: 'table' | 'view'
  /** The planner's guess; null where it was never counted. */
  rows_estimate: string | null
  bytes: string
  comment: string | null
}

/**
 * How many rows were ever written to a table, as PostgreSQL counts them anyway: what is new since
 * somebody read it is the difference, and nothing is counted for it, however long the table is. Of
 * a view they are those of all tables, since it may read any.
 */
export interface Written {
  inserted: number
  updated: number
  deleted: number
}

/** A service that is not heard. */
export interface Silence {
  service: string
  /** What it told is as of then. */
  since: string
  message: string
}
