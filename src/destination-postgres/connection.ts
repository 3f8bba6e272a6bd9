// A connection to the warehouse that a sync can rely on: encrypted as the configuration says, its
// settings our own, and a database that can be worked with: what is not so is said at the door.
import pg from 'pg'
import { getTypeParser } from '../postgres/pool.ts'
import { classifyPostgres, many } from '../postgres/query.ts'
import { asStatements, endLaterLimits, sessionSettings } from '../postgres/session.ts'
import { type Encryption, encryptions, isEncryptionRefused, tlsFailure } from '../postgres/tls.ts'
import { requireUsable, type Rival } from '../postgres/usable.ts'
import { ConfigError, errorCode, messageOf, TartanError, TransientError } from '../std/errors.ts'
import { retry, type RetryPolicy } from '../std/retry.ts'
import type { DestinationConfig } from './config.ts'

const connectMsMax = 10_000
/** Making an index of a very large table, or replacing all its rows. */
const statementMsMax = 12 * 3_600_000
/** Past the server's own time-out nobody listens there any more. */
const answerMsMax = 60_000
/** A session that forgot itself within a transaction must not hold its locks. */
const idleInTransactionMsMax = 60_000
/** Somebody's long transaction or maintenance: after that the attempt is made again later. */
const lockMsMax = 60_000
/** A server that does not answer, be it gone: the kernel asks after so long. */
const keepAliveMs = 30_000
/** Enough to sort a batch's keys in memory. */
const workMem = '32MB'
const connectPolicy: RetryPolicy = { triesMax: 3, firstDelayMs: 500, delayMsMax: 5_000, factor: 3 }

export async function openConnection(
  config: DestinationConfig,
  signal: AbortSignal,
): Promise<pg.Client> {
  const client = await retry(connectPolicy, () => connect(config), { signal })
  try {
    const limits = { statementMsMax, lockMsMax, idleInTransactionMsMax }
    await many(client, {
      text: asStatements({ ...sessionSettings(limits), work_mem: workMem }),
      values: [],
    })
    await many(client, { text: endLaterLimits, values: [] })
    const place = `${config.database} at ${config.host}:${config.port}`
    await requireUsable(client, () => rival(config), place)
    return client
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

async function rival(config: DestinationConfig): Promise<Rival> {
  const client = await connect(config)
  return { client, end: () => client.end() }
}

async function connect(config: DestinationConfig): Promise<pg.Client> {
  const [first, second] = encryptions(config.tls)
  try {
    return await connectWith(config, first)
  } catch (error) {
    // `prefer` and `allow` are two tries, as in libpq.
    if (second === undefined || !isEncryptionRefused(error)) throw connectFailure(config, error)
  }
  try {
    return await connectWith(config, second)
  } catch (error) {
    throw connectFailure(config, error)
  }
}

async function connectWith(config: DestinationConfig, ssl: Encryption): Promise<pg.Client> {
  const client = new pg.Client({
    host: config.host,
    port: config.port,
    database: config.database,
    user: config.username,
    password: config.password?.reveal() ?? '',
    ssl,
    application_name: 'tartan destination-postgres',
    connectionTimeoutMillis: connectMsMax,
    query_timeout: statementMsMax + answerMsMax,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs,
    types: { getTypeParser },
  })
  // Without a listener a loss between two queries would end the process; it may come before
  // whoever waits for the connection has it. The next query tells of it.
  client.on('error', () => {})
  await client.connect()
  return client
}

function connectFailure(config: DestinationConfig, error: unknown): unknown {
  const place = `PostgreSQL at ${config.host}:${config.port}`
  const code = errorCode(error) ?? ''
  const tls = tlsFailure(error, place)
  if (tls) return tls
  if (/^(E[A-Z_]+|57P03)$/.test(code)) {
    return new TransientError('DATABASE_UNREACHABLE', `${place} is not reachable (${code})`, {
      cause: error,
    })
  }
  const known = classifyPostgres(error)
  if (known instanceof TartanError) return known
  // Before a session stands, what fails is the address, the server or the login.
  return new ConfigError('DATABASE_REFUSED', `${place} lets nobody in: ${messageOf(error)}`, {
    cause: error,
  })
}
