// What the server reports, by its fields: its words are in its own language, and may quote a row's
// values (L5), so that what is to be known of an error is known by its SQLSTATE, and said by us.
import { errorCode } from '../std/errors.ts'

/** The fields of an error that the server reports, as the driver gives them. */
export interface ServerError extends Error {
  code: string
  severity: string
  detail?: string
  hint?: string
  /** Of our own statement. */
  position?: string
  /** What ran when it failed: there whenever a function did. */
  where?: string
  schema?: string
  column?: string
  constraint?: string
  /** The server's own function that reports: it is translated nowhere. */
  routine?: string
}

/** The driver's and the network's errors have no severity. */
export function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && 'severity' in error && errorCode(error)?.length === 5
}

/** A sentence of our own for it. */
export function stateSaid(code: string): string {
  const said = STATES[code] ?? STATES[code.slice(0, 2)] ?? 'it reports a failure'
  return `${said} (SQLSTATE ${code})`
}

const STATES: Record<string, string | undefined> = {
  '08': 'a connection to another server failed',
  '0A': 'what is asked for is not supported there',
  '21000': 'a statement would change a row twice, or finds more rows than one',
  '22': 'a value is not one that its type takes',
  '22001': 'a value is longer than its column',
  '22003': 'a number is out of its type’s range',
  '22012': 'a division by zero',
  '22P02': 'a value does not fit a type',
  '23': 'a row is against a constraint',
  '23502': 'a column that may not be null has no value',
  '23503': 'a row is against a foreign key',
  '23505': 'two rows have the same values where these must be unique',
  '23514': 'a row is against a check constraint',
  '23P01': 'a row is against an exclusion constraint',
  '25': 'the transaction does not allow it',
  '25006': 'the transaction is read-only',
  '28': 'a login was refused',
  '2B': 'other objects depend on it',
  '38': 'a function failed',
  '39': 'a function failed',
  '40': 'the transaction was rolled back',
  '40P01': 'sessions wait for one another',
  '42': 'a statement is wrong, or names what is not there',
  '42501': 'a privilege is missing',
  '42601': 'something is wrongly written',
  '42703': 'a column is not there',
  '42883': 'a function or operator is not there',
  '42P01': 'a table is not there',
  '53': 'the server is short of resources',
  '53100': 'the server’s disk is full',
  '53200': 'the server is out of memory',
  '53300': 'the server has too many connections',
  '54': 'a limit of the server is exceeded',
  '55': 'an object is not in the state for it',
  '55P03': 'a lock was not to be had',
  '57': 'the server was told to break it off',
  '57014': 'the statement was cancelled, or took too long',
  '58': 'the server’s own machine or files fail',
  P0: 'a function refuses it',
  XX: 'the server reports a fault of its own',
  XX001: 'the server’s data are damaged',
  XX002: 'an index of the server’s is damaged',
}
