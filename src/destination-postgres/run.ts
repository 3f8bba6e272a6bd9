// Rows that came one after the other in one of COPY's formats, and their way into a table.
import { binaryCopy, copyIn, copyNull, copyText } from '../postgres/copy.ts'
import { hasOurTypes } from './evolution.ts'
import { columnsOf } from './look.ts'
import type { Session } from './session.ts'
import * as statements from './sql.ts'
import type { Table } from './table.ts'

export interface Run {
  isBinary: boolean
  chunks: readonly Buffer[]
}

/** Copies all in their order and answers the number of rows. */
export async function copyRuns(
  { client }: Session,
  runs: readonly Run[],
  statement: (isBinary: boolean) => string,
): Promise<number> {
  let rows = 0
  for (const { isBinary, chunks } of runs) {
    const data = isBinary ? binaryCopy(chunks) : chunks
    rows += await copyIn(client, statement(isBinary), data)
  }
  return rows
}

/** COPY's binary format is read by our types alone, and somebody may have altered one. */
export async function readable(
  table: Table,
  session: Session,
  oid: string,
  runs: readonly Run[],
): Promise<readonly Run[]> {
  if (!runs.some(({ isBinary }) => isBinary)) return runs
  const columns = await columnsOf(session, oid)
  return hasOurTypes(table, columns) ? runs : asText(table, session, runs)
}

/**
 * The same rows as text, in the server's own words: for a table that has other types than ours,
 * and for looking at single values. Within a transaction; no index is asked.
 */
export async function asText(table: Table, session: Session, runs: readonly Run[]): Promise<Run[]> {
  const texts: Run[] = []
  for (const run of runs) {
    if (!run.isBinary) {
      texts.push(run)
      continue
    }
    await session.run(statements.createStage(table, STAGE, 'drop'))
    await copyRuns(session, [run], (isBinary) => statements.stageRows(table, STAGE, isBinary))
    const found = await session.rows<{ cells: (string | null)[] }>({
      text: statements.readStage(table, STAGE),
      values: [],
    })
    await session.run(statements.dropStage(STAGE))
    const lines = found.map(({ cells }) => `${cells.map(cellOf).join('\t')}\n`)
    texts.push({ isBinary: false, chunks: [Buffer.from(lines.join(''))] })
  }
  return texts
}

const STAGE = 'tartan_text'

function cellOf(value: string | null): string {
  return value === null ? copyNull : copyText(value)
}
