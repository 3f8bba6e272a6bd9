// Ports: whether one is free, and where it is not, who holds it, as far as this machine tells.
import { createServer } from 'node:net'
import { ConfigError, errorCode, messageOf } from '../../std/errors.ts'
import { holderOf } from '../../std/port-holder.ts'
import type { TartanOptions } from '../options.ts'

/** Nobody answers on a free port: a refusal comes at once. */
const answerMsMax = 1_000

export interface NeededPort {
  port: number
  host: string
  /** The process that listens on it. */
  service: string
  /** The environment variable that changes it. */
  option: string
}

export function neededPorts(
  embedded: boolean,
  emulated: boolean,
  options: TartanOptions,
): NeededPort[] {
  const { host } = options
  const ports: NeededPort[] = []
  const add = (service: string, port: number, option: string, at = host) =>
    ports.push({ service, port, option, host: at })
  if (embedded) add('postgres', options.databasePort, 'TARTAN_DATABASE_PORT', '127.0.0.1')
  if (emulated) add('plaid-emulator', options.emulatorPort, 'TARTAN_EMULATOR_PORT')
  add('plaid-api', options.plaidApiPort, 'PLAID_API_PORT')
  add('server', options.apiPort, 'TARTAN_API_PORT')
  add('web', options.webPort, 'TARTAN_WEB_PORT')
  return ports
}

/** Two services on one port: each is free when it is looked at, and one of them cannot start. */
export function requirePortsApart(ports: NeededPort[]): void {
  for (const { port, option } of ports) {
    const other = ports.find((one) => one.port === port && one.option !== option)
    if (!other) continue
    const both = `${option} and ${other.option} are both ${port}`
    const sentence = `${both}: each service needs a port of its own`
    throw new ConfigError('OPTION_INVALID', sentence, { field: option })
  }
}

export async function requirePorts(ports: NeededPort[]): Promise<void> {
  for (const needed of ports) {
    const trouble = await portTrouble(needed)
    if (trouble === undefined) continue
    throw new ConfigError('PORT_IN_USE', `port ${needed.port} (${needed.service}) ${trouble}`)
  }
}

/** What is wrong with it and what to do; undefined when the port is free. */
export async function portTrouble(needed: NeededPort): Promise<string | undefined> {
  const { service, port, host, option } = needed
  const code = await tryListen(host, port)
  if (code === undefined) {
    if (service === 'postgres' || !(await isBlocked(port))) return undefined
    return `is one that browsers and fetch never call: choose another with ${option}`
  }
  if (code === 'EADDRINUSE') {
    return `is in use by ${await holderOf(port)}: end that, or choose another port with ${option}`
  }
  if (code === 'EACCES') {
    return `needs more rights: choose one above 1023 with ${option}`
  }
  return `cannot be listened on at ${host} (${code}): see TARTAN_HOST and ${option}`
}

function tryListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(errorCode(error) ?? 'unknown'))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

/** On fetch’s own list (22, 6000 and others): what listens there no browser reaches, nor do we. */
async function isBlocked(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(answerMsMax) })
  } catch (error) {
    return error instanceof Error && messageOf(error.cause) === 'bad port'
  }
  return false
}
