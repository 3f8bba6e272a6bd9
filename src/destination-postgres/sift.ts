// A table may keep what it is given from itself, and say nothing: by a rule that does something
// else instead, a trigger that gives no row back or takes it away again, a policy that hides one.
// Rules are refused, and tables that inherit; with the others it is looked whether what was written
// is there, as "succeeded" has to be so.
import { ConfigError, must } from '../std/errors.ts'
import type { Relation } from './look.ts'
import type { Session } from './session.ts'
import * as statements from './sql.ts'
import type { Table } from './table.ts'

/** Whether what is written there has to be looked for. */
export function isSifted(table: Table, { rule, heir, sifts }: Relation): boolean {
  const elsewhere = 'or give the stream another schema or prefix'
  if (rule !== null) {
    const help = `drop it, ${elsewhere}`
    throw refused(table, `its rule ${rule} does something else than is asked; ${help}`)
  }
  if (heir !== null) {
    const help = `end that by alter table ${heir} no inherit, ${elsewhere}`
    throw refused(table, `${heir} inherits from it, whose rows would count as its own; ${help}`)
  }
  return sifts
}

/** After a merge; into a table without a key `written` rows were inserted. */
export async function requireMerged(
  session: Session,
  table: Table,
  stage: string,
  written: number,
): Promise<void> {
  if (table.key.length > 0) return requireNone(session, table, statements.notMerged(table, stage))
  await requireNone(session, table, statements.countStage(stage), written)
}

/** After an overwrite. */
export function requireReplaced(session: Session, table: Table, stage: string): Promise<void> {
  return requireNone(session, table, statements.notReplaced(table, stage))
}

async function requireNone(session: Session, table: Table, text: string, there = 0): Promise<void> {
  await session.run(statements.nothingPutOff)
  const [found] = await session.rows<{ n: number }>({ text, values: [] })
  if (must(found, 'a count is one row').n === there) return
  throw refused(
    table,
    'a trigger or a policy of it keeps rows from being written or deleted, without a word; ' +
      'let every row through, or give the stream another schema or prefix',
  )
}

function refused({ schema, name, stream }: Table, why: string): ConfigError {
  return new ConfigError(
    'TABLE_REFUSED',
    `${schema}.${name} cannot take the stream ${stream.name}: ${why}`,
  )
}
