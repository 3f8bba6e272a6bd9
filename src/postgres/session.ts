// What a session depends on, it sets. A role, a database or a server may have settings of its own
// (`alter role … set …`); of them only those stay that decide where things are kept, and whether
// the database may be written to.

/** By name; every server that we know has them. */
const SETTINGS: Record<string, string> = {
  search_path: '"$user",public',
  TimeZone: 'UTC',
  DateStyle: 'ISO,YMD',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  array_nulls: 'on',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  xmloption: 'content',
  row_security: 'on',
  synchronous_commit: 'on',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  client_min_messages: 'warning',
  check_function_bodies: 'on',
}

/** Newer servers', which older ones would refuse to hear of. */
const LATER_SETTINGS: readonly string[] = ['idle_session_timeout', 'transaction_timeout']

export interface SessionLimits {
  /** Milliseconds, each; 0 for none. */
  statementMsMax: number
  lockMsMax: number
  idleInTransactionMsMax: number
}

export function sessionSettings(limits: SessionLimits): Record<string, string> {
  return {
    statement_timeout: String(limits.statementMsMax),
    lock_timeout: String(limits.lockMsMax),
    idle_in_transaction_session_timeout: String(limits.idleInTransactionMsMax),
    ...SETTINGS,
  }
}

/** For the server's command line: in force before the first statement is. */
export function asOptions(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\ ]/g, '\\$&')}`)
    .join(' ')
}

/** For a session that a proxy made: limits and search_path first, the rest depends on them. */
export function asStatements(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([name, value]) =>
      name === 'search_path' ? `set ${name} = ${value}` : `set ${name} = '${value}'`,
    )
    .join('; ')
}

export const endLaterLimits = `select pg_catalog.set_config(name, '0', false) as value
  from pg_catalog.pg_settings where name in ('${LATER_SETTINGS.join("','")}')`
