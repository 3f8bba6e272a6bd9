// Connections: pooled, named, bounded in number and in waiting (L9). TLS follows the URL's
// `sslmode` as libpq reads it. Timestamps and numbers stay text: a JS Date would cut microseconds
// and a JS number would round money.
import { Pool as PgPool, type PoolClient, type PoolConfig, types } from 'pg'
import type { Secret } from '../std/secrets.ts'

export interface PoolOptions {
  /** Shown in pg_stat_activity. */
  name: string
  connectionsMax?: number
  /** How long a statement may run, 0 for no bound. */
  statementMsMax?: number
}

export type Pool = PgPool
export type Client = PoolClient

const CONNECT_MS_MAX = 10_000
const IDLE_MS_MAX = 30_000
/** A transaction that forgets itself must not hold the feed's clock (L9). */
const IDLE_IN_TRANSACTION_MS_MAX = 15_000

/** int8, date, time, timestamp, timestamptz, numeric. */
const RAW_TYPES = new Set([20, 1082, 1083, 1114, 1184, 1700])

export function createPool(url: Secret, options: PoolOptions): Pool {
  const pool = new PgPool({
    ...clientConfig(url, options.name),
    max: options.connectionsMax ?? 10,
  })
  // A connection that dies (a restarted server) is replaced, or fails the next query of whoever
  // holds it; without a listener, idle or between two queries, the error would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool

  function clientConfig(url: Secret, name: string): PoolConfig {
    return {
      connectionString: url.reveal(),
      application_name: name,
      connectionTimeoutMillis: CONNECT_MS_MAX,
      idleTimeoutMillis: IDLE_MS_MAX,
      keepAlive: true,
      statement_timeout: options.statementMsMax ?? 0,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS_MAX,
      options: '-c TimeZone=UTC',
      types: { getTypeParser },
    }
  }
}

/** Text for the types that JavaScript would round, the driver's own parser for the others. */
export function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (RAW_TYPES.has(oid) && format !== 'binary') return (value) => value
  return types.getTypeParser(oid, format) as (value: string) => unknown
}
