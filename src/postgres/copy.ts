// COPY … FROM STDIN: how a value is written in its text format, and a query that sends buffers
// which are already made, in either format. The whole of it is in memory (a caller's batch is
// bounded), so there is nothing to pace, and a COPY that fails half-way just ends: the server
// passes over the rest.
import type pg from 'pg'
import { classifyPostgres } from './query.ts'

/** SQL's null. */
export const copyNull = '\\N'

/** Text as COPY reads it; it has no NUL character, which PostgreSQL has not. */
export function copyText(text: string): string {
  return SPECIAL.test(text) ? text.replace(SPECIALS, (char) => ESCAPE[char] ?? '') : text
}

/** The text that `copyText` made this of. */
export function copyValue(text: string): string {
  return text.replace(ESCAPED, (pair) => VALUE[pair] ?? pair)
}

const SPECIAL = /[\\\t\n\r]/
const SPECIALS = new RegExp(SPECIAL, 'g')
const ESCAPE: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }
const ESCAPED = /\\[\\tnr]/g
const VALUE = Object.fromEntries(Object.entries(ESCAPE).map(([char, pair]) => [pair, char]))

/** What makes the chunks of COPY's binary format whole: signature, flags, no extension; the end. */
const binaryHead = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const binaryEnd = Buffer.from([0xff, 0xff])

export function binaryCopy(rows: readonly Buffer[]): Buffer[] {
  return [binaryHead, ...rows, binaryEnd]
}

/** Runs `copy … from stdin` and answers the number of rows. */
export async function copyIn(
  client: pg.ClientBase,
  statement: string,
  chunks: readonly Buffer[],
): Promise<number> {
  try {
    return await new Promise<number>((resolve, reject) => {
      client.query(new CopyIn(statement, chunks, resolve, reject))
    })
  } catch (error) {
    throw classifyPostgres(error)
  }
}

const COPY_DATA = 0x64
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4])
const LENGTH_BYTES = 4

/** What the driver calls as the server answers. */
class CopyIn implements pg.Submittable {
  readonly #statement: string
  readonly #chunks: readonly Buffer[]
  readonly #resolve: (rows: number) => void
  readonly #reject: (error: Error) => void
  #rows = 0

  constructor(
    statement: string,
    chunks: readonly Buffer[],
    resolve: (rows: number) => void,
    reject: (error: Error) => void,
  ) {
    this.#statement = statement
    this.#chunks = chunks
    this.#resolve = resolve
    this.#reject = reject
  }

  submit(connection: pg.Connection): void {
    connection.query(this.#statement)
  }

  handleCopyInResponse(connection: pg.Connection): void {
    const { stream } = connection
    stream.cork()
    for (const chunk of this.#chunks) {
      const head = Buffer.allocUnsafe(1 + LENGTH_BYTES)
      head[0] = COPY_DATA
      head.writeUInt32BE(chunk.length + LENGTH_BYTES, 1)
      stream.write(head)
      stream.write(chunk)
    }
    stream.write(COPY_DONE)
    stream.uncork()
  }

  handleCommandComplete(message: { text: string }): void {
    this.#rows = Number(/^COPY (\d+)/.exec(message.text)?.[1] ?? 0)
  }

  handleReadyForQuery(): void {
    this.callback()
    this.#resolve(this.#rows)
  }

  handleError(error: Error): void {
    this.callback()
    this.#reject(error)
  }

  /** The driver puts the end of its time-out here, where one is set. */
  callback(): void {}
}
