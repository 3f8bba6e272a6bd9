// All files of a running server as one archive that a server can be started from: BASE_BACKUP of
// the replication protocol, with the WAL that was written meanwhile. The answer is two sets of
// rows, the archive as one COPY, whose messages begin with what they are, and a set of rows again.
// The server looks at its pages' checksums as it reads them, and fails it where one is wrong.
import { PassThrough, type Readable } from 'node:stream'
import pg from 'pg'
import type { Secret } from '../std/secrets.ts'
import { SystemError } from '../std/errors.ts'
import { addressOf } from './address.ts'
import { quoteLiteral } from './identifier.ts'
import { classifyPostgres } from './query.ts'

export interface WalPosition {
  /** As PostgreSQL writes it: 0/3000028. */
  lsn: string
  timeline: number
}

/** `keep` is to read the archive to its end. `start` is where in the WAL it begins. */
export async function baseBackup<T>(
  url: Secret,
  label: string,
  keep: (tar: Readable) => Promise<T>,
): Promise<{ start: WalPosition; kept: T }> {
  const { host, port, user, password, database } = addressOf(url)
  const login = { host, port, user, database, password: password?.reveal() ?? '' }
  // The driver knows it, its types do not.
  const config = { ...login, application_name: label, replication: 'true' }
  const client = new pg.Client(config)
  client.on('error', () => {}) // told by the query, too
  await client.connect()
  const tar = new PassThrough()
  try {
    const query = new BaseBackup(tar, label)
    client.query(query)
    const [start, kept] = await Promise.all([query.ended, keep(tar)])
    return { start, kept }
  } catch (error) {
    throw classifyPostgres(error)
  } finally {
    tar.destroy()
    client.connection.stream.destroy()
  }
}

const NEW_ARCHIVE = 0x6e
const DATA = 0x64

/** The archive's bytes in a message of the COPY, none where it is about something else. */
export function archiveBytes(message: Buffer): Buffer | undefined {
  return message[0] === DATA ? message.subarray(1) : undefined
}

/** Its WAL is in it: nobody has to wait for the archive, which may be what is broken. */
function commandOf(label: string): string {
  const options = `LABEL ${quoteLiteral(label)}, CHECKPOINT 'fast', WAL true, WAIT false`
  return `BASE_BACKUP (${options}, MANIFEST 'no')`
}

class BaseBackup implements pg.Submittable {
  readonly ended: Promise<WalPosition>
  readonly #tar: PassThrough
  readonly #label: string
  readonly #settle: PromiseWithResolvers<WalPosition>
  #start: WalPosition | undefined
  #archives = 0

  constructor(tar: PassThrough, label: string) {
    this.#tar = tar
    this.#label = label
    this.#settle = Promise.withResolvers()
    this.ended = this.#settle.promise
  }

  submit(connection: pg.Connection): void {
    // Whoever reads it ended early, or failed: the server is to stop.
    this.#tar.once('close', () => {
      if (!this.#tar.writableFinished) connection.stream.destroy()
    })
    this.#tar.on('drain', () => connection.stream.resume())
    connection.query(commandOf(this.#label))
  }

  handleDataRow({ fields }: { fields: string[] }): void {
    const [lsn = '', timeline = ''] = fields
    this.#start ??= { lsn, timeline: Number(timeline) }
  }

  handleCopyData({ chunk }: { chunk: Buffer }, connection: pg.Connection): void {
    if (chunk[0] === NEW_ARCHIVE && ++this.#archives > 1) {
      const sentence = 'the server has tablespaces, which a physical backup here does not take'
      this.handleError(new SystemError('TABLESPACES', sentence))
      connection.stream.destroy()
      return
    }
    const bytes = archiveBytes(chunk)
    if (!bytes) return
    // The driver uses its memory again.
    if (!this.#tar.write(Buffer.from(bytes))) connection.stream.pause()
  }

  handleRowDescription(): void {}
  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    if (this.#start) {
      this.#tar.end()
      this.#settle.resolve(this.#start)
    } else this.handleError(new SystemError('BASE_BACKUP_EMPTY', 'the server gave no archive'))
  }

  handleError(error: Error): void {
    this.#settle.reject(error)
    this.#tar.destroy(error)
  }
}
