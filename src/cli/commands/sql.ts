// `sql`: a query against either database, for people without psql.
import type { Command } from 'commander'
import { Option } from 'commander'
import type pg from 'pg'
import { createPool } from '../../postgres/pool.ts'
import { classifyPostgres } from '../../postgres/query.ts'
import { ConfigError, errorCode, messageOf } from '../../std/errors.ts'
import { databaseUrl, warehouseUrl } from '../../server/keys.ts'
import { runningSettings } from '../context.ts'
import { EXIT_USAGE, ExitError } from '../exit.ts'
import { type Cell, formatCount, formatTable, note, out, outJson } from '../print.ts'

interface SqlOptions {
  db: 'warehouse' | 'tartan'
  json?: boolean
}

/** By place: two columns may have one name. */
type Result = pg.QueryArrayResult<Cell[]>

export function sqlCommand(program: Command): void {
  program
    .command('sql')
    .description('Runs a query and prints its rows.')
    .argument('<query>', 'an SQL statement, or several with ; between')
    .allowUnknownOption() // a query may begin with a comment: -- like this
    .addOption(
      new Option('--db <name>', 'which database')
        .choices(['warehouse', 'tartan'])
        .default('warehouse'),
    )
    .option('--json', 'rows as JSON')
    .action(async (query: string, options: SqlOptions, command: Command) => {
      requireQuery(query)
      const settings = await runningSettings(command)
      const url = options.db === 'tartan' ? databaseUrl(settings) : warehouseUrl(settings)
      const pool = createPool(await url, {
        name: 'tartan sql',
        kind: 'person',
        connectionsMax: 1,
      })
      try {
        // Of several statements there are as many results, which the driver's types do not say.
        const asked = { text: query, rowMode: 'array' } as const
        const ran: Result | Result[] = await pool.query<Cell[]>(asked).catch(asAsked)
        const results = [ran].flat()
        if (options.json) printJson(results.map(objectsOf))
        else for (const result of results) printResult(result)
      } finally {
        await pool.end()
      }
    })
}

/** Without a blank it is no statement: an option's name with a slip of the pen. */
function requireQuery(query: string): void {
  if (!/^--?\w\S*$/.test(query)) return
  throw new ExitError(EXIT_USAGE, `✗ ‘sql’ has no option ${query}`)
}

/** Of one statement its rows, of several each one's. */
function printJson(results: object[]): void {
  outJson(results.length === 1 ? results[0] : results)
}

/** What brings no rows says what it did, in PostgreSQL's own words: DELETE 1. */
function printResult({ rows, fields, command, rowCount }: Result): void {
  if (fields.length === 0) {
    out([command, rowCount].filter((part) => part !== null).join(' '))
    return
  }
  out(
    formatTable(
      fields.map(({ name }) => name),
      rows,
    ),
  )
  note(`(${formatCount(rows.length, 'row')})`)
}

/** A name that is there already has its place behind it: an object has each once. */
function objectsOf({ rows, fields }: Result): Record<string, Cell>[] {
  const names: string[] = []
  for (const [i, { name }] of fields.entries()) {
    names.push(names.includes(name) ? `${name}_${i + 1}` : name)
  }
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])))
}

/** What the server says of the person's own statement is theirs to mend, not a fault of ours. */
function asAsked(error: unknown): never {
  const classified = classifyPostgres(error)
  if (classified !== error || errorCode(error)?.length !== 5) throw classified
  throw new ConfigError('QUERY_FAILED', messageOf(error), { cause: error })
}
