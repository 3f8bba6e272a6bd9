// A line of the audit (audit.ts), as it is told.

export interface Audited {
  place: 'web' | 'plaid-api' | 'engine' | 'command line'
  /** A person, a key's or a client's name, a user of the machine. */
  person: string
  action: string
  detail: object
  /** HTTP's. */
  status: number
}

export interface AuditEntry extends Audited {
  id: string
  at: string
}
