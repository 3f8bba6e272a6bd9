// Whom a test may kill: the processes of a running system, and the connectors below its worker.
import { readdirSync, readFileSync } from 'node:fs'
import { readStatus } from '../../src/server/supervisor/status.ts'
import type { System } from './system.ts'

export const victims = ['worker', 'source', 'destination', 'plaid-api', 'postgres'] as const
export type Victim = (typeof victims)[number]

const CONNECTORS: Partial<Record<string, string>> = {
  source: 'src/source-plaid/main.ts',
  destination: 'src/destination-postgres/main.ts',
}

/** The process now, of a connector or by the supervisor's name; undefined while it is not there. */
export function pidOf(system: System, victim: string): number | undefined {
  const connector = CONNECTORS[victim]
  const name = connector === undefined ? victim : 'worker'
  const status = readStatus(system.settings.dataFolder)
  const pid = status?.processes.find((one) => one.name === name)?.identity?.pid
  if (connector === undefined || pid === undefined) return pid
  return childrenOf(pid).find((child) => commandOf(child).includes(connector))
}

/** True when there was one to signal. */
export function signal(system: System, victim: string, name: NodeJS.Signals): boolean {
  const pid = pidOf(system, victim)
  if (pid === undefined) return false
  try {
    process.kill(pid, name)
    return true
  } catch {
    return false // it ended by itself meanwhile
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ')[1] === String(parent))
    .map(Number)
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
