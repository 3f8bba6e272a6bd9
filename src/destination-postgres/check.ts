// Whether a configuration works: everything that a sync will need is looked at, so that what is
// missing is named with what mends it, and then tried out and rolled back.
import { quoteIdent } from '../postgres/identifier.ts'
import type { ConnectorContext } from '../protocol/runner.ts'
import { ConfigError, errorCode, messageOf, must, TartanError } from '../std/errors.ts'
import { uuid } from '../std/ids.ts'
import type { DestinationConfig } from './config.ts'
import { identifier } from './naming.ts'
import { Session } from './session.ts'
import { tryOut } from './sql.ts'
import * as store from './store/usability.ts'

export async function check(config: DestinationConfig, context: ConnectorContext): Promise<void> {
  await using session = await Session.open(config, context.signal)
  const schema = identifier(config.schema)
  try {
    await requireRights(session, schema, config.internalSchema)
    await session.transaction(async () => {
      await session.ensureSchema(schema)
      await session.ensureFence()
      const name = `tartan_check_${uuid().replaceAll('-', '')}`
      await session.raiseFence({ schema, name })
      await requireOwned(session, schema, config.internalSchema)
      await session.run(tryOut(schema, name))
      throw new Undone()
    })
  } catch (error) {
    if (!(error instanceof Undone)) throw asAnswer(error)
  }
}

/** Rolls the trial back. */
class Undone extends Error {}

/** Whatever the server refuses of a trial is for the user to mend. */
function asAnswer(error: unknown): unknown {
  if (error instanceof TartanError || errorCode(error) === undefined) return error
  return new ConfigError('CHECK_REFUSED', `the database says: ${messageOf(error)}`, {
    cause: error,
  })
}

async function requireRights(session: Session, schema: string, internal: string): Promise<void> {
  const [found] = await session.rows<store.Rights>(store.rights)
  const rights = must(found, 'a session has a role')
  const { role, database } = rights
  if (!rights.may_temp) {
    throw missing(
      `the role ${role} may not make temporary tables in the database ${database}`,
      `grant temporary on database ${quoteIdent(database)} to ${quoteIdent(role)}`,
    )
  }
  await requireSchema(session, rights, schema, 'schema')
  const [fence] = await session.rows<{ may_write: boolean }>(store.fenceRights(internal))
  if (fence) await requireFence(session, rights, internal, fence.may_write)
  else await requireSchema(session, rights, internal, 'raw_data_schema')
}

/** Within the trial: only of a fence that is as it should be can be asked whose the tables are. */
async function requireOwned(session: Session, schema: string, internal: string): Promise<void> {
  const [foreign] = await session.rows<store.ForeignTable>(store.foreignTable(schema, internal))
  if (!foreign) return
  throw missing(
    `the table ${schema}.${foreign.name} belongs to the role ${foreign.owner}, and only its ` +
      'owner can give it new columns and indexes',
    `let its owner say: alter table ${quoteIdent(schema)}.${quoteIdent(foreign.name)} ` +
      `owner to ${quoteIdent(foreign.role)}, or give the destination a schema of its own`,
  )
}

async function requireSchema(
  session: Session,
  { role, database, may_create }: store.Rights,
  schema: string,
  field: 'schema' | 'raw_data_schema',
): Promise<void> {
  const [found] = await session.rows<SchemaRights>(store.schemaRights(schema))
  if (found?.may_use && found.may_create) return
  const or = `or set ${field} to a schema that is the role’s own`
  if (found) {
    throw missing(
      `the role ${role} may not use the schema ${schema} and make tables in it`,
      `grant usage, create on schema ${quoteIdent(schema)} to ${quoteIdent(role)}, ${or}`,
    )
  }
  if (may_create) return
  throw missing(
    `the schema ${schema} is not there, and the role ${role} may not make it`,
    `let its owner say: create schema ${quoteIdent(schema)} authorization ${quoteIdent(role)}, ` +
      `${or} (or grant create on database ${quoteIdent(database)} to ${quoteIdent(role)})`,
  )
}

interface SchemaRights {
  may_use: boolean
  may_create: boolean
}

async function requireFence(
  session: Session,
  { role }: store.Rights,
  internal: string,
  mayWrite: boolean,
): Promise<void> {
  const [found] = await session.rows<SchemaRights>(store.schemaRights(internal))
  if (mayWrite && found?.may_use) return
  throw missing(
    `the role ${role} may not write to the tables of the schema ${internal}, which another ` +
      'role made for a destination of its own',
    'set raw_data_schema to a schema that is the role’s own, or grant usage on schema ' +
      `${quoteIdent(internal)} and select, insert, update on all its tables to ${quoteIdent(role)}`,
  )
}

function missing(what: string, remedy: string): ConfigError {
  return new ConfigError('RIGHTS_MISSING', `${what}: ${remedy}`)
}
