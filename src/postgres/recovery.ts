// A server that is started on restored files, on a socket in a folder that nobody else can enter,
// so that no password is asked for: those of the files may be another machine's. It is there once
// it has replayed what it was told to and has begun a timeline of its own: from then on nothing
// that it writes can be taken for what the server that was backed up wrote.
import { type ChildProcess, spawn } from 'node:child_process'
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../std/clock.ts'
import { SystemError } from '../std/errors.ts'
import { end, identify } from '../std/process.ts'
import { Secret } from '../std/secrets.ts'
import { type EmbeddedServer, superuser } from './embedded.ts'
import { createPool } from './pool.ts'
import { one, sql } from './query.ts'

export interface RecoveredServer extends AsyncDisposable {
  /** As superuser. */
  url(database: string): Secret
}

/** The WAL ended before the instant that was asked for. */
export class EndOfWal extends Error {
  /** When the last transaction in it was committed, as PostgreSQL writes it, if there was one. */
  readonly lastAt: string | undefined

  constructor(lastAt: string | undefined) {
    super(`the WAL ends at ${lastAt ?? 'its beginning'}`)
    this.lastAt = lastAt
  }
}

const port = 5432
const lookEveryMs = 100
const recoveryMsMax = 24 * 3_600_000
const stopMsMax = 120_000
const wordsBytesMax = 64 * 1024

/** Beside one that runs. */
const SMALL = {
  listen_addresses: '',
  shared_buffers: '64MB',
}

/** `settings` say up to where. */
export async function startRecovered(
  server: EmbeddedServer,
  settings: Record<string, string>,
): Promise<RecoveredServer> {
  const room = await mkdtemp(join(tmpdir(), 'tartan-'))
  const hba = join(room, 'hba.conf')
  await writeFile(hba, 'local all all trust\n')
  await writeFile(join(server.dataFolder, 'recovery.signal'), '')
  if (server.owner) {
    for (const path of [room, hba, join(server.dataFolder, 'recovery.signal')]) {
      await chown(path, server.owner.uid, server.owner.gid)
    }
  }
  const { command, args, ...as } = server.command(port, {
    ...SMALL,
    unix_socket_directories: room,
    hba_file: hba,
    recovery_target_action: 'promote',
    ...settings,
  })
  const child = spawn(command, args, { ...as, stdio: ['ignore', 'ignore', 'pipe'] })
  const place = `host=${encodeURIComponent(room)}&port=${port}&sslmode=disable`
  const url = (database: string) =>
    new Secret(`postgres://${superuser}@localhost/${database}?${place}`)
  const stop = async () => {
    const identity = child.pid === undefined ? undefined : identify(child.pid)
    if (identity) await end(identity, server.stopSignal, stopMsMax)
    await rm(room, { recursive: true, force: true })
  }
  try {
    await untilRecovered(child, url('postgres'))
  } catch (error) {
    await stop()
    throw error
  }
  return { url, [Symbol.asyncDispose]: stop }
}

async function untilRecovered(child: ChildProcess, url: Secret): Promise<void> {
  let words = ''
  let ended: string | undefined
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('utf8')).slice(-wordsBytesMax)
  })
  child.once('error', (error) => (ended = error.message))
  child.once('close', (code, signal) => (ended ??= `exit code ${code ?? signal}`))
  for (const deadline = systemClock.now() + recoveryMsMax; systemClock.now() < deadline;) {
    if (ended !== undefined) throw failure(words, ended)
    if (await isRecovered(url)) return
    await systemClock.sleep(lookEveryMs)
  }
  throw new SystemError('RECOVERY_LATE', 'PostgreSQL replayed its WAL for a day: see its log')
}

async function isRecovered(url: Secret): Promise<boolean> {
  const pool = createPool(url, { name: 'tartan recovery', connectionsMax: 1 })
  try {
    const { done } = await one<{ done: boolean }>(pool, sql`select not pg_is_in_recovery() as done`)
    return done
  } catch {
    return false // not yet
  } finally {
    await pool.end()
  }
}

/** What PostgreSQL said last, as an error. */
export function failure(words: string, ended: string): Error {
  if (words.includes('recovery ended before configured recovery target was reached')) {
    return new EndOfWal(/last completed transaction was at log time (.+)/.exec(words)?.[1])
  }
  const fatal = [...words.matchAll(/(?:FATAL|PANIC): {2}(.+)/g)].at(-1)?.[1] ?? ended
  return new SystemError('RECOVERY_FAILED', `PostgreSQL does not start on it: ${fatal}`)
}

/** Ends one that was left running on files that are to go: whoever started it was killed. */
export async function endLeft(dataFolder: string): Promise<void> {
  const lock = await readFile(join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(lock.split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 0) return
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  const identity = commandLine.includes(dataFolder) ? identify(pid) : undefined
  if (identity) await end(identity, 'SIGINT', stopMsMax)
}
