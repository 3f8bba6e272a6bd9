// Runs dbt over the warehouse: with the connection of the settings that run, in the project's own
// virtual environment, one run at a time.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { streamsOf } from '../../catalog/catalog.ts'
import { createPool } from '../../postgres/pool.ts'
import { classifyPostgres } from '../../postgres/query.ts'
import { systemClock } from '../../std/clock.ts'
import { ConfigError } from '../../std/errors.ts'
import { warehouseUrl } from '../keys.ts'
import { productsOf } from '../products.ts'
import { childEnvironment, projectFolder, type Settings } from '../settings.ts'
import { tryModelsLock } from '../store/models-lock.ts'
import { dbtConnection } from './connection.ts'
import { installedDbt } from './python.ts'

const project = join(projectFolder, 'dbt')
const lookEveryMs = 500

/** `args` are dbt's own; its output goes where ours does. Rejects where dbt says that it failed. */
export async function runModels(
  settings: Settings,
  args: string[],
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { dataFolder, options } = settings
  const folder = join(dataFolder, 'dbt')
  const url = await warehouseUrl(settings)
  const pool = createPool(url, { name: 'tartan models', connectionsMax: 1 })
  const privateFolder = join(dataFolder, 'run', 'models')
  const session = await pool.connect().catch((error: unknown) => {
    throw classifyPostgres(error)
  })
  try {
    for (let waits = false; !(await tryModelsLock(session, options.dbtSchema)); waits = true) {
      if (!waits) say('… another run of the models is at work: waiting for its end')
      await systemClock.sleep(lookEveryMs, signal)
    }
    // One that was killed may have left its own.
    await rm(privateFolder, { recursive: true, force: true })
    await mkdir(privateFolder, { recursive: true, mode: 0o700 })
    const requirements = join(project, 'requirements.txt')
    const dbt = await installedDbt(folder, requirements, say, signal)
    await dbtProcess(dbt, args, signal, {
      ...childEnvironment(options.logLevel),
      ...(await dbtConnection(url, options.dbtSchema, privateFolder)),
      TARTAN_DBT_STREAMS: streamsOf(productsOf(options.plaidProducts))
        .map(({ name }) => name)
        .join(' '),
      DBT_PROJECT_DIR: project,
      DBT_PROFILES_DIR: project,
      DBT_TARGET_PATH: join(folder, 'target'),
      DBT_LOG_PATH: join(folder, 'logs'),
      ...(process.stdout.isTTY ? {} : { DBT_USE_COLORS: 'false' }),
    })
  } finally {
    await rm(privateFolder, { recursive: true, force: true })
    session.release(true)
    await pool.end()
  }
}

async function dbtProcess(
  dbt: string,
  args: string[],
  signal: AbortSignal,
  env: Record<string, string | undefined>,
): Promise<void> {
  const child = spawn(dbt, args, { cwd: project, stdio: 'inherit', env })
  // What it has begun in the database it cancels itself.
  const stop = () => child.kill('SIGINT')
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  const [code] = (await once(child, 'exit')) as [number | null]
  signal.removeEventListener('abort', stop)
  signal.throwIfAborted()
  if (code === 0) return
  const sentence = 'dbt says that not all went well: what it names above is to be looked at'
  throw new ConfigError('MODELS_FAILED', sentence)
}
