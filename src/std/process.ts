// A process's identity: its number and when it started, since a number alone is given away again
// after a reboot or a while. Used to know whether a holder is alive before it is trusted or ended.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { systemClock } from './clock.ts'
import { errorCode } from './errors.ts'

export interface Identity {
  pid: number
  /** Boot and start time where the kernel tells, else what `ps` says. */
  started: string
}

/** Undefined when there is no such process. */
export function identify(pid: number): Identity | undefined {
  const started = startOf(pid)
  return started === undefined ? undefined : { pid, started }
}

export function isAlive(identity: Identity | undefined): boolean {
  return identity !== undefined && startOf(identity.pid) === identity.started
}

/** Sends a signal to that very process; nothing when it is gone. */
function signalTo(identity: Identity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return
  try {
    process.kill(identity.pid, signal)
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}

/** Asks it to end, waits, then ends it. True when it went by itself. */
export async function end(
  identity: Identity,
  signal: NodeJS.Signals,
  waitMs: number,
): Promise<boolean> {
  signalTo(identity, signal)
  if (await isGone(identity, waitMs)) return true
  signalTo(identity, 'SIGKILL')
  await isGone(identity, killMs)
  return false
}

const killMs = 5_000
const lookEveryMs = 25

async function isGone(identity: Identity, waitMs: number): Promise<boolean> {
  for (const deadline = systemClock.now() + waitMs; systemClock.now() < deadline;) {
    if (!isAlive(identity)) return true
    await systemClock.sleep(lookEveryMs)
  }
  return !isAlive(identity)
}

function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name, in brackets, may hold anything: count the fields after its last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return undefined // ended, and only waiting to be counted
    return `${bootId()}:${fields[19]}`
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ESRCH') throw error
    return bootId() === '' ? startByPs(pid) : undefined
  }
}

let boot: string | undefined

/** Empty where there is no /proc. */
function bootId(): string {
  if (boot === undefined) {
    try {
      boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    } catch {
      boot = ''
    }
  }
  return boot
}

function startByPs(pid: number): string | undefined {
  try {
    const said = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
    return said.trim() || undefined
  } catch {
    return undefined // ps says by its exit code that there is none
  }
}
