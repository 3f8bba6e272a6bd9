// A PostgreSQL of a test's own, which it may kill.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Client } from 'pg'
import { embeddedPostgres } from '../../src/postgres/embedded.ts'
import { systemClock } from '../../src/std/clock.ts'
import { errorCode } from '../../src/std/errors.ts'
import { Secret } from '../../src/std/secrets.ts'

export interface TestServer {
  url: Secret
  port: number
  process: ChildProcess
  /** Fast shutdown; resolves when it is gone. */
  stop(): Promise<void>
}

const READY_MS_MAX = 60_000

export async function startServer(
  folder: string,
  options: {
    port?: number
    settings?: Record<string, string>
    namespaces?: boolean
    /** A server that is up refuses whoever has no certificate. */
    answers?: 'refusal'
  } = {},
): Promise<TestServer> {
  const password = new Secret('test-superuser')
  const server = await embeddedPostgres(folder, options)
  await server.initialise(password)
  const port = options.port ?? (await freePort())
  const { command, args, ...as } = server.command(port, options.settings)
  const child = spawn(command, args, { ...as, stdio: 'ignore' })
  const url = new Secret(`postgres://postgres:${password.reveal()}@127.0.0.1:${port}/postgres`)
  await ready(url, child, options.answers)
  return {
    url,
    port,
    process: child,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill(server.stopSignal)
      await once(child, 'exit')
    },
  }
}

async function ready(url: Secret, child: ChildProcess, answers?: 'refusal'): Promise<void> {
  const deadline = systemClock.now() + READY_MS_MAX
  for (;;) {
    if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}`)
    const client = new Client({ connectionString: url.reveal() })
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (answers === 'refusal' && errorCode(error) === '28000') return
      if (systemClock.now() > deadline) throw error
      await systemClock.sleep(50)
    }
  }
}

/**
 * Below those that the system itself gives to whoever listens on any port, or calls: what is free
 * now is still so when the one it was found for comes to listen.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_240, 32_768)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
