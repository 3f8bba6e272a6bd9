// What a table is as the server has it now: asked within the transaction that goes by it.
import { must } from '../std/errors.ts'
import type { FoundTable } from './evolution.ts'
import type { Session } from './session.ts'
import * as statements from './sql.ts'
import * as relations from './store/relation.ts'
import type { Table } from './table.ts'

/** Nobody empties, replaces or alters the table from here until the transaction is over. */
export async function look(
  session: Session,
  table: Table,
): Promise<{ oid: string; filled: boolean }> {
  const statement = { text: statements.look(table), values: [] }
  const [found] = await session.rows<{ oid: string; filled: boolean }>(statement)
  return must(found, 'the statement answers one row')
}

export interface Relation {
  oid: string
  kind: string
  /** Does something else instead of what is asked. */
  rule: string | null
  /** Inherits from it. */
  heir: string | null
  /** A trigger or a policy is there. */
  sifts: boolean
}

/** Undefined where nothing has the table's name. */
export async function relationOf(
  session: Session,
  { schema, name }: Table,
): Promise<Relation | undefined> {
  const [found] = await session.rows<Relation>(relations.relation(schema, name))
  return found
}

export async function shapeOf(session: Session, oid: string): Promise<FoundTable> {
  const columns = await columnsOf(session, oid)
  const key = await session.rows<{ name: string; column: string }>(relations.keyOf(oid))
  const [first] = key
  return { columns, key: first && { name: first.name, columns: key.map(({ column }) => column) } }
}

export async function columnsOf(session: Session, oid: string): Promise<FoundTable['columns']> {
  const columns = await session.rows<{ name: string; type: string }>(relations.columnsOf(oid))
  return new Map(columns.map(({ name, type }) => [name, type]))
}
