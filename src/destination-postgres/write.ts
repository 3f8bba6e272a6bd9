// Writing: messages in, states out. While one batch is committed the next is read, never more
// (L9); states leave after the commit that covers them (L3); a stream whose data its table
// refuses is told of and left, and the others go on (L7).
import type { Readable } from 'node:stream'
import type { ConfiguredCatalog, RecordMessage, TraceMessage } from '../protocol/message.ts'
import type { ConnectorContext } from '../protocol/runner.ts'
import { ConfigError, SystemError } from '../std/errors.ts'
import { Batch } from './batch.ts'
import type { DestinationConfig } from './config.ts'
import { blocks, messages } from './input.ts'
import { Ledger, streamKey } from './ledger.ts'
import { Loader } from './loader.ts'
import { type RowBuilder, rowBuilder } from './row.ts'
import { Session } from './session.ts'
import { type Table, tablesOf } from './table.ts'

/** All batches that are being filled, together (L9). */
const openBytesMax = 32 * 1024 * 1024
const dueCheckMs = 1_000

export async function write(
  config: DestinationConfig,
  catalog: ConfiguredCatalog,
  input: Readable,
  context: ConnectorContext,
): Promise<void> {
  const tables = tablesOf(catalog.streams, config)
  await using session = await Session.open(config, context.signal)
  const end = (reason: Error) => {
    input.destroy(reason)
    session.abort()
  }
  const onAbort = () => end(context.signal.reason as Error)
  context.signal.addEventListener('abort', onAbort)
  // Whoever reads the input next throws the error; until then nobody listens for it.
  input.on('error', () => {})
  session.onLost((error) => input.destroy(error))
  try {
    await new Writer(tables, session, input, context).run()
  } catch (error) {
    context.signal.throwIfAborted()
    throw error
  } finally {
    context.signal.removeEventListener('abort', onAbort)
  }
}

interface Stream {
  key: string
  table: Table
  loader: Loader
  builder: RowBuilder
  batch: Batch
  /** Its table refused it: what still comes is passed over, and none of its states leaves. */
  failed: boolean
  finished: boolean
}

class Writer {
  readonly #streams: Map<string, Stream>
  readonly #session: Session
  readonly #input: Readable
  readonly #context: ConnectorContext
  readonly #ledger: Ledger
  /** Everything that talks to the database or answers a state, one after the other. */
  #queue: Promise<void> = Promise.resolve()

  constructor(tables: Table[], session: Session, input: Readable, context: ConnectorContext) {
    this.#session = session
    this.#input = input
    this.#context = context
    this.#ledger = new Ledger(tables.map(({ stream }) => stream))
    this.#streams = new Map(
      tables.map((table, place) => {
        const builder = rowBuilder(table)
        const key = streamKey(table.stream.name, table.stream.namespace)
        const warn = (sentence: string) => context.log('WARN', sentence)
        const loader = new Loader(table, session, place, warn)
        const batch = new Batch(builder)
        return [key, { key, table, loader, builder, batch, failed: false, finished: false }]
      }),
    )
  }

  async run(): Promise<void> {
    await this.#session.transaction(() => this.#session.ensureFence())
    for (const stream of this.#streams.values()) {
      await this.#guard(stream, async () => {
        await stream.loader.prepare()
        // An overwrite has nothing durable before its end, not even the nothing at its start.
        if (stream.table.mode !== 'overwrite') this.#ledger.durable(stream.key, 0)
      })
    }
    const done = new AbortController()
    const clock = this.#watchDue(done.signal)
    try {
      for await (const block of blocks(this.#input)) {
        for (const { message, clean } of messages(block)) {
          if (message.type === 'RECORD') {
            const wait = this.#record(message.record, clean)
            if (wait) await wait
          } else if (message.type === 'STATE') {
            this.#ledger.state(message.state)
            this.#enqueue(() => this.#release())
          } else if (message.type === 'TRACE') await this.#trace(message.trace)
        }
      }
      for (const stream of this.#streams.values()) {
        if (!stream.finished) await this.#finish(stream, false)
      }
      await this.#queue
    } finally {
      done.abort()
      await clock
    }
  }

  /** Answers a promise only where there is something to wait for: most records just go in. */
  #record(record: RecordMessage, clean: boolean): Promise<void> | undefined {
    const stream = this.#streams.get(streamKey(record.stream, record.namespace))
    if (!stream) {
      throw new SystemError(
        'STREAM_UNKNOWN',
        `a record of the stream ${record.stream} came, which is not in the catalog`,
      )
    }
    if (stream.failed) return undefined
    const before = stream.batch.refuses(record) ? this.#flush(stream) : undefined
    this.#ledger.record(stream.key)
    const { batch } = stream
    const { bytes } = batch
    try {
      batch.add(record, clean)
    } catch (error) {
      this.#enqueue(() => this.#leave(stream, error))
      return before
    }
    const grown = batch.bytes !== bytes
    if (batch.isFull || (grown && this.#openBytes() > openBytesMax)) return this.#flush(stream)
    return before
  }

  async #trace({ stream_status: status }: TraceMessage): Promise<void> {
    if (status?.status !== 'COMPLETE') return
    const { name, namespace } = status.stream_descriptor
    const stream = this.#streams.get(streamKey(name, namespace))
    if (!stream) {
      throw new SystemError('STREAM_UNKNOWN', `${name} is complete, but not in the catalog`)
    }
    await this.#finish(stream, true)
  }

  /** Puts the open batch into the queue and waits for the one before it. */
  #flush(stream: Stream): Promise<void> {
    const before = this.#queue
    if (stream.batch.isEmpty) return before
    const batch = stream.batch.seal()
    const records = this.#ledger.received(stream.key)
    stream.batch = new Batch(stream.builder)
    this.#enqueue(async () => {
      await this.#guard(stream, async () => {
        await stream.loader.load(batch)
        if (stream.table.mode !== 'overwrite') this.#ledger.durable(stream.key, records)
      })
      await this.#release()
    })
    return before
  }

  async #finish(stream: Stream, complete: boolean): Promise<void> {
    await this.#flush(stream)
    stream.finished = complete
    this.#enqueue(async () => {
      await this.#guard(stream, async () => {
        await stream.loader.finish(complete)
        if (complete) this.#ledger.durable(stream.key, this.#ledger.received(stream.key))
      })
      await this.#release()
    })
    await this.#queue
  }

  async #release(): Promise<void> {
    for (const state of this.#ledger.release()) await this.#context.send({ type: 'STATE', state })
  }

  async #guard(stream: Stream, work: () => Promise<void>): Promise<void> {
    if (stream.failed) return
    try {
      await work()
    } catch (error) {
      await this.#leave(stream, error)
    }
  }

  /** A failure that is this stream's alone ends this stream alone. */
  async #leave(stream: Stream, error: unknown): Promise<void> {
    if (!(error instanceof ConfigError)) throw error
    if (stream.failed) return
    stream.failed = true
    await this.#context.fail({ error, stream: stream.table.stream })
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work)
    // The reader may be waiting for input that does not come.
    this.#queue.catch((error: Error) => this.#input.destroy(error))
  }

  #openBytes(): number {
    let bytes = 0
    for (const { batch } of this.#streams.values()) bytes += batch.bytes
    return bytes
  }

  async #watchDue(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#context.clock.sleep(dueCheckMs, signal)
        for (const stream of this.#streams.values()) {
          if (stream.batch.isDue) await this.#flush(stream)
        }
      }
    } catch {
      // The end of the run, or a failure that the queue has told the reader of.
    }
  }
}
