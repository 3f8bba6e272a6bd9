// Databases and their owners on a server whose superuser we are (the embedded one): each database
// has a role of its own, so that one password opens one database.
import type { Secret } from '../std/secrets.ts'
import { quoteIdent, quoteLiteral } from './identifier.ts'
import type { Pool } from './pool.ts'
import { maybeOne, sql } from './query.ts'

/** Makes role and database if they are missing and sets the role's password. Safe to repeat. */
export async function ensureDatabase(admin: Pool, name: string, password: Secret): Promise<void> {
  const role = await maybeOne(admin, sql`select 1 as found from pg_roles where rolname = ${name}`)
  const verb = role ? 'alter' : 'create'
  const login = `${quoteIdent(name)} login password ${quoteLiteral(password.reveal())}`
  await admin.query(`${verb} role ${login}`)
  const database = await maybeOne(
    admin,
    sql`select 1 as found from pg_database where datname = ${name}`,
  )
  if (!database) await admin.query(`create database ${quoteIdent(name)} owner ${quoteIdent(name)}`)
  await admin.query(`revoke all on database ${quoteIdent(name)} from public`)
}
