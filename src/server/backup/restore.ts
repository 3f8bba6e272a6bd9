// A backup back into a database, in one transaction: either all of it is there and equal by number
// and sum to what was backed up, or nothing has changed. The feed gets another epoch: whoever holds
// a position of the time after the backup is told to read again, so that no ghost stays (L2, L4).
// One of an earlier version comes back into the schemas of that one, which are brought on then.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { copyFromStream } from '../../postgres/copy-stream.ts'
import { createPool, type Client, type Pool } from '../../postgres/pool.ts'
import { quoteIdent } from '../../postgres/identifier.ts'
import { ConfigError, errorCode, SystemError } from '../../std/errors.ts'
import { randomToken } from '../../std/ids.ts'
import { Secret } from '../../std/secrets.ts'
import { decrypting } from './age.ts'
import { openFile } from './kept-file.ts'
import { type Backup, filesOf } from './shelf.ts'
import {
  listMigrations,
  listTables,
  makeAnew,
  migrateAll,
  newEpoch,
  setSequence,
  setTriggers,
  somebodys,
  sumOf,
} from '../store/backup.ts'

const statementMsMax = 3_600_000

/** Before anything is touched: every file is as it was written. */
export async function requireSound({ folder, manifest }: Backup): Promise<void> {
  for (const { file, name, sha256 } of filesOf(manifest)) {
    const hash = createHash('sha256')
    try {
      await pipeline(createReadStream(join(folder, file)), hash)
    } catch (cause) {
      throw damaged(`${file} (${name}) cannot be read`, cause)
    }
    if (hash.digest('hex') !== sha256) throw damaged(`${file} (${name}) is not as it was written`)
  }
}

/** Before anything is touched, too: who restores has the key to it, where one is needed. */
export async function requireReadable(
  { folder, manifest }: Backup,
  identities: Secret | undefined,
): Promise<void> {
  const open = await decrypting(manifest.recipients ?? [], identities)
  const [smallest] = filesOf(manifest).toSorted((a, b) => a.bytes - b.bytes)
  if (smallest) await pipeline(createReadStream(join(folder, smallest.file)), open, drained)
}

async function drained(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of bytes);
}

/** Into a database that has nothing of anybody's yet. */
export async function restoreInto(
  database: Secret,
  backup: Backup,
  identities?: Secret,
): Promise<void> {
  await requireSound(backup)
  await requireReadable(backup, identities)
  const pool = openPool(database)
  try {
    await migrateAll(pool)
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query('set local idle_in_transaction_session_timeout = 0')
      await requireEmpty(client)
      await meet(client, backup)
      await putBack(client, backup, identities)
      await newEpoch(client)
      await client.query('commit')
    } finally {
      client.release(true) // without a commit nothing of it was
    }
    await migrateAll(pool) // what an earlier version had
  } finally {
    await pool.end()
  }
}

/** Restores it into a database made for that, compares, and drops it. */
export async function rehearse(server: Secret, backup: Backup, identities?: Secret): Promise<void> {
  await requireReadable(backup, identities)
  const name = `tartan_rehearsal_${randomToken().slice(0, 8).toLowerCase().replace(/\W/g, '_')}`
  const admin = openPool(server)
  try {
    await admin.query(`create database ${quoteIdent(name)}`).catch(mayNot)
    try {
      const url = new URL(server.reveal())
      url.pathname = `/${name}`
      await restoreInto(new Secret(url.href), backup, identities)
    } finally {
      await admin.query(`drop database if exists ${quoteIdent(name)} with (force)`)
    }
  } finally {
    await admin.end()
  }
}

function openPool(database: Secret): Pool {
  return createPool(database, { name: 'tartan restore', connectionsMax: 2, statementMsMax })
}

async function requireEmpty(client: Client): Promise<void> {
  const what = await somebodys(client)
  if (what === undefined) return
  const sentence = `this database has ${what} already: restore into an empty TARTAN_DATA_DIR`
  throw new ConfigError('DATABASE_NOT_EMPTY', sentence)
}

/** Rows go back into tables of the version that they are of, an earlier one's too. */
async function meet(client: Client, { manifest }: Backup): Promise<void> {
  const here = await listMigrations(client)
  const unknown = manifest.migrations.find((name) => !here.includes(name))
  if (unknown !== undefined) {
    const sentence = `it is of a later version of Tartan (${unknown}): restore it with that one`
    throw new ConfigError('BACKUP_OF_ANOTHER_VERSION', sentence)
  }
  if (here.length > manifest.migrations.length) await makeAnew(client, manifest.migrations)
}

async function putBack(
  client: Client,
  { folder, manifest }: Backup,
  identities: Secret | undefined,
): Promise<void> {
  const there = await listTables(client)
  const names = there.map(({ name }) => name)
  await client.query(`truncate ${names.join(', ')}`)
  // What a row sets off has its rows in the backup too.
  await setTriggers(client, names, 'disable')
  const opening = { ...manifest, ...(identities ? { identities } : {}) }
  for (const { name, columns, file } of manifest.tables) {
    const into = copyFromStream(client, `copy ${name} (${columns.join(', ')}) from stdin`)
    await openFile(join(folder, file), into, opening)
  }
  await setTriggers(client, names, 'enable')
  for (const sequence of manifest.sequences) await setSequence(client, sequence)
  for (const table of manifest.tables) {
    const { rows, checksum } = await sumOf(client, table)
    if (rows === table.rows && checksum === table.checksum) continue
    const was = `${table.rows} rows were backed up and ${rows} came back`
    throw new SystemError(
      'RESTORE_DIFFERS',
      `${table.name}: ${was}, or others: nothing was changed`,
    )
  }
}

function mayNot(cause: unknown): never {
  if (errorCode(cause) !== '42501') throw cause
  const sentence =
    'this role may make no database to try it in: grant it createdb, or restore it elsewhere'
  throw new ConfigError('REHEARSAL_REFUSED', sentence, { cause })
}

function damaged(what: string, cause?: unknown): ConfigError {
  return new ConfigError('BACKUP_DAMAGED', `${what}: nothing was changed; take another backup`, {
    cause,
  })
}
