// Databases and their owners on a server whose superuser we are (the embedded one): each database
// has a role of its own, so that one password opens one database.
import type { Secret } from '../std/secrets.ts'
import { quoteIdent, quoteLiteral } from './identifier.ts'
import type { Pool } from './pool.ts'
import { many, maybeOne, sql } from './query.ts'

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

export async function setPassword(admin: Pool, role: string, password: Secret): Promise<void> {
  const to = `password ${quoteLiteral(password.reveal())}`
  await admin.query(`alter role ${quoteIdent(role)} ${to}`)
}

/** Reads what the owner has and makes, and can do nothing else, anywhere. */
export const readerRole = 'tartan_reader'

const readerConnectionsMax = 20

/** `database` is a pool on the owner's database, as superuser. Safe to repeat. */
export async function ensureReader(
  database: Pool,
  { owner, password }: { owner: string; password: Secret },
): Promise<void> {
  const found = sql`select 1 as found from pg_roles where rolname = ${readerRole}`
  const verb = (await maybeOne(database, found)) ? 'alter' : 'create'
  const [reader, of] = [quoteIdent(readerRole), quoteIdent(owner)]
  const nothing = 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit'
  await database.query(
    `${verb} role ${reader} login ${nothing} connection limit ${readerConnectionsMax}
       password ${quoteLiteral(password.reveal())}`,
  )
  await database.query(`alter role ${reader} set default_transaction_read_only = on`)
  await database.query(`grant connect on database ${quoteIdent(owner)} to ${reader}`)
  const later = `alter default privileges for role ${of} grant`
  await database.query(`${later} usage on schemas to ${reader}`)
  await database.query(`${later} select on tables to ${reader}`)
  const schemas = await many<{ name: string }>(
    database,
    sql`select n.nspname as name from pg_namespace n join pg_roles r on r.oid = n.nspowner
        where r.rolname = ${owner}`,
  )
  for (const { name } of schemas) {
    await database.query(`grant usage on schema ${quoteIdent(name)} to ${reader}`)
    await database.query(`grant select on all tables in schema ${quoteIdent(name)} to ${reader}`)
  }
}
