// What may be asked in SQL, and how its author is told what is wrong with it. That nothing writes
// is the database's own word (the role, the transaction); this is the second lock, for databases of
// people's own, where the role may be able to do much that is no writing.
import { classifyPostgres } from '../postgres/query.ts'
import { ConfigError, errorCode, isAbort, messageOf } from '../std/errors.ts'
import type { Told } from './problem.ts'

/** Every statement of PostgreSQL that is no question; another word is a slip, which it names. */
const COMMANDS =
  'abort alter analyze begin call checkpoint close cluster comment commit copy create deallocate ' +
  'declare delete discard do drop end execute fetch grant import insert listen load lock merge ' +
  'move notify prepare reassign refresh reindex release repack reset revoke rollback savepoint ' +
  'security set start truncate unlisten update vacuum wait'
const COMMAND = new RegExp(`^(${COMMANDS.replaceAll(' ', '|')})\\b`, 'i')

export function requireQuery(text: string): string {
  const query = text.replace(/;\s*$/, '')
  if (!COMMAND.test(firstWords(query))) return query
  const sentence = 'only questions are asked here: select, with, values, table, show, explain'
  throw new ConfigError('QUERY_REFUSED', sentence, { field: 'query' })
}

/** What stands behind the comments at the beginning, which may hold one another. */
function firstWords(text: string): string {
  let rest = text
  for (;;) {
    rest = rest.replace(/^[\s(]+/, '')
    if (rest.startsWith('--')) rest = rest.replace(/^[^\n\r]*/, '')
    else if (rest.startsWith('/*')) rest = rest.slice(commentEnd(rest))
    else return rest
  }
}

function commentEnd(text: string): number {
  let depth = 0
  for (const mark of text.matchAll(/\/\*|\*\//g)) {
    depth += mark[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.index + 2
  }
  return text.length
}

class QueryError extends ConfigError {
  readonly told: Told

  constructor(code: string, message: string, told: Told, cause: unknown) {
    super(code, message, { field: 'query', cause })
    this.told = told
  }
}

/**
 * What the server says of somebody's own question is theirs to mend, not a fault of ours. `before`
 * is how much of ours stands before their text.
 */
export function asAsked(error: unknown, before = 0): never {
  if (isAbort(error) || (error instanceof Error && 'kind' in error && !error.cause)) throw error
  const said = error instanceof Error && 'kind' in error ? error.cause : error
  const code = errorCode(said)
  if (code === TIMED_OUT) {
    const sentence = 'it took too long and was ended: ask for less, or by an index'
    throw new QueryError('QUERY_TIMED_OUT', sentence, {}, error)
  }
  // a connection that failed, and what is ours
  if (code?.length !== 5 || /^(08|53|57P)/.test(code)) throw classifyPostgres(error)
  const { position, hint } = said as { position?: string; hint?: string }
  const told: Told = {
    ...(position === undefined ? {} : { position: Number(position) - before }),
    ...(hint === undefined ? {} : { hint }),
  }
  throw new QueryError('QUERY_FAILED', messageOf(said), told, error)
}

const TIMED_OUT = '57014'
