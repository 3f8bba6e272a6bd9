// Reading, in the catalog's order: what a row refers to comes after it, so that no transaction
// arrives whose account is not there. A stream that fails is told of, and the others are read all
// the same (L7).
import { airbyteStream } from '../catalog/stream.ts'
import { catalog } from '../catalog/catalog.ts'
import { recordPrefix, recordSuffix, streamStatus, wrapRecords } from '../protocol/codec.ts'
import type {
  ConfiguredCatalog,
  ConfiguredStream,
  StateMessage,
  StreamDescriptor,
  StreamStatus,
} from '../protocol/message.ts'
import type { ConnectorContext } from '../protocol/runner.ts'
import { classify, ConfigError, SystemError } from '../std/errors.ts'
import type { SourceConfig } from './config.ts'
import { FeedExpired, header, type Page, pages, type Query } from './feed.ts'

/** Where in the feed a reader stands. */
export interface Position {
  epoch: string
  updated_at: string
}

export async function read(
  config: SourceConfig,
  configured: ConfiguredCatalog,
  states: StateMessage[],
  context: ConnectorContext,
): Promise<void> {
  for (const stream of inOrder(configured)) {
    const reader = new StreamReader(config, stream, context)
    await reader.status('STARTED')
    try {
      await reader.read(positionOf(states, stream.stream.name))
      await reader.status('COMPLETE')
    } catch (error) {
      context.signal.throwIfAborted()
      const stateExpired = error instanceof FeedExpired
      await context.fail({ error: classify(error), stream: reader.descriptor, stateExpired })
      await reader.status('INCOMPLETE')
    }
  }
}

export const discovered = { streams: catalog.map(airbyteStream) }

/**
 * After a reading from the beginning the feed is followed until it stands still, since a row that
 * moved while pages were read is behind the head that bounds them. Beyond this many tails the next
 * sync brings the rest.
 */
const tailsMax = 20

class StreamReader {
  readonly descriptor: StreamDescriptor
  readonly #config: SourceConfig
  readonly #configured: ConfiguredStream
  readonly #context: ConnectorContext
  #running = false
  #sinceState = 0

  constructor(config: SourceConfig, configured: ConfiguredStream, context: ConnectorContext) {
    const { name, namespace } = configured.stream
    this.descriptor = namespace ? { name, namespace } : { name }
    this.#config = config
    this.#configured = configured
    this.#context = context
  }

  async read(position: Position | undefined): Promise<void> {
    if (!catalog.some(({ name }) => name === this.descriptor.name)) {
      const known = catalog.map(({ name }) => name).join(', ')
      throw new ConfigError(
        'STREAM_UNKNOWN',
        `there is no stream ${this.descriptor.name}; the streams are ${known}`,
      )
    }
    if (this.#configured.sync_mode === 'incremental') return this.#follow(position)
    return this.#snapshot()
  }

  status(status: StreamStatus): Promise<void> {
    return this.#context.send(streamStatus(this.descriptor, status, this.#context.clock))
  }

  /** The changes since a position, or all of them, with a state after every page. */
  async #follow(from: Position | undefined): Promise<void> {
    let at = from
    for (let round = 0; round <= tailsMax; round++) {
      const before = at
      for await (const page of this.#feed(at, true)) {
        at = await this.#write(page).then(() => feedPosition(page))
        await this.#state(at)
      }
      if (from || at?.updated_at === before?.updated_at) return
    }
  }

  /** What is living. Its state is the first reading's head: changes of meanwhile come again. */
  async #snapshot(): Promise<void> {
    let state: Position | undefined
    let at: Position | undefined
    for (let round = 0; round <= tailsMax; round++) {
      const before = at
      for await (const page of this.#feed(at, false)) {
        await this.#write(page)
        at = feedPosition(page)
      }
      state ??= at
      if (at?.updated_at === before?.updated_at) break
    }
    await this.#state(state)
  }

  #feed(at: Position | undefined, includeDeleted: boolean): AsyncGenerator<Page> {
    const query: Query = { include_deleted: String(includeDeleted) }
    if (at) Object.assign(query, { updated_since: at.updated_at, epoch: at.epoch })
    const { clock, signal } = this.#context
    return pages(this.#config, `/${this.descriptor.name}/incremental`, query, signal, () => ({
      prefix: recordPrefix(this.descriptor, clock.now()),
      suffix: recordSuffix,
    }))
  }

  async #write(page: Page): Promise<void> {
    if (page.rows.length === 0) return
    if (!this.#running) await this.status('RUNNING')
    this.#running = true
    const { clock, sendBytes } = this.#context
    const wrapped = header(page, 'x-wrapped-rows')
    if (wrapped !== undefined) {
      await sendBytes(page.rows)
      this.#sinceState += Number(wrapped)
      return
    }
    const records = wrapRecords(piecesOf(page.rows), this.descriptor, clock.now())
    for (let next = records.next(); ; next = records.next()) {
      if (next.done) {
        this.#sinceState += next.value
        return
      }
      await sendBytes(next.value)
    }
  }

  /** Sent even when nothing was read: a platform waits for one. */
  async #state(position: Position | undefined): Promise<void> {
    const stream = { stream_descriptor: this.descriptor, stream_state: { ...position } }
    const sourceStats = { recordCount: this.#sinceState }
    this.#sinceState = 0
    await this.#context.send({ type: 'STATE', state: { type: 'STREAM', stream, sourceStats } })
  }
}

/** Of a size that Node's nursery frees. */
const pieceBytes = 64 * 1024

function* piecesOf(rows: Buffer): Generator<Buffer> {
  for (let at = 0; at < rows.length; at += pieceBytes) yield rows.subarray(at, at + pieceBytes)
}

/** The catalog's order; what it does not know comes last, to be refused by its name. */
function inOrder(configured: ConfiguredCatalog): ConfiguredStream[] {
  const order = catalog.map(({ name }) => name)
  const rank = (stream: ConfiguredStream) => {
    const at = order.indexOf(stream.stream.name)
    return at === -1 ? order.length : at
  }
  return configured.streams.toSorted((a, b) => rank(a) - rank(b))
}

function feedPosition(page: Page): Position {
  const epoch = header(page, 'x-feed-epoch')
  const stamp = header(page, 'x-feed-position')
  if (epoch === undefined || stamp === undefined) {
    throw new SystemError('FEED_HEADERS_MISSING', 'plaid-api’s page says no epoch and position')
  }
  return { epoch, updated_at: stamp }
}

/** Whichever way the platform keeps states: one by one, together, or as a bare map of old. */
function positionOf(states: StateMessage[], name: string): Position | undefined {
  const found = states.flatMap(({ stream, global, data }): unknown[] => [
    ...[stream, ...(global?.stream_states ?? [])]
      .filter((one) => one?.stream_descriptor?.name === name)
      .map((one) => one?.stream_state),
    data?.[name],
  ])
  const position = found.findLast((one) => typeof one === 'object' && one !== null)
  const { epoch, updated_at } = (position ?? {}) as Record<string, unknown>
  if (typeof epoch !== 'string' || typeof updated_at !== 'string') return undefined
  return { epoch, updated_at }
}
