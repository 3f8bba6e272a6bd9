// Who listens on a port that is taken, as far as this machine tells.
import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

/** `name (pid 123)` where it can be known. */
export async function holderOf(port: number): Promise<string> {
  const known = (await holderByProc(port)) ?? (await holderByLsof(port))
  return known ?? 'a process that cannot be seen from here'
}

async function holderByProc(port: number): Promise<string | undefined> {
  const sockets = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const rows = (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1)
    for (const row of rows) {
      const [, local, , state, , , , , , inode] = row.trim().split(/\s+/)
      const listens = state === '0A' && parseInt(local?.split(':')[1] ?? '', 16) === port
      if (listens) sockets.add(`socket:[${inode}]`)
    }
  }
  if (sockets.size === 0) return undefined
  const numbers = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  for (const pid of numbers) {
    if (await hasSocket(pid, sockets)) return `${await nameOf(pid)} (pid ${pid})`
  }
  return undefined
}

async function hasSocket(pid: string, sockets: Set<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`
  for (const fd of await readdir(folder).catch(() => [])) {
    if (sockets.has(await readlink(`${folder}/${fd}`).catch(() => ''))) return true
  }
  return false
}

/** The program and, for an interpreter, the script that it runs. */
async function nameOf(pid: string): Promise<string> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  const base = (path: string | undefined) => path?.split('/').at(-1) ?? ''
  const script = words.slice(1).find((word) => /\.(ts|js|mjs|py|rb|sh)$/.test(word))
  return [base(words[0]) || 'a process', base(script)].filter((word) => word !== '').join(' ')
}

async function holderByLsof(port: number): Promise<string | undefined> {
  const run = promisify(execFile)
  const said = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']).catch(() => ({
    stdout: '',
  }))
  const pid = /^p(\d+)$/m.exec(said.stdout)?.[1]
  const name = /^c(.+)$/m.exec(said.stdout)?.[1]
  return pid === undefined ? undefined : `${name ?? 'a process'} (pid ${pid})`
}
