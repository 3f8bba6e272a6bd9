// The API's clients; their secrets are kept as hashes (L5).
import { type Db, exec, maybeOne, sql } from '../../postgres/query.ts'

export async function insertApplication(
  db: Db,
  application: { clientId: string; name: string; secretHash: string },
): Promise<void> {
  await exec(
    db,
    sql`insert into engine.application (client_id, name, secret_hash)
        values (${application.clientId}, ${application.name}, ${application.secretHash})`,
  )
}

export function findApplication(
  db: Db,
  clientId: string,
): Promise<{ secretHash: string } | undefined> {
  return maybeOne(
    db,
    sql`select secret_hash as "secretHash" from engine.application where client_id = ${clientId}`,
  )
}
