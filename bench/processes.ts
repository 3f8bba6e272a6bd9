// What each process costs: the peak of its memory (the kernel's own high-water mark) and its CPU
// seconds, read while it lives.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../src/server/settings.ts'

/** Of this checkout: another one's tests may run at the same time. */
const WATCHED = Object.entries({
  'plaid-emulator': 'server/plaid-emulator.ts',
  'plaid-api': 'server/plaid-api.ts',
  server: 'server/server.ts',
  worker: 'server/worker.ts',
  source: 'source-plaid/main.ts',
  destination: 'destination-postgres/main.ts',
}).map(([name, file]) => ({ name, program: join(projectFolder, 'src', file) }))

const sampleMs = 100
/** The kernel counts CPU time in hundredths of a second, on every platform that has /proc. */
const ticksPerSecond = 100

export interface Watch {
  /** CPU seconds by process since the watch began, those of ended processes included. */
  cpuSeconds(): Record<string, number>
  /** Ends the watch. Peak MB by process; all of PostgreSQL's share one memory, and are left out. */
  stop(): Record<string, number>
}

/** Processes that are there already when the watch begins do not count. */
export function watchProcesses(): Watch {
  const before = new Set(processes())
  const names = new Map<string, string | undefined>()
  const ticks = new Map<string, { name: string; count: number }>()
  const peaks: Record<string, number> = {}
  const sample = () => {
    for (const pid of processes()) {
      if (before.has(pid)) continue
      const name = names.get(pid) ?? nameOf(pid)
      names.set(pid, name)
      if (name === undefined) continue
      ticks.set(pid, { name, count: Math.max(ticks.get(pid)?.count ?? 0, ticksOf(pid)) })
      if (name === 'postgresql') continue
      const kb = Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)
      peaks[name] = Math.max(peaks[name] ?? 0, Math.round(kb / 1024))
    }
  }
  const timer = setInterval(sample, sampleMs)
  return {
    cpuSeconds: () => {
      sample()
      const seconds: Record<string, number> = {}
      for (const { name, count } of ticks.values()) {
        seconds[name] = (seconds[name] ?? 0) + count / ticksPerSecond
      }
      return seconds
    },
    stop: () => {
      sample()
      clearInterval(timer)
      return peaks
    },
  }
}

/** `to` − `from`, by process. */
export function spent(from: Record<string, number>, to: Record<string, number>) {
  const entries = Object.entries(to).map(([name, s]) => [name, s - (from[name] ?? 0)] as const)
  return Object.fromEntries(entries.filter(([, seconds]) => seconds > 0))
}

function nameOf(pid: string): string | undefined {
  const command = read(`/proc/${pid}/cmdline`).split('\0')
  const watched = WATCHED.find(({ program }) => command.includes(program))
  if (watched !== undefined) return watched.name
  try {
    const program = readlinkSync(`/proc/${pid}/exe`)
    const ours = program.startsWith(join(projectFolder, 'node_modules/'))
    return ours && program.endsWith('/postgres') ? 'postgresql' : undefined
  } catch {
    return undefined // it ended meanwhile
  }
}

/** User and system time: the 14th and 15th field, behind the name, which may have spaces. */
function ticksOf(pid: string): number {
  const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? []
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
}

function processes(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // it ended meanwhile
  }
}
