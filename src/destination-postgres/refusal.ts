// What PostgreSQL refuses because of a table or its data, as a sentence for whoever can mend it: it
// names what is in the way and says what helps. The server's own words are used where they are
// about objects; where they quote a row's values they are left out.
import { ConfigError, errorCode, messageOf, TartanError } from '../std/errors.ts'
import type { Table } from './table.ts'

/** Data, constraints, dependent objects, names and types, limits of size, triggers' own errors. */
const REFUSALS = ['22', '23', '0A', '2B', '42', '54', 'P0']

/**
 * The error itself where it is not one of the table's refusals. `step` is the change of the table
 * that was refused, where it was one.
 */
export function refusal(table: Table, error: unknown, step = ''): unknown {
  const server = serverError(error)
  const code = errorCode(server) ?? ''
  if (!server || !REFUSALS.some((prefix) => code.startsWith(prefix))) return error
  const { schema, name, stream } = table
  return new ConfigError(
    CODE,
    `${schema}.${name} cannot take the stream ${stream.name}: ` +
      `${asked(step)}${said(code, server)}; ${help(code, server)}`,
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
  const { detail, hint, column, constraint, where } = error
  // A trigger says what it likes, the row's values included: only its place is told.
  const trigger = /function [\w."]+\(.*?\)/.exec(where ?? '')?.[0] ?? 'a trigger'
  if (code.startsWith('P0')) return `${trigger} refuses a row`
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

function named(what: string, name: string | undefined, error: Error): string | undefined {
  if (name === undefined || messageOf(error).includes(name)) return undefined
  return `${what} ${name}`
}

function help(code: string, { message, detail = '' }: ServerError): string {
  if (code === PRIVILEGE_MISSING) {
    return /owner/.test(message)
      ? 'make the destination’s role its owner (alter table … owner to …)'
      : 'grant the destination’s role what it needs (insert, select, update, delete; to make or ' +
          'change tables: create on the schema and the table’s ownership)'
  }
  if (code.startsWith('0A') || code.startsWith('2B')) {
    const view = /\bview ([^"]\S*|"(?:[^"]|"")+")/.exec(detail)?.[1]
    const what = view === undefined ? 'what depends on the column' : `the view ${view}`
    return `drop ${what}, sync, and make it again`
  }
  if (code.startsWith('22') || code === '23505') {
    return 'clear the stream’s data and sync again, or change the stream'
  }
  return 'change the table or the stream'
}

/** The stack that a log may show names what failed, without the values that it failed for. */
function redacted(code: string, error: ServerError): unknown {
  return code.startsWith('22') || code.startsWith('P0') ? undefined : error
}
