// Which processes make up a running Tartan, in the order in which they start; they stop in the
// opposite one. What differs between them is here, as data; how a process is kept alive is
// child.ts.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { TransientError } from '../../std/errors.ts'
import { embeddedPostgres, superuser } from '../../postgres/embedded.ts'
import { createPool } from '../../postgres/pool.ts'
import { ensureDatabase } from '../../postgres/provision.ts'
import { embeddedUrl, readKey } from '../keys.ts'
import { nodeFlags, passingFlags } from '../node-flags.ts'
import { childEnvironment, projectFolder, type Settings } from '../settings.ts'
import { type NeededPort, neededPorts } from './port.ts'

export interface Launch {
  command: string
  args: string[]
  env: Record<string, string | undefined>
  uid?: number
  gid?: number
  /** Whether the process says over its channel that it is ready, and ends when the channel does. */
  channel: boolean
}

export interface ProcessPlan {
  name: string
  port?: NeededPort
  stopSignal: NodeJS.Signals
  /** How long it may take to stop before it is killed. */
  stopMsMax: number
  note?: string
  /** Called before every start. */
  launch(): Promise<Launch>
  /** One look, for a process without a channel; throws while it is not ready. */
  look?: () => Promise<void>
}

export const services = ['postgres', 'plaid-emulator', 'plaid-api', 'server', 'worker'] as const

/** runAsProcess ends a service after ten seconds; this is a little more. */
const serviceStopMsMax = 12_000
/** A fast shutdown of PostgreSQL writes a checkpoint. */
const postgresStopMsMax = 20_000

/** All stop one after the other: what a person may have to wait at most. */
export const allStopMsMax = 4 * serviceStopMsMax + postgresStopMsMax

export async function makePlan(settings: Settings): Promise<ProcessPlan[]> {
  const { options } = settings
  const plans: ProcessPlan[] = []
  if (settings.embedded) plans.push(await postgres(settings))
  if (settings.emulated) plans.push(service(settings, 'plaid-emulator'))
  plans.push(service(settings, 'plaid-api'), service(settings, 'server'))
  plans.push(service(settings, 'worker', passingFlags))
  const ports = neededPorts(settings.embedded, settings.emulated, options)
  return plans.map((plan) => {
    const port = ports.find((needed) => needed.service === plan.name)
    return port ? { ...plan, port } : plan
  })
}

function service(settings: Settings, name: string, flags = nodeFlags): ProcessPlan {
  return {
    name,
    stopSignal: 'SIGTERM',
    stopMsMax: serviceStopMsMax,
    launch: async () => ({
      command: process.execPath,
      args: [...flags, join(projectFolder, 'src/server', `${name}.ts`), settings.dataFolder],
      env: childEnvironment(settings.options.logLevel),
      channel: true,
    }),
  }
}

async function postgres(settings: Settings): Promise<ProcessPlan> {
  const folder = join(settings.dataFolder, 'postgres')
  await mkdir(settings.dataFolder, { recursive: true, mode: 0o700 })
  const server = await embeddedPostgres(folder)
  return {
    name: 'postgres',
    stopSignal: server.stopSignal,
    stopMsMax: postgresStopMsMax,
    note: `data in ${server.dataFolder}, run by ${server.runsAs}`,
    launch: async () => {
      await server.initialise(await readKey(settings.dataFolder, 'postgres.password'))
      const { command, args, uid, gid } = server.command(settings.options.databasePort)
      const as = uid === undefined || gid === undefined ? {} : { uid, gid }
      return {
        command,
        args,
        ...as,
        env: childEnvironment(settings.options.logLevel),
        channel: false,
      }
    },
    look: () => provision(settings),
  }
}

/** Ready means: it takes connections, and both databases are there. */
async function provision(settings: Settings): Promise<void> {
  const admin = createPool(await embeddedUrl(settings, superuser, 'postgres'), {
    name: 'tartan supervisor',
    connectionsMax: 1,
  })
  try {
    await ensureDatabase(admin, 'tartan', await readKey(settings.dataFolder, 'tartan.password'))
    const warehouse = await readKey(settings.dataFolder, 'warehouse.password')
    await ensureDatabase(admin, 'warehouse', warehouse)
  } catch (cause) {
    throw new TransientError('POSTGRES_NOT_READY', `PostgreSQL is not ready: ${String(cause)}`, {
      cause,
    })
  } finally {
    await admin.end()
  }
}
