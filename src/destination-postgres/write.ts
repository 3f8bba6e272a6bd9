// Writing: messages in, states out. While one batch is committed another may wait for it and a
// third is read, never more (L9); states leave after the commit that covers them (L3), bound to the
// table that they were earned with; a stream whose data its table refuses is told of and left, and
// the others go on (L7); one that nobody called COMPLETE fails the attempt, in words.
import type { Readable } from 'node:stream'
import {
  type CommittedRecords,
  committedRecordsType,
  type ConfiguredCatalog,
  type NulledValues,
  type RecordMessage,
  type StateMessage,
  type TraceMessage,
} from '../protocol/message.ts'
import type { ConnectorContext } from '../protocol/runner.ts'
import { type ConfigError, SystemError, TransientError } from '../std/errors.ts'
import { Batch } from './batch.ts'
import type { DestinationConfig } from './config.ts'
import { ofStreamAlone } from './explain.ts'
import { blocks, type Line, messages } from './input.ts'
import { Ledger, statsOf, streamKey } from './ledger.ts'
import { Loader, StateExpired } from './loader.ts'
import { nulledInAll } from './misfit.ts'
import { type RowBuilder, rowBuilder } from './row.ts'
import { RowScanner } from './row-scanner.ts'
import { Session } from './session.ts'
import { type Table, tablesOf, type Wanted } from './table.ts'
import { nulledSaid, rejectedSaid } from './told.ts'

/** All batches that are being filled, together (L9). */
const openBytesMax = 32 * 1024 * 1024
const dueCheckMs = 1_000

export async function write(
  config: DestinationConfig,
  catalog: ConfiguredCatalog,
  input: Readable,
  context: ConnectorContext,
): Promise<void> {
  const wanted = tablesOf(catalog.streams, config)
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
    await new Writer(wanted, session, input, context).run()
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
  scanner: RowScanner
  batch: Batch
  /** Of the batch: how many bytes it had when all open ones were counted. */
  seen: number
  /** Its table refused it: what still comes is passed over, and none of its states leaves. */
  failed: boolean
  /** Of the loader's left out records: those that a state told of. */
  told: number
  /** How the platform said that it ended; nothing more of it may come then. */
  ended: 'COMPLETE' | 'INCOMPLETE' | undefined
}

/** What came of a stream up to some moment. */
interface Count {
  records: number
  rejected: number
  nulled: NulledValues[]
}

class Writer {
  readonly #streams = new Map<string, Stream>()
  /** Whose configuration cannot be met, and why: what comes of them is passed over. */
  readonly #refused = new Map<string, Wanted & { refused: ConfigError }>()
  readonly #session: Session
  readonly #input: Readable
  readonly #context: ConnectorContext
  readonly #ledger: Ledger
  /** Whose row the line before was. */
  #last: Stream | undefined
  /** Everything that talks to the database or answers a state, one after the other. */
  #queue: Promise<void> = Promise.resolve()
  /** The queue before the newest batch in it. */
  #beforeNewest: Promise<void> = this.#queue

  constructor(wanted: Wanted[], session: Session, input: Readable, context: ConnectorContext) {
    this.#session = session
    this.#input = input
    this.#context = context
    this.#ledger = new Ledger(wanted.map(({ stream }) => stream))
    const warn = (sentence: string) => context.log('WARN', sentence)
    for (const [place, one] of wanted.entries()) {
      const key = streamKey(one.stream.name, one.stream.namespace)
      if ('refused' in one) this.#refused.set(key, one)
      else {
        const { table } = one
        const builder = rowBuilder(table)
        const loader = new Loader(table, session, place, warn)
        const scanner = new RowScanner(table, builder)
        const batch = new Batch(builder)
        const begun = { seen: 0, failed: false, told: 0, ended: undefined }
        this.#streams.set(key, { key, table, loader, builder, scanner, batch, ...begun })
      }
    }
  }

