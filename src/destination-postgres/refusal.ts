// What PostgreSQL refuses of a stream because of its table or its data, as a sentence for whoever
// can mend it: it names what is in the way and says what helps. All is decided by the error's
// fields: the server's words are in its language, and are told only where they name objects alone;
// they may quote a row's values (L5).
import { classifyPostgres } from '../postgres/query.ts'
import { isServerError, type ServerError, stateSaid } from '../postgres/sqlstate.ts'
import {
  ConfigError,
  errorCode,
  type ErrorKind,
  messageOf,
  TartanError,
  TransientError,
} from '../std/errors.ts'
import { dependence, type Found, functionOf, partOf, type Refusal, remedy } from './remedy.ts'
import type { Table } from './table.ts'

/** What the server refused: this stream's alone. */
export class TableRefused extends TartanError {
  readonly refusal: Refusal

  constructor(kind: ErrorKind, code: string, message: string, refusal: Refusal) {
    super(kind, code, message)
    this.refusal = refusal
  }
}

/** The other streams need not wait for whoever holds it, or for what the next attempt makes. */
export class TableUnavailable extends TransientError {}

/** The error itself where the server does not report it. `step`: see Refusal. */
export function refusal(table: Table, error: unknown, step = ''): unknown {
  const server = reported(error)
  if (!server) return error
  return LOCK_MISSED.has(server.code) ? lockMissed(table) : refused({ table, error: server, step })
}

/** Its SQLSTATE, where the server reports it. */
export function stateOf(error: unknown): string | undefined {
  return reported(error)?.code
}

/** What was classified has as its cause what the server reported. */
function reported(error: unknown): ServerError | undefined {
  const isPassedOn = error instanceof TartanError && PASSED_ON.has(error.code)
  const at = isPassedOn ? error.cause : error
  return isServerError(at) ? at : undefined
}

const PASSED_ON = new Set(['DATABASE_UNAVAILABLE', 'DATABASE_REFUSED'])
/** lock_not_available, deadlock_detected */
const LOCK_MISSED = new Set(['55P03', '40P01'])

function lockMissed({ schema, name, stream }: Table): TableUnavailable {
  return new TableUnavailable(
    'TABLE_LOCKED',
    `another session holds ${schema}.${name} for longer than is waited for; ` +
      `the stream ${stream.name} is tried again later`,
  )
}

/** With what the catalog says, where it was asked. */
export function refused(refusal: Refusal, found: Found = NOTHING): TableRefused {
  const { table, error, step } = refusal
  const { schema, name, stream } = table
  const what =
    `${schema}.${name} cannot take the stream ${stream.name}: ` +
    `${asked(step)}${said(error, found)}; `
  if (!(classifyPostgres(error) instanceof TransientError)) {
    return new TableRefused('config', 'TABLE_REFUSED', what + remedy(refusal, found), refusal)
  }
  const room = error.code === DISK_FULL ? 'make room on it; ' : ''
  const later = `${room}the stream is tried again later`
  return new TableRefused('transient', 'TABLE_UNAVAILABLE', what + later, refusal)
}

const NOTHING: Found = { functions: [], parts: [], onColumn: [] }
const DISK_FULL = '53100'

/** The columns and constraints of the change: names, no values. */
function asked(step: string): string {
  const action = /^alter table \S+ (.*)$/.exec(step)?.[1]
  return action === undefined ? '' : `${action}: `
}

function said(error: ServerError, found: Found): string {
  const ran = functionOf(error, found)
  if (ran !== undefined) return `function ${ran} refuses a row (SQLSTATE ${error.code})`
  const { message, detail, hint, code } = error
  const words = namesObjects(error) ? [message, detail, hint] : [stateSaid(code)]
  const told = words.filter((part) => part !== undefined && part !== '').join('. ')
  const names = (['column', 'constraint'] as const)
    .map((field) => partOf(error, found, field))
    .filter((part) => part !== undefined && !told.includes(part.name))
    .map((part) => `${part?.kind} "${part?.name}"`)
  return [told, ...names].join(': ')
}

/** Whether the server's own words quote no value. Those of a function that ran may say anything. */
function namesObjects({ code, where, position, routine = '' }: ServerError): boolean {
  if (where !== undefined) return false
  // What has a place in our statement was refused before any value was looked at.
  if (code.startsWith('42') && position !== undefined) return true
  return dependence.has(routine) || OBJECTS.test(code)
}

/** Not all of 42: to_tsquery(note) quotes the note by 42601, and note::regclass by 42P01. */
const OBJECTS =
  /^(0A|21|2B|40|53|54|55|57|58|XX00[12]|428C9|42501|42701|42710|42804|42809|42P07|42P1[067])/

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
