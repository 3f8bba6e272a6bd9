// Wakes workers when a job is made, ended or cancelled: LISTEN on a connection of its own, made
// again when it breaks. It is only for speed; every loop also looks by itself.
import type { Client, Pool } from '../../postgres/pool.ts'
import { systemClock } from '../../std/clock.ts'

/** Runs until the signal; a ring after every (re)connection covers what was missed. */
export async function listenForJobs(
  pool: Pool,
  onNotify: () => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const client = await pool.connect().catch(() => undefined)
    if (client) await listen(client, onNotify, signal)
    else await systemClock.sleep(reconnectMs, signal).catch(() => {})
  }
}

const reconnectMs = 1_000

async function listen(client: Client, onNotify: () => void, signal: AbortSignal): Promise<void> {
  const broken = new Promise<void>((resolve) => {
    client.on('error', () => resolve())
    client.on('end', () => resolve())
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  client.on('notification', onNotify)
  try {
    await client.query('listen engine_job')
    onNotify()
    await broken
  } catch {
    await systemClock.sleep(reconnectMs, signal).catch(() => {})
  } finally {
    client.release(true)
  }
}
