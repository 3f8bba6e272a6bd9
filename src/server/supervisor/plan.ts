// Which processes make up a running Tartan, in the stages in which they start; they stop in the
// opposite order. What differs between them is here, as data; how a process is kept alive is
// child.ts.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../std/clock.ts'
import { takeOwnWal } from '../backup/wal.ts'
import { archivingOf, embeddedServer } from '../embedded.ts'
import { readKey } from '../keys.ts'
import { provision } from '../provision.ts'
import { flagsOf } from '../node-flags.ts'
import { childEnvironment, keepsWal, projectFolder, type Settings } from '../settings.ts'
import { ensureBuilt } from '../web-app.ts'
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
  /** Called once it has ended and is not started again; never rejects. */
  afterStop?: () => Promise<void>
  /** Its failing stops nothing else, and nothing waits for it (L7). */
  optional?: true
  /** Called before every start. */
  launch(): Promise<Launch>
  /** One look, for a process without a channel; throws while it is not ready. */
  look?: () => Promise<void>
}

export const services = [
  'postgres',
  'plaid-emulator',
  'plaid-api',
  'server',
  'worker',
  'web',
] as const

/** Of plaid-api, beside its first (PLAID_API_PROCESSES). */
export const furtherProcesses = Array.from({ length: 7 }, (_, i) => `plaid-api-${i + 2}`)

/** runAsProcess ends a service after ten seconds; this is a little more. */
const serviceStopMsMax = 12_000
/** A fast shutdown of PostgreSQL writes a checkpoint. */
const postgresStopMsMax = 20_000

/** With it the last of its WAL is finished, which goes to the backups while they are there. */
const walTakeMsMax = 10_000

/** All stop one after the other: what a person may have to wait at most. */
export const allStopMsMax =
  (5 + furtherProcesses.length) * serviceStopMsMax + postgresStopMsMax + walTakeMsMax

/**
 * Those of a stage start at once, when what the stage before has runs: the bank and the database,
 * the store of both, what reads it. `stop` fires when everything is to stop.
 */
export async function makePlan(settings: Settings, stop: AbortSignal): Promise<ProcessPlan[][]> {
  const ports = neededPorts(settings.embedded, settings.emulated, settings.options)
  const stages = [
    [
      ...(settings.embedded ? [await postgres(settings)] : []),
      ...(settings.emulated ? [service(settings, 'plaid-emulator')] : []),
    ],
    [service(settings, 'plaid-api'), ...furtherPullers(settings)],
    [service(settings, 'server'), service(settings, 'worker'), web(settings, stop)],
  ]
  return stages.map((stage) =>
    stage.map((plan) => {
      const port = ports.find((needed) => needed.service === plan.name)
      return port ? { ...plan, port } : plan
    }),
  )
}

/** On the same port and the same store; one that fails leaves the work to the others (L7). */
function furtherPullers(settings: Settings): ProcessPlan[] {
  const names = furtherProcesses.slice(0, settings.options.plaidApiProcesses - 1)
  return names.map((name) => ({
    ...service(settings, 'plaid-api', name),
    optional: true,
  }))
}

function service(settings: Settings, program: string, name = program): ProcessPlan {
  return {
    name,
    stopSignal: 'SIGTERM',
    stopMsMax: serviceStopMsMax,
    launch: async () => ({
      command: process.execPath,
      args: [
        ...flagsOf(program),
        join(projectFolder, 'src/server', `${program}.ts`),
        settings.dataFolder,
      ],
      env: childEnvironment(settings.options.logLevel),
      channel: true,
    }),
  }
}

/** Its app is built from now on, beside what else starts; it begins when there is one, or none. */
function web(settings: Settings, stop: AbortSignal): ProcessPlan {
  const built = ensureBuilt(settings.dataFolder, settings.options.logLevel, stop)
  const plan = service(settings, 'web')
  return { ...plan, optional: true, launch: () => built.then(() => plan.launch()) }
}

async function postgres(settings: Settings): Promise<ProcessPlan> {
  await mkdir(settings.dataFolder, { recursive: true, mode: 0o700 })
  const server = await embeddedServer(settings)
  return {
    name: 'postgres',
    stopSignal: server.stopSignal,
    stopMsMax: postgresStopMsMax,
    note: `data in ${server.dataFolder}, run by ${server.runsAs}`,
    launch: async () => {
      await server.initialise(await readKey(settings.dataFolder, 'postgres.password'))
      const wal = await archivingOf(settings, server)
      const { command, args, uid, gid } = server.command(settings.options.databasePort, wal)
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
    ...(keepsWal(settings) ? { afterStop: () => takeLastWal(settings) } : {}),
  }
}

/** What is not taken by then waits, for the next start or for a restore on this machine. */
async function takeLastWal(settings: Settings): Promise<void> {
  const taken = takeOwnWal(settings).catch(() => {})
  await Promise.race([taken, systemClock.sleep(walTakeMsMax)])
}
