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

/** One that is not revoked. */
export function findApplication(
  db: Db,
  clientId: string,
): Promise<{ secretHash: string } | undefined> {
  return maybeOne(
    db,
    sql`select secret_hash as "secretHash" from engine.application
        where client_id = ${clientId} and revoked_at is null`,
  )
}

/** All of that name but one; safe to repeat. */
export function revokeApplicationsBut(
  db: Db,
  { name, clientId }: { name: string; clientId: string },
): Promise<number> {
  return exec(
    db,
    sql`update engine.application set revoked_at = clock_timestamp()
        where name = ${name} and client_id <> ${clientId} and revoked_at is null`,
  )
}
