// A row that a commit wrote, by which its table is known again: it goes with the state. Who puts
// the rows of an older copy back, or fills the table from elsewhere, leaves all as it was that the
// fence knows (L3).
import type { Witness } from '../protocol/message.ts'
import { type Content, type Found, witnessOf } from './content.ts'
import type { Session } from './session.ts'
import * as statements from './sql.ts'
import type { Table } from './table.ts'

/** Adds what became of the row that the state names: somebody may have changed or moved it. */
export async function witnessed(
  session: Session,
  table: Table,
  met: Found | undefined,
  known: Content | undefined,
): Promise<Found | undefined> {
  const named = met && witnessOf(table, known)
  if (!named) return met
  const witness =
    (await rowInPlace(session, table, named)) ??
    (await first(session, statements.rowAnywhere(table), [named.raw_id]))
  return { ...met, witness: witness ?? null }
}

/**
 * Within a commit, with a row of those that it wrote: of those that went through the stage, or else
 * the last of the table. Where it only deleted, with the one before, if that is still there.
 */
export async function withWitness(
  session: Session,
  table: Table,
  content: Content,
  stage: string | undefined,
): Promise<Content> {
  const isMerged = stage !== undefined && table.key.length > 0
  const text = isMerged ? statements.stagedRow(table, stage) : statements.lastRow(table)
  const written = await first(session, text)
  const { witness: before } = content
  const witness = written ?? (before && (await rowInPlace(session, table, before)))
  return { ...content, witness }
}

function rowInPlace(session: Session, table: Table, { place, raw_id }: Witness) {
  return first(session, statements.rowInPlace(table), [raw_id, place])
}

async function first(
  session: Session,
  text: string,
  values: string[] = [],
): Promise<Witness | undefined> {
  return (await session.rows<Witness>({ text, values }))[0]
}
