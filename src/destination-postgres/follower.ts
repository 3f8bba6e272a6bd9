// What a person hung on our table so that it goes with a row, as notes do on a transaction. Where
// all rows go and come again it would go with them and not come again.
import { ConfigError } from '../std/errors.ts'
import type { Session } from './session.ts'
import { followers } from './store/relation.ts'
import type { Table } from './table.ts'

/** Before rows are deleted that are written again. */
export async function requireNoFollower(session: Session, table: Table, oid: string) {
  const found = await session.rows<{ name: string; of: string }>(followers(oid))
  const [follower] = found
  if (!follower) return
  throw new ConfigError(
    'TABLE_REFUSED',
    `${table.schema}.${table.name} cannot take the stream ${table.stream.name}: all its rows are ` +
      `to be deleted and written again, and by ${follower.name} rows of ${follower.of} would go ` +
      'with them; drop that foreign key or let it be without an action on delete, sync, and ' +
      'make it again',
  )
}
