// COPY as a stream, for what is too large for memory, by the library for it. The driver sets a
// timer for each query and clears it in the query's callback, which that library does not call: the
// process would wait for it.
import type pg from 'pg'
import {
  type CopyStreamQuery,
  type CopyToStreamQuery,
  from as copyFrom,
  to as copyTo,
} from 'pg-copy-streams'

export function copyToStream(client: pg.ClientBase, statement: string): CopyToStreamQuery {
  return ended(client.query(copyTo(statement)))
}

export function copyFromStream(client: pg.ClientBase, statement: string): CopyStreamQuery {
  return ended(client.query(copyFrom(statement)))
}

function ended<S extends CopyStreamQuery | CopyToStreamQuery>(query: S): S {
  query.once('close', () => (query as { callback?: () => void }).callback?.())
  return query
}
