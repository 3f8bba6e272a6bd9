// Whether a database can be worked with: the same server session from one transaction to the next,
// every character, and leave to write. A pooler that gives each transaction another session loses
// locks and temporary tables.
import type { ClientBase } from 'pg'
import { ConfigError } from '../std/errors.ts'
import { uuid } from '../std/ids.ts'
import { directAddress, many, one, readOnly, sql } from './query.ts'

export interface Rival {
  client: ClientBase
  end(): Promise<void>
}

/** `rival` makes another connection, which is ended here; `place` stands before what is said. */
export async function requireUsable(
  client: ClientBase,
  rival: () => Promise<Rival>,
  place: string,
): Promise<void> {
  // A standby is read-only, too.
  const found = await one<{ pid: number; encoding: string; read_only: boolean }>(
    client,
    sql`select pg_backend_pid() as pid, current_setting('server_encoding') as encoding,
          current_setting('transaction_read_only')::boolean as read_only`,
  )
  if (found.pid !== processOf(client) && (await isShared(client, rival))) {
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
function processOf(client: ClientBase): number | null {
  return (client as unknown as { processID: number | null }).processID
}

const backend = sql`select pg_backend_pid() as pid, current_setting('tartan.mark', true) as mark`

/** Whether another session takes a client's place, in turn or as soon as somebody else is there. */
async function isShared(client: ClientBase, rival: () => Promise<Rival>): Promise<boolean> {
  const mark = uuid()
  const first = await one<{ pid: number }>(
    client,
    sql`select pg_backend_pid() as pid, set_config('tartan.mark', ${mark}, false) as mark`,
  )
  const isMoved = async () => {
    const now = await one<{ pid: number; mark: string | null }>(client, backend)
    return now.pid !== first.pid || now.mark !== mark
  }
  if (await isMoved()) return true
  const other = await rival().catch(() => undefined)
  if (!other) return isMoved()
  try {
    await many(other.client, sql`begin`)
    const { pid } = await one<{ pid: number }>(other.client, backend)
    return pid === first.pid || (await isMoved())
  } finally {
    await other.end().catch(() => {})
  }
}
