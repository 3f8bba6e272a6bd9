// The WAL beside physical backups: each change of the embedded server, a file a segment, by which a
// restore reaches any instant after one of them. PostgreSQL's own module copies a finished segment
// into a folder beside its data; from there it is taken to the shelf. (A receiver over the
// replication protocol would lose seconds instead of minutes, at several times the code; a command
// for each segment would start a process for each.) Where the shelf's disk is full or away, the
// segments wait there, on the data's disk: an alert says so before that one is full, too.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { clearWalHalves, type EmbeddedServer, exists } from '../../postgres/embedded.ts'
import { ConfigError, messageOf } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'
import { embeddedServer } from '../embedded.ts'
import { ontoDisk, writeWhole } from '../files.ts'
import { backupFolder, type Settings } from '../settings.ts'
import { recipientsOf } from './age.ts'
import { keepFile, openFile, suffixOf } from './kept-file.ts'
import type { Backup } from './shelf.ts'

const SEGMENT = /^[0-9A-F]{24}(?=\.|$)/
const HISTORY = /^[0-9A-F]{8}\.history(?=\.|$)/
const KEPT = /\.zst(\.age)?$/
/** A segment that a timeline ended in, and a backup's label: nothing is restored from them. */
const LEFTOVER = /^.{24}\./
/** PostgreSQL's own, as initdb makes it. */
const segmentBytes = 2 ** 24
const segmentsPerLog = 256

/** PostgreSQL's own number of the server and its copies: with it the control file begins. */
export async function systemOf(settings: Settings): Promise<string> {
  return systemIn((await embeddedServer(settings)).dataFolder)
}

async function systemIn(dataFolder: string): Promise<string> {
  const control = await readFile(join(dataFolder, 'global', 'pg_control'))
  return control.readBigUInt64LE(0).toString()
}

/** Of one server: another one's segments have the same names. */
export function walShelf(shelf: string, system: string): string {
  return join(shelf, 'wal', system)
}

/** Which one it is in the order of all, of whatever timeline. */
export function segmentNumber(name: string): number {
  return parseInt(name.slice(8, 16), 16) * segmentsPerLog + parseInt(name.slice(16, 24), 16)
}

export function segmentOf(lsn: string): number {
  const [log = '0', offset = '0'] = lsn.split('/')
  return parseInt(log, 16) * segmentsPerLog + Math.floor(parseInt(offset, 16) / segmentBytes)
}

/** The first that is missing from `from` on, though a later one is there. */
export function holeOf(names: readonly string[], from: number): number | undefined {
  const numbers = new Set(names.filter((name) => SEGMENT.test(name)).map(segmentNumber))
  const last = Math.max(from, ...numbers)
  for (let number = from; number < last; number++) if (!numbers.has(number)) return number
  return undefined
}

/** Whether a restore has begun a timeline after that one. */
export function isLeft(names: readonly string[], timeline: number): boolean {
  return names.some((name) => HISTORY.test(name) && parseInt(name.slice(0, 8), 16) > timeline)
}

export async function walNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => SEGMENT.test(name) || HISTORY.test(name)).toSorted()
}

/** A segment is copied in less. */
const halfIdleMs = 60_000

