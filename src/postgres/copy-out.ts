// COPY … TO STDOUT (FORMAT binary). While it runs its socket is ours: rows are handed on where they
// lie in the pieces that came, and every other message goes to the driver, whose own parser makes
// an object of each row, and a copy of each piece (measured: a second for 200,000 rows).
import type pg from 'pg'
import { LendingSocket } from './lending-socket.ts'
import { classifyPostgres } from './query.ts'

/** A row's fields: how many in two bytes, then of each its length in four, -1 for null, and it. */
export type RowTaker = (bytes: Buffer, at: number) => void

/** Runs statements of which one is `copy … to stdout (format binary)`; `take` gets each row. */
export async function copyOut(
  client: pg.ClientBase,
  statements: string,
  take: RowTaker,
): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      client.query(new CopyOut(statements, take, resolve, reject))
    })
  } catch (error) {
    throw classifyPostgres(error)
  }
}

type Listener = (chunk: Buffer) => void

const COPY_DATA = 0x64
const READY_FOR_QUERY = 0x5a
/** A message's kind, and its length without the kind. */
const HEAD_BYTES = 5
/** `PGCOPY` and three more, flags, and the length of an extension that nobody has. */
const FILE_HEAD_BYTES = 19
/** Where a row has the number of its fields. */
const FILE_END = 0xffff

/** What the driver calls as the server answers. */
class CopyOut implements pg.Submittable {
  readonly #statements: string
  readonly #take: RowTaker
  readonly #resolve: () => void
  readonly #reject: (error: Error) => void
  #socket: pg.Connection['stream'] | undefined
  #drivers: Listener[] = []
  #isDriversTurn = false
  #isFirst = true
  /** A message of which only the beginning has come. */
  #begun: Buffer[] = []
  #begunBytes = 0

  constructor(
    statements: string,
    take: RowTaker,
    resolve: () => void,
    reject: (error: Error) => void,
  ) {
    this.#statements = statements
    this.#take = take
    this.#resolve = resolve
    this.#reject = reject
  }

  submit(connection: pg.Connection): void {
    const { stream } = connection
    this.#socket = stream
    this.#drivers = stream.listeners('data') as Listener[]
    stream.on('data', this.#receive)
    for (const listener of this.#drivers) stream.off('data', listener)
    this.#lend(true)
    connection.query(this.#statements)
  }

  readonly #receive = (chunk: Buffer): void => {
    try {
      this.#messages(chunk, this.#finishBegun(chunk))
    } catch (error) {
      // Of such a connection nobody knows where its messages begin.
      this.#socket?.destroy(error as Error)
    }
  }

  /** Where in the chunk the next message begins. */
  #finishBegun(chunk: Buffer): number {
    let at = 0
    while (this.#begunBytes > 0 && at < chunk.length) {
      const end = at + this.#missing()
      this.#begin(chunk.subarray(at, end))
      at = Math.min(end, chunk.length)
      if (this.#missing() > 0) continue
      const message = Buffer.concat(this.#begun)
      this.#begun = []
      this.#begunBytes = 0
      this.#messages(message, 0)
    }
    return at
  }

  /** A piece of its own: what it was cut from may go. */
  #begin(piece: Buffer): void {
    this.#begun.push(Buffer.from(piece))
    this.#begunBytes += piece.length
  }

  #missing(): number {
    if (this.#begunBytes < HEAD_BYTES) return HEAD_BYTES - this.#begunBytes
    const [first = Buffer.alloc(0)] = this.#begun
    const head = first.length < HEAD_BYTES ? Buffer.concat(this.#begun) : first
    if (head !== first) this.#begun = [head]
    return 1 + head.readUInt32BE(1) - this.#begunBytes
  }

  #messages(chunk: Buffer, from: number): void {
    for (let at = from; at < chunk.length;) {
      const end = at + HEAD_BYTES > chunk.length ? Infinity : at + 1 + chunk.readUInt32BE(at + 1)
      if (end > chunk.length) return this.#begin(chunk.subarray(at))
      if (chunk[at] === READY_FOR_QUERY) return this.#giveBack(chunk.subarray(at))
      if (chunk[at] === COPY_DATA) this.#data(chunk, at + HEAD_BYTES, end)
      else this.#pass(chunk.subarray(at, end))
      at = end
    }
  }

  /** The server sends each row as a message; the file's head comes with the first one. */
  #data(bytes: Buffer, from: number, end: number): void {
    const at = this.#isFirst ? from + FILE_HEAD_BYTES : from
    this.#isFirst = false
    if (at < end && bytes.readUInt16BE(at) !== FILE_END) this.#take(bytes, at)
  }

  #pass(message: Buffer): void {
    this.#isDriversTurn = true
    for (const listener of this.#drivers) listener(message)
    this.#isDriversTurn = false
  }

  /** With what came behind it, if anything did, which the driver may keep. */
  #giveBack(rest: Buffer): void {
    this.#lend(false)
    for (const listener of this.#drivers) this.#socket?.on('data', listener)
    this.#socket?.off('data', this.#receive)
    this.#pass(Buffer.from(rest))
  }

  #lend(lends: boolean): void {
    if (this.#socket instanceof LendingSocket) this.#socket.lends = lends
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.callback()
    this.#resolve()
  }

  handleError(error: Error): void {
    this.callback()
    // Not the server's word, which comes with a message: the connection's end, or a time-out.
    if (!this.#isDriversTurn) this.#socket?.destroy()
    this.#reject(error)
  }

  /** The driver puts the end of its time-out here, where one is set. */
  callback(): void {}
}
