// Values that are sealed in a table, as a rotation of the master key sees them: those that another
// key than the newest has sealed, page by page in the order of their owners, each replaced only
// while it is still what was read.
import { quoteIdent } from './identifier.ts'
import { type Db, exec, many } from './query.ts'

export interface SealedColumn {
  schema: string
  table: string
  /** What the value belongs to, its associated data. */
  owner: string
  column: string
}

export interface SealedValue {
  owner: string
  sealed: string
}

/** Sealed with another key than that one, after that owner. */
export function staleValues(
  db: Db,
  at: SealedColumn,
  { keyId, after, limit }: { keyId: string; after: string; limit: number },
): Promise<SealedValue[]> {
  const { owner, column, table } = quoted(at)
  return many(db, {
    text: `select ${owner}::text as owner, ${column} as sealed from ${table}
      where ${column} like 'v1.%' and split_part(${column}, '.', 2) <> $1 and ${owner}::text > $2
      order by ${owner}::text limit $3`,
    values: [keyId, after, limit],
  })
}

/** False where it was changed, or taken away, meanwhile. */
export async function replaceValue(
  db: Db,
  at: SealedColumn,
  { owner: id, sealed }: SealedValue,
  by: string,
): Promise<boolean> {
  const { owner, column, table } = quoted(at)
  const rows = await exec(db, {
    text: `update ${table} set ${column} = $3 where ${owner}::text = $1 and ${column} = $2`,
    values: [id, sealed, by],
  })
  return rows === 1
}

/** How many values each key has sealed, by its id. */
export function countByKey(db: Db, at: SealedColumn): Promise<{ id: string; values: number }[]> {
  const { column, table } = quoted(at)
  return many(db, {
    text: `select split_part(${column}, '.', 2) as id, count(*)::integer as values from ${table}
      where ${column} like 'v1.%' group by 1`,
    values: [],
  })
}

function quoted({ schema, table, owner, column }: SealedColumn) {
  return {
    owner: quoteIdent(owner),
    column: quoteIdent(column),
    table: `${quoteIdent(schema)}.${quoteIdent(table)}`,
  }
}
