// A backup of Tartan's own database as one instant of it: every table by COPY, compressed, with its
// rows' number and sum, from one transaction that sees no later change and stops nobody.
import { join } from 'node:path'
import { copyToStream } from '../../postgres/copy-stream.ts'
import { createPool, type Client } from '../../postgres/pool.ts'
import { SystemError } from '../../std/errors.ts'
import { systemClock } from '../../std/clock.ts'
import type { Secret } from '../../std/secrets.ts'
import { writeWhole, diskBytesFree } from '../files.ts'
import {
  databaseBytes,
  instant,
  listMigrations,
  listSequences,
  listTables,
  sumOf,
  type Table,
} from '../store/backup.ts'
import { sealedByKey } from '../reseal.ts'
import { keepFile, suffixOf } from './kept-file.ts'
import { type Backup, type Manifest, nameOf, shelve } from './shelf.ts'

const statementMsMax = 3_600_000

export interface BackupTo {
  shelf: string
  sealingKeyId: string
  /** Of age; none: the files are not encrypted. */
  recipients?: readonly string[]
}

export async function takeBackup(
  database: Secret,
  { shelf, sealingKeyId, recipients = [] }: BackupTo,
): Promise<Backup> {
  const pool = createPool(database, { name: 'tartan backup', connectionsMax: 1, statementMsMax })
  try {
    const client = await pool.connect()
    try {
      return await shelve(shelf, nameOf(new Date(systemClock.now())), async (folder) => {
        await requireRoom(await databaseBytes(client), folder)
        await dump(client, folder, sealingKeyId, recipients)
      })
    } finally {
      client.release(true)
    }
  } finally {
    await pool.end()
  }
}

/** Compressed it takes a fraction; a disk that it fills stops everything else. */
export async function requireRoom(bytes: number, folder: string): Promise<void> {
  if ((await diskBytesFree(folder)) > bytes) return
  const sentence = `a backup may need ${bytes} bytes, and less is free at ${folder}: make room`
  throw new SystemError('DISK_FULL', sentence)
}

async function dump(
  client: Client,
  folder: string,
  sealingKeyId: string,
  recipients: readonly string[],
): Promise<void> {
  await client.query('begin isolation level repeatable read read only')
  await client.query('set local idle_in_transaction_session_timeout = 0')
  const { at, version } = await instant(client)
  const tables: Manifest['tables'] = []
  for (const [i, table] of (await listTables(client)).entries()) {
    const file = `${String(i).padStart(3, '0')}.copy${suffixOf(recipients)}`
    const written = await writeTable(client, table, join(folder, file), recipients)
    tables.push({ ...table, ...(await sumOf(client, table)), file, ...written })
  }
  const manifest: Manifest = {
    takenAt: at,
    sealingKeyId,
    sealingKeyIds: [...(await sealedByKey(client)).keys()],
    ...(recipients.length > 0 ? { recipients: [...recipients] } : {}),
    serverVersion: version,
    migrations: await listMigrations(client),
    tables,
    sequences: await listSequences(client),
  }
  await client.query('commit')
  await writeWhole(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

async function writeTable(
  client: Client,
  { name, columns }: Table,
  path: string,
  recipients: readonly string[],
) {
  // A table that is in partitions is copied by its rows only.
  const rows = copyToStream(client, `copy (select ${columns.join(', ')} from ${name}) to stdout`)
  const { sha256, bytes } = await keepFile(rows, path, recipients)
  return { sha256, bytes }
}