  async run(): Promise<void> {
    for (const { refused: error, stream } of this.#refused.values()) {
      await this.#context.fail({ error, stream })
    }
    await this.#session.transaction(() => this.#session.ensureFence())
    for (const stream of this.#streams.values()) {
      await this.#guard(stream, async () => {
        await stream.loader.prepare()
        // What replaces has nothing durable before its end, not even the nothing at its start.
        if (stream.loader.adds) this.#ledger.durable(stream.key, 0)
      })
    }
    const done = new AbortController()
    const clock = this.#watchDue(done.signal)
    try {
      for await (const block of blocks(this.#input)) {
        for (const line of messages(block, (from, end) => this.#scan(block, from, end))) {
          const wait = 'loader' in line ? this.#taken(line) : this.#line(line)
          if (wait) await wait
        }
      }
      for (const stream of this.#streams.values()) await this.#end(stream)
      await this.#queue
    } finally {
      done.abort()
      await clock
    }
  }

  /** Takes a line that is a row into its stream's batch; undefined: it is to be parsed. */
  #scan(block: Buffer, from: number, end: number): Stream | undefined {
    if (this.#last?.scanner.knows(block, from) !== true) {
      this.#last = undefined
      for (const stream of this.#streams.values()) {
        if (stream.scanner.knows(block, from)) this.#last = stream
      }
    }
    const stream = this.#last
    if (!stream || stream.failed || stream.ended !== undefined) return undefined
    return stream.batch.scan(stream.scanner, block, from, end) ? stream : undefined
  }

  /** Answers a promise only where there is something to wait for: most records just go in. */
  #taken(stream: Stream): Promise<void> | undefined {
    this.#ledger.record(stream.key)
    return this.#flushIfFull(stream)
  }

  #line({ message, text, clean }: Line): Promise<void> | undefined {
    if (message.type === 'RECORD') return this.#record(message.record, text, clean)
    if (message.type === 'TRACE') return this.#trace(message.trace)
    if (message.type === 'STATE') this.#state(message.state)
    return undefined
  }

  #record(record: RecordMessage, text: string, clean: boolean): Promise<void> | undefined {
    const stream = this.#find(record.stream, record.namespace, 'a record')
    if (!stream) return undefined
    if (stream.ended !== undefined) throw overAlready(stream.table, stream.ended, 'a record')
    if (stream.failed) return undefined
    stream.scanner.learn(text, record)
    const before = stream.batch.refuses(record) ? this.#flush(stream) : undefined
    this.#ledger.record(stream.key)
    if (!stream.batch.add(record, clean)) this.#ledger.reject(stream.key)
    return this.#flushIfFull(stream) ?? before
  }

  #flushIfFull(stream: Stream): Promise<void> | undefined {
    const { batch } = stream
    const grown = batch.bytes !== stream.seen
    stream.seen = batch.bytes
    if (batch.isFull || (grown && this.#openBytes() > openBytesMax)) return this.#flush(stream)
    return undefined
  }

  #state(state: StateMessage): void {
    const of = state.stream?.stream_descriptor
    // One of a stream that is left would wait for ever.
    if (of && this.#find(of.name, of.namespace, 'a state')?.failed !== false) return
    this.#ledger.state(state)
    this.#enqueue(() => this.#release())
  }

  async #trace({ stream_status: status }: TraceMessage): Promise<void> {
    if (status?.status !== 'COMPLETE' && status?.status !== 'INCOMPLETE') return
    const { name, namespace } = status.stream_descriptor
    const stream = this.#find(name, namespace, `the status ${status.status}`)
    if (!stream) return
    if (stream.ended) throw overAlready(stream.table, stream.ended, status.status)
    stream.ended = status.status
    if (status.status === 'COMPLETE') await this.#finish(stream, true)
  }

  /** Undefined for one that was refused. */
  #find(name: string, namespace: string | null | undefined, what: string): Stream | undefined {
    const key = streamKey(name, namespace)
    const stream = this.#streams.get(key)
    if (stream || this.#refused.has(key)) return stream
    const sentence = `${what} of the stream ${name} came, which is not in the catalog`
    throw new SystemError('STREAM_UNKNOWN', sentence)
  }

  /** The input's end: whoever sends no statuses says with it that all is complete. */
  async #end(stream: Stream): Promise<void> {
    if (stream.ended === 'COMPLETE') return
    const complete = stream.ended === undefined && stream.table.saysEnds === 'no'
    await this.#finish(stream, complete)
    if (complete || stream.failed) return
    const { name } = stream.table.stream
    const why =
      stream.ended === 'INCOMPLETE'
        ? `the stream ${name} was called INCOMPLETE`
        : `the input ended without the stream ${name} having been called COMPLETE`
    const kept = stream.loader.adds
      ? 'what came of it is committed, and the rest is still to come'
      : 'what came of it is left out, and its table is as it was'
    const error = new TransientError('STREAM_INCOMPLETE', `${why}: ${kept}${this.#hint()}`)
    await this.#context.fail({ error, stream: stream.table.stream })
  }

  /** Where nothing was said of any stream, it may be that the platform never says anything. */
  #hint(): string {
    const speaks = ({ ended, table }: Stream) =>
      ended !== undefined || table.saysEnds === 'promised'
    if ([...this.#streams.values()].some(speaks)) return ''
    return '. A platform that sends no statuses needs complete_at_end in the configuration'
  }

  /** Puts the open batch into the queue; answers when no more than one waits before it. */
  #flush(stream: Stream): Promise<void> {
    const before = this.#beforeNewest
    if (stream.batch.isEmpty) return before
    this.#beforeNewest = this.#queue
    const batch = stream.batch.seal()
    const count = this.#countOf(stream)
    stream.batch = new Batch(stream.builder)
    this.#enqueue(async () => {
      await this.#guard(stream, async () => {
        await stream.loader.load(batch)
        await this.#warn(rejectedSaid(stream.table, batch.rejected))
        if (stream.loader.adds) await this.#durable(stream, count)
      })
      await this.#release()
    })
    return before
  }

  async #finish(stream: Stream, complete: boolean): Promise<void> {
    await this.#flush(stream)
    const count = this.#countOf(stream)
    this.#enqueue(async () => {
      await this.#guard(stream, async () => {
        await stream.loader.finish(complete)
        if (complete && !stream.loader.adds) await this.#durable(stream, count)
        if (!complete && !stream.loader.adds) return
        await this.#warn(nulledSaid(stream.table, nulledInAll(count.nulled, stream.loader.nulled)))
      })
      await this.#release()
    })
    await this.#queue
  }

  /** What came of the stream so far. */
  #countOf(stream: Stream): Count {
    return {
      records: this.#ledger.received(stream.key),
      rejected: this.#ledger.rejected(stream.key),
      nulled: stream.builder.nulled.list(),
    }
  }

  /** So much of the stream is committed, or rejected. */
  async #durable(stream: Stream, { records, rejected, nulled }: Count): Promise<void> {
    this.#ledger.durable(stream.key, records)
    const lost = nulledInAll(nulled, stream.loader.nulled)
    const committed: CommittedRecords = {
      stream_descriptor: stream.table.stream,
      ...statsOf(records, rejected + stream.loader.leftOut),
      ...(lost.length === 0 ? {} : { nulled: lost }),
    }
    const analytics = { type: committedRecordsType, value: JSON.stringify(committed) }
    const emitted_at = this.#context.clock.now()
    await this.#context.send({ type: 'TRACE', trace: { type: 'ANALYTICS', emitted_at, analytics } })
  }

  async #warn(sentences: readonly string[]): Promise<void> {
    for (const sentence of sentences) await this.#context.log('WARN', sentence)
  }

  async #release(): Promise<void> {
    for (const state of this.#ledger.release()) {
      const settled = this.#settle(state)
      await this.#context.send({ type: 'STATE', state: { ...settled, ...this.#bond(state) } })
    }
  }

  /** What was left out at its commit was counted as taken when the state came. */
  #settle(state: StateMessage): StateMessage {
    const only = this.#streamOf(state)
    const streams = only ? [only] : this.#streams.values()
    let { recordCount = 0, rejectedRecordCount = 0 } = state.destinationStats ?? {}
    for (const stream of streams) {
      const late = Math.min(stream.loader.leftOut - stream.told, recordCount)
      stream.told += late
      recordCount -= late
      rejectedRecordCount += late
    }
    const records = recordCount + rejectedRecordCount
    return { ...state, destinationStats: statsOf(records, rejectedRecordCount) }
  }

  /** Of a state that is one stream's. */
  #streamOf({ stream: one }: StateMessage): Stream | undefined {
    const of = one?.stream_descriptor
    return of && this.#find(of.name, of.namespace, 'a state')
  }

  /** What the tables are now that the state's records are in them. */
  #bond(state: StateMessage): Pick<StateMessage, 'destination_table' | 'destination_tables'> {
    const only = this.#streamOf(state)
    if (only) return { destination_table: only.loader.bond }
    return {
      destination_tables: [...this.#streams.values()].map(({ table, loader }) => ({
        stream_descriptor: table.stream,
        ...loader.bond,
      })),
    }
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
  async #leave(stream: Stream, thrown: unknown): Promise<void> {
    const error = await ofStreamAlone(this.#session, stream.table, thrown)
    if (stream.failed) return
    stream.failed = true
    const stateExpired = error instanceof StateExpired
    await this.#context.fail({ error, stream: stream.table.stream, stateExpired })
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

function overAlready({ stream }: Table, how: string, what: string): SystemError {
  const sentence = `${what} of the stream ${stream.name} came after it was called ${how}`
  return new SystemError('STREAM_OVER', `${sentence}: whoever sends the input is at fault`)
}
