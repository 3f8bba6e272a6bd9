// Who runs the embedded server. PostgreSQL refuses to run as root, and another user cannot enter
// root's home. Two ways, tried in this order: a user namespace in which root has another id
// (every file keeps its owner and stays where it is), and, where the kernel forbids that, an
// unprivileged user with binaries and data in a folder that it can reach.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, chmod, cp, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

export interface Runner {
  runsAs: string
  /** Holds `bin`, `lib` and `share`. */
  binaries: string
  /** Holds the data folder. */
  folder: string
  uid?: number
  gid?: number
  wrap(program: string, args: string[]): Wrapped
}

interface Wrapped {
  command: string
  args: string[]
  uid?: number
  gid?: number
}

/** `namespaces: false` stands for a kernel that forbids them. */
export async function findRunner(
  packaged: string,
  folder: string,
  namespaces = true,
): Promise<Runner> {
  if (process.getuid?.() !== 0) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return {
      runsAs: 'you',
      binaries: packaged,
      folder,
      wrap: (command, args) => ({ command, args }),
    }
  }
  if (namespaces && (await namespacesWork())) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return {
      runsAs: 'root, under another id in a user namespace',
      binaries: packaged,
      folder,
      wrap: (program, args) => ({ command: 'unshare', args: [...NAMESPACE, program, ...args] }),
    }
  }
  return unprivileged(packaged, folder)
}

const NAMESPACE = ['--user', '--map-user=1000', '--map-group=1000']

async function namespacesWork(): Promise<boolean> {
  return promisify(execFile)('unshare', [...NAMESPACE, 'true']).then(
    () => true,
    () => false,
  )
}

async function unprivileged(packaged: string, folder: string): Promise<Runner> {
  const { name, uid, gid } = await unprivilegedUser()
  const place = createHash('sha256').update(folder).digest('hex').slice(0, 12)
  const reachable = join('/var/lib/tartan', place)
  const binaries = join(reachable, `postgres-${await versionOf(packaged)}`)
  await mkdir(reachable, { recursive: true })
  await chmod('/var/lib/tartan', 0o755)
  await chmod(reachable, 0o700)
  await copyOnce(packaged, binaries)
  await promisify(execFile)('chown', ['-R', `${uid}:${gid}`, reachable])
  return {
    runsAs: `the user ${name}`,
    binaries,
    folder: reachable,
    uid,
    gid,
    wrap: (command, args) => ({ command, args, uid, gid }),
  }
}

/** Whole or absent, and never over a program that runs. */
async function copyOnce(from: string, to: string): Promise<void> {
  const there = await access(to).then(
    () => true,
    () => false,
  )
  if (there) return
  const half = `${to}.new`
  await rm(half, { recursive: true, force: true })
  await cp(from, half, { recursive: true, verbatimSymlinks: true })
  await rename(half, to)
}

async function versionOf(packaged: string): Promise<string> {
  const manifest = await readFile(join(dirname(packaged), 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

/** `postgres` where the machine has it, else `nobody`. */
async function unprivilegedUser(): Promise<{ name: string; uid: number; gid: number }> {
  const passwd = await readFile('/etc/passwd', 'utf8')
  const users = passwd.split('\n').map((line) => line.split(':'))
  for (const wanted of ['postgres', 'nobody']) {
    const found = users.find(([name]) => name === wanted)
    if (found) return { name: wanted, uid: Number(found[2]), gid: Number(found[3]) }
  }
  return { name: 'nobody', uid: 65534, gid: 65534 }
}
