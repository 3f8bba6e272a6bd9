// Which failure is one stream's alone (L7), and what the catalog says of it. Whatever the server
// reports of a stream is that stream's while the session still answers: the others go on.
import { ConfigError, type TartanError } from '../std/errors.ts'
import { StateExpired } from './loader.ts'
import { relationOf, shapeOf } from './look.ts'
import { lostMeanwhile, refusal, refused, TableRefused, TableUnavailable } from './refusal.ts'
import type { Found, Part, Refusal } from './remedy.ts'
import type { Session } from './session.ts'
import * as store from './store/obstacles.ts'
import { META_COLUMNS, type Table } from './table.ts'

/** The stream's failure as it is to be told; throws what ends all streams. */
export async function ofStreamAlone(
  session: Session,
  table: Table,
  thrown: unknown,
): Promise<TartanError> {
  const error = refusal(table, thrown)
  const isRefused = error instanceof TableRefused
  if (!(isRefused || error instanceof ConfigError || error instanceof TableUnavailable)) throw error
  await session.requireAnswer()
  return isRefused ? explained(session, error) : error
}

async function explained(session: Session, error: TableRefused): Promise<TartanError> {
  const { table, step } = error.refusal
  const relation = await relationOf(session, table)
  if (!relation) return error
  const { oid } = relation
  const gone = await columnsGone(session, error.refusal, oid)
  if (gone.length > 0) {
    const how = `altered (${gone.join(', ')} dropped or renamed)`
    return new StateExpired('COLUMN_DROPPED', lostMeanwhile(table, how), { cause: error })
  }
  const functions = await session.rows<{ name: string }>(store.triggerFunctions(oid))
  const column = ALTERED.exec(step)?.[1]?.replaceAll('""', '"')
  const found: Found = {
    functions: functions.map(({ name }) => name),
    parts: await session.rows<Part>(store.partsOf(oid)),
    onColumn: column === undefined ? [] : await session.rows<Part>(store.madeOf(oid, column)),
  }
  return refused(error.refusal, found)
}

/** Of ours, where that is what was refused: a sync gives a table all that it lacks at its start. */
async function columnsGone(
  session: Session,
  { table, error }: Refusal,
  oid: string,
): Promise<string[]> {
  if (error.code !== COLUMN_MISSING || error.where !== undefined) return []
  const { columns } = await shapeOf(session, oid)
  return [...META_COLUMNS, ...table.columns]
    .map(({ name }) => name)
    .filter((name) => !columns.has(name))
}

const COLUMN_MISSING = '42703'
const ALTERED = /alter column "((?:[^"]|"")+)" type /
