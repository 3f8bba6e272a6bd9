// What PostgreSQL refuses because of a table or its data, as a sentence for whoever can mend it: it
// names what is in the way and says what helps. The server's own words are used where they are
// about objects; where they quote a row's values they are left out.
import { ConfigError, errorCode, messageOf, TartanError, TransientError } from '../std/errors.ts'
import type { Table } from './table.ts'

/**
 * Data, constraints, dependent objects, names and types, limits of size, what the table is not set
 * up for (a publication without a replica identity, a key that is deferred), triggers' own errors.
 */
const REFUSALS = ['22', '23', '0A', '2B', '38', '39', '42', '54', '55', 'P0']

/**
 * The error itself where it is not one of the table's refusals. `step` is the change of the table
 * that was refused, where it was one.
 */
export function refusal(table: Table, error: unknown, step = ''): unknown {
  const server = serverError(error)
  const code = errorCode(server) ?? ''
  if (!server || !(routine(server) || REFUSALS.some((prefix) => code.startsWith(prefix)))) {
    return error
  }
  const { schema, name, stream } = table
  return new ConfigError(
    CODE,
    `${schema}.${name} cannot take the stream ${stream.name}: ` +
      `${asked(step)}${said(code, server)}; ${help(code, server, step !== '')}`,
    { cause: redacted(code, server) },
  )
}

/** The fields of the server's error, as the driver gives them. */
interface ServerError extends Error {
  detail?: string
  hint?: string
  column?: string
  constraint?: string
  where?: string
}

/** A missing privilege was classified already: what the server said is its cause. */
function serverError(error: unknown): ServerError | undefined {
  if (!(error instanceof TartanError)) return error instanceof Error ? error : undefined
  const { cause, code } = error
  if (code === CODE || errorCode(cause) !== PRIVILEGE_MISSING) return undefined
  return cause instanceof Error ? cause : undefined
}

const CODE = 'TABLE_REFUSED'
const PRIVILEGE_MISSING = '42501'

/** The columns and constraints of the change: names, no values. */
function asked(step: string): string {
  const action = /^alter table \S+ (.*)$/.exec(step)?.[1]
  return action === undefined ? '' : `${action}: `
}

function said(code: string, error: ServerError): string {
  const { detail, hint, column, constraint } = error
  // A trigger says what it likes, by any code, the row's values included: only its place is told.
  const trigger = routine(error) ?? (code.startsWith('P0') ? 'a trigger' : undefined)
  if (trigger !== undefined) return `${trigger} refuses a row`
  // Both quote values: "invalid input syntax for type bigint: …", "Failing row contains (…)".
  const quotes = code.startsWith('22') || code.startsWith('23')
  const parts = [
    code.startsWith('22') ? messageOf(error).replaceAll(/:? ?"[^]*"/g, '') : messageOf(error),
    quotes ? undefined : detail,
    quotes ? undefined : hint,
    named('column', column, error),
    named('constraint', constraint, error),
  ]
  return parts.filter((part) => part !== undefined && part !== '').join('. ')
}

/** What ran for the statement and failed. */
function routine({ where }: ServerError): string | undefined {
  return /function [\w."]+\(.*?\)/.exec(where ?? '')?.[0]
}

function named(what: string, name: string | undefined, error: Error): string | undefined {
  if (name === undefined || messageOf(error).includes(name)) return undefined
  return `${what} ${name}`
}

/** `isChange`: it is about the rows that are there, not about one that came. */
function help(code: string, { message, detail = '' }: ServerError, isChange: boolean): string {
  if (message.includes('row-level security')) {
    return (
      'let it not be forced on the table’s owner (alter table … no force row level security), or ' +
      'let a policy of the role’s let every row through'
    )
  }
  if (code === PRIVILEGE_MISSING) {
    return /owner/.test(message)
      ? 'make the destination’s role its owner (alter table … owner to …)'
      : 'grant the destination’s role what it needs (insert, select, update, delete; to make or ' +
          'change tables: create on the schema and the table’s ownership)'
  }
  if (code.startsWith('2B') || (code.startsWith('0A') && detail !== '')) {
    return `drop ${dependent(detail)}, sync, and make it again`
  }
  if (code.startsWith('22') || code === '23505' || (code === '23502' && isChange)) {
    return 'clear the stream’s data and sync again, or change the stream'
  }
  return 'change the table or the stream'
}

/** What the server's detail names first: a rule is its view's, and so goes with it. */
function dependent(detail: string): string {
  const [line = ''] = detail.split('\n')
  const found = DEPENDENT.exec(line)?.[1] ?? GENERATED.exec(line)?.[1]
  return found === undefined ? 'what depends on the column' : `the ${found}`
}

const DEPENDENT = /^(?:rule (?:[^\s"]+|"(?:[^"]|"")+") on )?(.+) depends on /
const GENERATED = /used by (generated column .+?)\.?$/

/** The stack that a log may show names what failed, without the values that it failed for. */
function redacted(code: string, error: ServerError): unknown {
  return code.startsWith('22') || code.startsWith('P0') || routine(error) ? undefined : error
}

export function notATable({ schema, name }: Table): ConfigError {
  return new ConfigError(
    'NOT_A_TABLE',
    `${schema}.${name} is there and is not a table; rename it, or give the stream another schema ` +
      'or prefix',
  )
}

export function isMissing({ schema, name }: Table, error: unknown): boolean {
  // Each language has quotes of its own, and our names no character that stands beside one.
  const said = messageOf(error).split(/[^\w.]+/)
  return errorCode(error) === RELATION_MISSING && said.includes(`${schema}.${name}`)
}

/** `how` it came to that while it was written to. */
export function lostMeanwhile({ schema, name, stream }: Table, how: string): string {
  return (
    `the table ${schema}.${name} was ${how} while it was written to; ` +
    `the stream ${stream.name} has to be read again from the beginning`
  )
}

const RELATION_MISSING = '42P01'

/** The other streams need not wait for whoever holds it. */
export class TableLocked extends TransientError {}

/** lock_not_available, deadlock_detected: as the server said it, whoever told it on. */
export function lockMissed({ schema, name, stream }: Table, cause: unknown) {
  for (let at = cause; at instanceof Error; at = at.cause) {
    if (!LOCK_MISSED.has(errorCode(at) ?? '')) continue
    const sentence =
      `another session holds ${schema}.${name} for longer than is waited for; ` +
      `the stream ${stream.name} is tried again later`
    return new TableLocked('TABLE_LOCKED', sentence, { cause })
  }
  return undefined
}

const LOCK_MISSED = new Set(['55P03', '40P01'])