/** From the server's folder to the shelf; what cannot be taken now waits for the next time. */
export async function takeWal(
  server: Place,
  shelf: string,
  recipients: readonly string[],
): Promise<void> {
  await clearWalHalves(server.walFolder, halfIdleMs)
  const occupied: string[] = []
  // First what was taken last, while that is still known.
  const [last] = await lastTaken(server.walFolder)
  const isLast = ({ name }: Waiting) => Number(name === last)
  const all = (await waiting(server)).toSorted((a, b) => isLast(b) - isLast(a))
  for (const { name, path, system } of all) {
    if (system === undefined) {
      // Nothing is restored from the history of a timeline that has no segment.
      if (!SEGMENT.test(name) || LEFTOVER.test(name)) await rm(path)
      continue
    }
    const to = walShelf(shelf, system)
    await mkdir(to, { recursive: true, mode: 0o700 })
    const there = await firstThere([join(to, `${name}.zst`), join(to, `${name}.zst.age`)])
    if (there === undefined) await takeOne(path, join(to, name), recipients)
    if (there === undefined || (await wasTaken(path, there))) await rm(path)
    else occupied.push(there)
  }
  if (occupied.length === 0) return
  const sentence =
    `${occupied.join(', ')}: another server's WAL has that name already, which is kept; ours ` +
    'waits: give one of them another TARTAN_BACKUP_DIR, or take that file away'
  throw new ConfigError('WAL_OCCUPIED', sentence)
}

/** What was taken last: its name and its sum on the shelf. Killed then, it is known to be ours. */
const takenName = 'taken'

async function takeOne(from: string, to: string, recipients: readonly string[]): Promise<void> {
  const half = join(dirname(to), '.half')
  const { sha256 } = await keepFile(createReadStream(from), half, recipients)
  await writeWhole(join(dirname(from), takenName), `${basename(from)} ${sha256}`)
  await ontoDisk(dirname(from))
  await rename(half, `${to}${suffixOf(recipients)}`)
  await ontoDisk(dirname(to)) // before the only other copy goes
}

/** Whether what is on the shelf is that segment: of an encrypted one only its own sum tells. */
async function wasTaken(path: string, there: string): Promise<boolean> {
  const [name, sha256] = await lastTaken(dirname(path))
  if (name !== basename(path)) return false
  const hash = createHash('sha256')
  await pipeline(createReadStream(there), hash)
  return hash.digest('hex') === sha256
}

async function lastTaken(walFolder: string): Promise<string[]> {
  return (await readFile(join(walFolder, takenName), 'utf8').catch(() => '')).split(' ')
}

async function firstThere(paths: string[]): Promise<string | undefined> {
  for (const path of paths) if (await exists(path)) return path
  return undefined
}

export async function takeOwnWal(settings: Settings): Promise<void> {
  const recipients = recipientsOf(settings.options.backupRecipients ?? '')
  await takeWal(await embeddedServer(settings), backupFolder(settings), recipients)
}

/** When the oldest of what waits began to: at the server, which keeps it then, or at its folder. */
export async function oldestWaitingMs(server: EmbeddedServer): Promise<number | undefined> {
  const status = join(server.dataFolder, 'pg_wal', 'archive_status')
  const ready = (await readdir(status)).filter((name) => name.endsWith('.ready'))
  const waiting = await walNames(server.walFolder)
  const paths = [
    ...ready.map((name) => join(status, name)),
    ...waiting.map((name) => join(server.walFolder, name)),
  ]
  const times = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)))
  const oldest = Math.min(...times.flatMap((one) => one?.mtimeMs ?? []))
  return Number.isFinite(oldest) ? oldest : undefined
}

/** What no backup that is kept needs: of a server that has none, all but what `system` writes. */
export async function pruneWal(shelf: string, kept: Backup[], system: string): Promise<void> {
  for (const one of await readdir(join(shelf, 'wal')).catch(() => [])) {
    const starts = kept.flatMap(({ manifest: { base } }) =>
      base?.system === one ? segmentOf(base.wal.lsn) : [],
    )
    if (starts.length === 0 && one === system) continue
    const folder = walShelf(shelf, one)
    if (starts.length === 0) await rm(folder, { recursive: true })
    const first = Math.min(...starts)
    for (const name of await walNames(folder)) {
      const isOld = SEGMENT.test(name) && segmentNumber(name) < first
      if (isOld) await rm(join(folder, name))
    }
  }
}

/** Where each file is, by the name that PostgreSQL asks for. */
export type Wal = Map<string, string>

