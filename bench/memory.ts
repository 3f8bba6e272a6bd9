// The peak of each process's memory: the kernel's own high-water mark, read while the process
// lives.
import { readdirSync, readFileSync } from 'node:fs'
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

/** Peak MB by process from now until `stop`. Processes that are there already do not count. */
export function watchMemory(): { stop(): Record<string, number> } {
  const before = new Set(processes())
  const peaks: Record<string, number> = {}
  const sample = () => {
    for (const pid of processes()) {
      if (before.has(pid)) continue
      const command = read(`/proc/${pid}/cmdline`).split('\0')
      const name = WATCHED.find(({ program }) => command.includes(program))?.name
      if (name === undefined) continue
      const kb = Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)
      peaks[name] = Math.max(peaks[name] ?? 0, Math.round(kb / 1024))
    }
  }
  const timer = setInterval(sample, sampleMs)
  return {
    stop: () => {
      sample()
      clearInterval(timer)
      return peaks
    },
  }
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
