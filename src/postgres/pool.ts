// Connections: pooled, named, bounded in number and in every wait (L9). Timestamps and numbers stay
// text: a JS Date would cut microseconds and a JS number would round money.
import { Socket } from 'node:net'
import { type ClientBase, Pool as PgPool, type PoolClient, type PoolConfig, types } from 'pg'
import { type Sample, tellAtReading } from '../std/samples.ts'
import type { Secret } from '../std/secrets.ts'
import { LendingSocket } from './lending-socket.ts'
import { addressOf } from './address.ts'
import { asOptions, endLaterLimits, sessionSettings } from './session.ts'
import { type Encryption, encryptions, isEncryptionRefused } from './tls.ts'

export interface PoolOptions {
  /** Shown in pg_stat_activity. */
  name: string
  connectionsMax?: number
  /**
   * reader: for whoever asks over HTTP, who has gone long before. worker: for what runs by itself.
   * person: for statements that somebody wrote, and waits for.
   */
  kind?: PoolKind
  /** How long a statement may run, where it is not what the kind says. */
  statementMsMax?: number
  /** Whose large answers are copied out (copy-out.ts). */
  copies?: boolean
}

export type PoolKind = 'reader' | 'worker' | 'person'
export type Pool = PgPool
export type Client = PoolClient

const CONNECT_MS_MAX = 10_000
const IDLE_MS_MAX = 30_000
/** A transaction that forgets itself must not hold the feed's clock (L9). */
const IDLE_IN_TRANSACTION_MS_MAX = 15_000
/** A server that does not answer, be it gone: the kernel asks after so long. */
const KEEP_ALIVE_MS = 30_000
/** A worker's longest compares a whole Item's history. */
const STATEMENT_MS_MAX: Record<PoolKind, number> = {
  reader: 15_000,
  worker: 600_000,
  person: 3_600_000,
}
/**
 * One statement of a reader's has one processor: with two helpers each, and code compiled for each,
 * five searches took the machine from those who pull and follow (measured by bench/readers.ts).
 */
const FOR_READERS = { max_parallel_workers_per_gather: '0', jit: 'off' }
/** Past the server's own time-out nobody listens there any more. */
const ANSWER_MS_MAX = 10_000

/** int8, date, time, timestamp, timestamptz, numeric. */
const RAW_TYPES = new Set([20, 1082, 1083, 1114, 1184, 1700])

export function createPool(url: Secret, options: PoolOptions): Pool {
  const address = addressOf(url)
  const statementMsMax = options.statementMsMax ?? STATEMENT_MS_MAX[options.kind ?? 'worker']
  const settings = sessionSettings({
    statementMsMax,
    // Whoever waits for a lock waits within a statement.
    lockMsMax: 0,
    idleInTransactionMsMax: IDLE_IN_TRANSACTION_MS_MAX,
  })
  const more = options.kind === 'reader' ? FOR_READERS : {}
  const config = {
    host: address.host,
    port: address.port,
    database: address.database,
    user: address.user,
    password: address.password?.reveal() ?? '',
    application_name: address.applicationName ?? options.name,
    max: options.connectionsMax ?? 10,
    connectionTimeoutMillis: address.connectMs ?? CONNECT_MS_MAX,
    idleTimeoutMillis: IDLE_MS_MAX,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    query_timeout: statementMsMax + ANSWER_MS_MAX,
    // Ours come last and win.
    options: `${address.options ?? ''} ${asOptions({ ...settings, ...more })}`.trim(),
    onConnect: settle,
    types: { getTypeParser },
  }
  const pool = new AddressPool(encryptions(address.tls), config, options.copies === true)
  // A connection that dies (a restarted server) is replaced, or fails the next query of whoever
  // holds it; without a listener, idle or between two queries, the error would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.tellAs(options.name)
  return pool
}

/** The driver waits for it before it hands the connection out. */
async function settle(client: ClientBase): Promise<void> {
  await client.query(endLaterLimits)
}

type Answer = (error: Error | undefined, client: PoolClient | undefined, done: Release) => void
type Release = (release?: unknown) => void

/** The driver's pool, which knows one way of encryption, with the two of `allow` and `prefer`. */
class AddressPool extends PgPool {
  readonly #ways: readonly [Encryption, Encryption?]
  #untell = () => {}

  constructor(ways: readonly [Encryption, Encryption?], config: PoolConfig, copies: boolean) {
    super({ ...config, ssl: ways[0], ...(copies ? { stream: () => this.#socket() } : {}) })
    this.#ways = ways
  }

  /** By its name among those of the process, until it ends. */
  tellAs(pool: string): void {
    this.#untell = tellAtReading(() =>
      Object.entries({
        used: this.totalCount - this.idleCount,
        idle: this.idleCount,
        waited_for: this.waitingCount,
      }).map(([state, value]): Sample => {
        return { metric: 'tartan_pool_connections', labels: { pool, state }, value }
      }),
    )
  }

  override end(): Promise<void>
  override end(ended: () => void): void
  override end(ended?: () => void): Promise<void> | void {
    this.#untell()
    return ended ? super.end(ended) : super.end()
  }

  /** What is encrypted is read by OpenSSL, into memory of its own. */
  #socket(): Socket {
    return this.options.ssl === false ? new LendingSocket() : new Socket()
  }

  override connect(): Promise<PoolClient>
  override connect(answer: Answer): void
  override connect(answer?: Answer): Promise<PoolClient> | void {
    if (!answer) return this.#connect()
    this.#connect().then(
      (client) => answer(undefined, client, (release) => client.release(release as Error)),
      (error: Error) => answer(error, undefined, () => {}),
    )
  }

  async #connect(): Promise<PoolClient> {
    const [first, second] = this.#ways
    const tried = this.options.ssl
    try {
      return await super.connect()
    } catch (error) {
      if (second === undefined || !isEncryptionRefused(error)) throw error
      // The way that worked stays; servers change theirs when they are set up anew.
      if (this.options.ssl === tried) this.options.ssl = tried === first ? second : first
      return super.connect()
    }
  }
}

/** Text for the types that JavaScript would round, the driver's own parser for the others. */
export function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (RAW_TYPES.has(oid) && format !== 'binary') return (value) => value
  return types.getTypeParser(oid, format) as (value: string) => unknown
}
