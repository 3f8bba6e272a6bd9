// A connection to the warehouse that a sync can rely on: encrypted as the configuration says, its
// settings our own, and the same server session from one transaction to the next. A pooler that
// gives each transaction another one loses locks and temporary tables, and hangs the next write; a
// server that may not be written to, or cannot hold every character, is said at the door too.
import pg from 'pg'
import { getTypeParser } from '../postgres/pool.ts'
import { classifyPostgres, directAddress, many, one, readOnly, sql } from '../postgres/query.ts'
import { asStatements, endLaterLimits, sessionSettings } from '../postgres/session.ts'
import { type Encryption, encryptions, isEncryptionRefused, tlsFailure } from '../postgres/tls.ts'
import { ConfigError, errorCode, messageOf, TartanError, TransientError } from '../std/errors.ts'
import { uuid } from '../std/ids.ts'
import { retry, type RetryPolicy } from '../std/retry.ts'
import type { DestinationConfig } from './config.ts'
import { backend, keepMark, usability } from './store/usability.ts'

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
    await requireUsable(client, config)
    return client
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

async function requireUsable(client: pg.Client, config: DestinationConfig): Promise<void> {
  const found = await one<{ pid: number; encoding: string; read_only: boolean }>(client, usability)
  const place = `${config.database} at ${config.host}:${config.port}`
  if (found.pid !== processOf(client) && (await isShared(client, config))) {
    throw new ConfigError(
      'DATABASE_POOLED',
      `${place}: transactions go to one server session and then another: ${directAddress}`,
      { field: 'host' },
    )
  }
  if (found.encoding !== 'UTF8') {
    throw new ConfigError(
      'DATABASE_ENCODING',
      `${place} keeps text as ${found.encoding}, which has not every character: make a database ` +
        `with encoding 'UTF8' (create database … encoding 'UTF8' template template0)`,
      { field: 'database' },
    )
  }
  if (found.read_only) throw new ConfigError('DATABASE_READ_ONLY', `${place}: ${readOnly}`)
}

/** As whoever answered the connection told: a pooler tells a number of its own. */
function processOf(client: pg.Client): number | null {
  return (client as unknown as { processID: number | null }).processID
}

/** Whether another session takes a client's place, in turn or as soon as somebody else is there. */
async function isShared(client: pg.Client, config: DestinationConfig): Promise<boolean> {
  const mark = uuid()
  const first = await one<{ pid: number }>(client, keepMark(mark))
  const isMoved = async () => {
    const now = await one<{ pid: number; mark: string | null }>(client, backend)
    return now.pid !== first.pid || now.mark !== mark
  }
  if (await isMoved()) return true
  const rival = await connect(config).catch(() => undefined)
  if (!rival) return isMoved()
  try {
    await many(rival, sql`begin`)
    const { pid } = await one<{ pid: number }>(rival, backend)
    return pid === first.pid || (await isMoved())
  } finally {
    await rival.end().catch(() => {})
  }
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
