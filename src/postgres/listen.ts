// LISTEN, on a connection of its own that is made again when it breaks. What is notified meanwhile
// is lost: whoever listens is told so, and looks for himself.
import { systemClock } from '../std/clock.ts'
import { aborted } from '../std/service.ts'
import { quoteIdent } from './identifier.ts'
import type { Client, Pool } from './pool.ts'

export interface Listener {
  onNotify(payload: string): void
  /** From now on notices come; what there was before may have been missed. */
  onListening(): void
  /** From now on nothing is heard, until it listens again. */
  onLost?(): void
}

const reconnectMs = 1_000

/** Runs until the signal. */
export async function listen(
  pool: Pool,
  channel: string,
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const client = await pool.connect().catch(() => undefined)
    if (client) await listenOn(client, channel, listener, signal)
    else await systemClock.sleep(reconnectMs, signal).catch(() => {})
  }
}

async function listenOn(
  client: Client,
  channel: string,
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  const broken = new Promise<void>((resolve) => {
    client.on('error', () => resolve())
    client.on('end', () => resolve())
    // It may have been told to stop while it connected.
    void aborted(signal).then(resolve)
  })
  client.on('notification', ({ payload }) => listener.onNotify(payload ?? ''))
  try {
    await client.query(`listen ${quoteIdent(channel)}`)
    listener.onListening()
    await broken
    listener.onLost?.()
  } catch {
    await systemClock.sleep(reconnectMs, signal).catch(() => {})
  } finally {
    client.release(true)
  }
}