/** Of one server: on the shelf, and, where `beside` is said, also what still waits beside it. */
export async function walOf(shelf: string, system: string, beside?: Place): Promise<Wal> {
  const folder = walShelf(shelf, system)
  const taken = (await walNames(folder)).map((name) => ({ name, path: join(folder, name) }))
  const waits = beside ? await waiting(beside) : []
  const all = [...waits.filter((one) => one.system === system), ...taken]
  return new Map(all.map(({ name, path }) => [name.replace(KEPT, ''), path]))
}

type Place = Pick<EmbeddedServer, 'walFolder' | 'dataFolder'>

interface Waiting {
  name: string
  path: string
  /** The server's that wrote it; none: that is not known. */
  system: string | undefined
}

/** The data folder may have been another server's when it came there. */
async function waiting({ walFolder, dataFolder }: Place): Promise<Waiting[]> {
  const names = await walNames(walFolder)
  const systems = new Map<string, string | undefined>()
  for (const name of names.filter((one) => !HISTORY.test(one) && !LEFTOVER.test(one))) {
    systems.set(name, await writerOf(join(walFolder, name)))
  }
  for (const name of names.filter((one) => HISTORY.test(one))) {
    // Its server is not named in it.
    const ofTimeline = [...systems.keys()].find((one) => one.slice(0, 8) === name.slice(0, 8))
    const other = ofTimeline === undefined ? undefined : systems.get(ofTimeline)
    const isToday = await isSame(join(walFolder, name), join(dataFolder, 'pg_wal', name))
    systems.set(name, isToday ? await systemIn(dataFolder) : other)
  }
  return names.map((name) => ({ name, path: join(walFolder, name), system: systems.get(name) }))
}

async function isSame(one: string, other: string): Promise<boolean> {
  const there = await readFile(other).catch(() => undefined)
  return there?.equals(await readFile(one)) ?? false
}

/** What begins each segment of PostgreSQL's: XLogLongPageHeaderData. */
const headerBytes = 32
const LONG_HEADER = 2

/** The server that wrote a segment; none: it is no segment. */
async function writerOf(path: string): Promise<string | undefined> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0)
    const isWhole = bytesRead === headerBytes && (buffer.readUInt16LE(2) & LONG_HEADER) !== 0
    return isWhole ? buffer.readBigUInt64LE(24).toString() : undefined
  } finally {
    await file.close()
  }
}

/** All that a restore from `first` on may need, under the names that PostgreSQL asks for. */
export async function unpackWal(
  wal: Wal,
  first: number,
  into: string,
  identities: Secret | undefined,
): Promise<void> {
  await mkdir(into, { mode: 0o700 })
  for (const [name, from] of wal) {
    if (SEGMENT.test(name) && segmentNumber(name) < first) continue
    const path = join(into, name)
    if (!KEPT.test(from)) {
      await pipeline(createReadStream(from), sparsely(path))
      continue
    }
    const recipients = from.endsWith('.age') ? ['the recipients of that time'] : []
    const opening = identities ? { recipients, identities } : { recipients }
    await openFile(from, sparsely(path), opening).catch((cause: unknown) => {
      if (cause instanceof ConfigError) throw cause
      const sentence =
        `${from} is damaged (${messageOf(cause)}): nothing was changed; ` +
        'taken out, it is where the archive ends'
      throw new ConfigError('WAL_DAMAGED', sentence, { cause })
    })
  }
}

/** A segment that was finished before it was full is zeros behind, which need no room. */
function sparsely(path: string) {
  return async (bytes: AsyncIterable<Buffer>): Promise<void> => {
    const file = await open(path, 'wx', 0o600)
    try {
      let at = 0
      for await (const chunk of bytes) {
        const isZero = chunk.every((byte) => byte === 0)
        if (!isZero) await file.write(chunk, 0, chunk.length, at)
        at += chunk.length
      }
      await file.truncate(at)
    } finally {
      await file.close()
    }
  }
}
