// The ports that a start with given options would need, as they are now: free, held by what it
// would end or join anyway, or in the way; looked at before anything is stopped for it.
import { ConfigError } from '../std/errors.ts'
import { isAlive } from '../std/process.ts'
import { type OtherRun, otherRuns } from './other-runs.ts'
import type { Settings } from './settings.ts'
import { type NeededPort, neededPorts, portTrouble } from './supervisor/port.ts'
import { readStatus } from './supervisor/status.ts'

export interface PortState {
  needed: NeededPort
  isOurs: boolean
  /** What is wrong with it and what to do. */
  trouble?: string
}

export async function* portStates(
  settings: Settings,
  others: OtherRun[] = otherRuns(settings),
): AsyncGenerator<PortState> {
  const { embedded, emulated, options, dataFolder } = settings
  for (const needed of neededPorts(embedded, emulated, options)) {
    const trouble = await portTrouble(needed)
    const isOurs = trouble !== undefined && holdsPort(dataFolder, needed.port)
    if (trouble === undefined || isOurs) yield { needed, isOurs }
    else yield { needed, isOurs, trouble: otherRunTrouble(others, needed) ?? trouble }
  }
}

export async function requirePortsFree(settings: Settings): Promise<void> {
  for await (const { needed, trouble } of portStates(settings)) {
    if (trouble === undefined) continue
    throw new ConfigError('PORT_IN_USE', `port ${needed.port} (${needed.service}) ${trouble}`)
  }
}

function otherRunTrouble(others: OtherRun[], { port, option }: NeededPort): string | undefined {
  const other = others.find(({ dataFolder }) => holdsPort(dataFolder, port))
  if (!other) return undefined
  return (
    `is in use by Tartan itself, which runs with PLAID_ENV=${other.plaidEnv}: end that with ` +
    `./tartan stop --plaid-env ${other.plaidEnv}, or choose another port with ${option}`
  )
}

/**
 * Also what a killed supervisor left: the next start ends it. Asked once the port is seen in use:
 * a supervisor that starts at this moment has told of a process before it listens.
 */
function holdsPort(dataFolder: string, port: number): boolean {
  const processes = readStatus(dataFolder)?.processes ?? []
  return processes.some((one) => one.port === port && isAlive(one.identity))
}
