// What all lives share: the engine's server, two workers as processes of their own, and two
// warehouses. A worker that is killed is replaced.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Pool } from '../../src/postgres/pool.ts'
import { testDatabase } from './database.ts'
import { livesDefinitions } from './engine.definitions.ts'
import { type Engine, startEngine } from './engine.ts'

const script = resolve(import.meta.dirname, 'engine-worker.ts')

export interface Lives extends AsyncDisposable {
  engine: Engine
  workspaceId: string
  databases: Pool[]
  names: string[]
  /** What a destination's configuration has in common. */
  warehouse: object
  /** The process whose number stands in the file. */
  kill(file: string): void
  killWorkerOf(jobId: number): Promise<void>
}

export async function startLives(workersCount = 2): Promise<Lives> {
  const engine = await startEngine(livesDefinitions)
  // Connectors start a hundred times a minute: what one compiled serves the next.
  process.env['NODE_COMPILE_CACHE'] = join(engine.folder, 'compiled')
  const warehouses = [await testDatabase(), await testDatabase()]
  const workers = new Map<number, ChildProcess>()
  let ending = false
  const startWorker = () => {
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'ignore', 'inherit'] })
    const { databaseUrl, keyText } = engine
    const runFolder = join(engine.folder, 'run')
    const given = { url: databaseUrl.reveal(), key: keyText, runFolder, firstDelayMs: 20 }
    child.stdin.end(JSON.stringify(given))
    const { pid = 0 } = child
    workers.set(pid, child)
    child.once('exit', (_code, signal) => {
      workers.delete(pid)
      if (!ending && signal === 'SIGKILL') startWorker()
    })
  }
  for (let i = 0; i < workersCount; i++) startWorker()
  const url = new URL(warehouses[0]!.url.reveal())
  const { data } = (await engine.call('GET', '/workspaces')).body
  return {
    engine,
    workspaceId: data[0].workspaceId,
    databases: warehouses.map((one) => one.pool()),
    names: warehouses.map((one) => one.name),
    warehouse: {
      host: url.hostname,
      port: Number(url.port),
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      ssl_mode: { mode: 'disable' },
    },
    kill: (file) => {
      if (existsSync(file)) killed(Number(readFileSync(file, 'utf8')))
    },
    killWorkerOf: async (jobId) => {
      const { rows } = await engine.pool.query<{ worker: string }>(
        `select worker from engine.attempt where job_id = $1 and status = 'running'`,
        [jobId],
      )
      const child = workers.get(Number(rows[0]?.worker.split('-')[0]))
      if (!child) return
      child.kill('SIGKILL')
      await once(child, 'exit')
      // Nobody waits here until its leases have lapsed.
      await engine.pool.query(
        `with lapsed as (
           update engine.attempt set lease_until = clock_timestamp() - interval '1 s'
           where status = 'running' and worker = $1 returning id)
         select pg_notify('engine_job', id::text) from lapsed`,
        [rows[0]?.worker],
      )
    },
    [Symbol.asyncDispose]: async () => {
      ending = true
      await Promise.all(
        [...workers.values()].map(async (child) => {
          child.kill('SIGTERM')
          await once(child, 'exit')
        }),
      )
      await engine[Symbol.asyncDispose]()
      for (const one of warehouses) await one[Symbol.asyncDispose]()
    },
  }
}

function killed(pid: number): void {
  // Nought would be ourselves and all that we started.
  if (!Number.isSafeInteger(pid) || pid < 2) throw new Error(`${pid} is no process`)
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}
